/** Fixed memory for what a series was: lowest and highest per column, and its newest readings one by one. */
import type { TrendWindow } from "./port.ts";

/** Columns of a trend ring: 2.5 s each in 15 min, 4 min each in 24 h. More than any box has pixels' need of. */
export const columnsPerRing = 360;

/** How long a column is, in ms. */
export const columnMs: Readonly<Record<TrendWindow, number>> = {
  "15m": (15 * 60_000) / columnsPerRing,
  "24h": (24 * 3_600_000) / columnsPerRing,
};

/** Lowest and highest value of each of the last columns. A column is named by its absolute number: time / length. */
export class ColumnRing {
  readonly columnMs: number;
  readonly min = new Float32Array(columnsPerRing).fill(Number.NaN);
  readonly max = new Float32Array(columnsPerRing).fill(Number.NaN);
  /** Number of the newest column that holds something; −1: none. */
  head = -1;
  /** Oldest column changed since `settle`; −1: none. */
  changed = -1;

  constructor(window: TrendWindow) {
    this.columnMs = columnMs[window];
  }

  /** Takes a reading in; one older than the ring is passed over. */
  add(time: number, value: number): void {
    const column = Math.floor(time / this.columnMs);
    if (this.head < 0) this.head = column;
    else if (column > this.head) this.#open(column);
    else if (column <= this.head - columnsPerRing) return;
    const slot = column % columnsPerRing;
    const low = this.min[slot] ?? Number.NaN;
    const high = this.max[slot] ?? Number.NaN;
    // Also true for NaN, the empty column.
    if (!(low <= value)) this.min[slot] = value;
    if (!(high >= value)) this.max[slot] = value;
    if (this.changed < 0 || column < this.changed) this.changed = column;
  }

  #open(column: number): void {
    const first = Math.max(this.head + 1, column - columnsPerRing + 1);
    for (let next = first; next <= column; next += 1) {
      this.min[next % columnsPerRing] = Number.NaN;
      this.max[next % columnsPerRing] = Number.NaN;
    }
    this.head = column;
  }

  /** Number of the oldest column the ring may hold. */
  get first(): number {
    return Math.max(0, this.head - columnsPerRing + 1);
  }

  /** Copies columns `from`…head, oldest first; fresh arrays, to be transferred. */
  slice(from: number): {
    readonly first: number;
    readonly min: Float32Array;
    readonly max: Float32Array;
  } {
    const first = Math.max(from, this.first);
    const length = this.head < 0 ? 0 : Math.max(0, this.head - first + 1);
    const min = new Float32Array(length);
    const max = new Float32Array(length);
    for (let index = 0; index < length; index += 1) {
      min[index] = this.min[(first + index) % columnsPerRing] ?? Number.NaN;
      max[index] = this.max[(first + index) % columnsPerRing] ?? Number.NaN;
    }
    return { first, min, max };
  }

  /** Forgets what changed: it was handed on. */
  settle(): void {
    this.changed = -1;
  }

  get bytes(): number {
    return this.min.byteLength + this.max.byteLength;
  }
}

const smallest = 64;
const largest = 4096;

/** The newest readings of a series, at most 4,096; memory doubles as they come. */
export class ReadingRing {
  #time = new Float64Array(smallest);
  #value = new Float64Array(smallest);
  #start = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get bytes(): number {
    return this.#time.byteLength + this.#value.byteLength;
  }

  /** Time of the oldest reading held; 0: none. */
  get oldest(): number {
    return this.#length === 0 ? 0 : (this.#time[this.#start] ?? 0);
  }

  /** Takes a reading that is not older than the newest; an older one is passed over. */
  add(time: number, value: number): void {
    const capacity = this.#time.length;
    if (this.#length > 0 && time < this.#at(this.#length - 1)) return;
    if (this.#length === capacity && capacity < largest) this.#grow(capacity * 2);
    const room = this.#time.length;
    if (this.#length === room) {
      this.#start = (this.#start + 1) % room;
      this.#length -= 1;
    }
    const slot = (this.#start + this.#length) % room;
    this.#time[slot] = time;
    this.#value[slot] = value;
    this.#length += 1;
  }

  #at(index: number): number {
    return this.#time[(this.#start + index) % this.#time.length] ?? 0;
  }

  #grow(capacity: number): void {
    const time = new Float64Array(capacity);
    const value = new Float64Array(capacity);
    this.each(0, (at, held, index) => {
      time[index] = at;
      value[index] = held;
    });
    this.#time = time;
    this.#value = value;
    this.#start = 0;
  }

  /** Calls `visit` for each reading from time `from` on, oldest first. */
  each(from: number, visit: (time: number, value: number, index: number) => void): void {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#at(middle) < from) low = middle + 1;
      else high = middle;
    }
    for (let index = low; index < this.#length; index += 1) {
      const slot = (this.#start + index) % this.#time.length;
      visit(this.#time[slot] ?? 0, this.#value[slot] ?? 0, index);
    }
  }
}

/** The middle value of numbers, NaN left out; NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  if (sorted.length === 0) return Number.NaN;
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? upper) + upper) / 2;
}
