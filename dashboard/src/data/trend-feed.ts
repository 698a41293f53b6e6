/** Hands the columns of watched trend lines to the page: all of them at mount, then only those that changed. */
import { extentOf, type Memory, type Past, ringOf } from "./memory.ts";
import type { FromWorker, TrendColumns, TrendWindow } from "./port.ts";

type Extent = ReturnType<typeof extentOf>;
type Lines = Extract<FromWorker, { t: "cols" }>;

export class TrendFeed {
  readonly #memory: Memory;
  readonly #post: (message: Lines, transfer: ArrayBufferLike[]) => void;
  readonly #watched = new Map<number, TrendWindow>();
  readonly #moved = new Set<number>();
  readonly #extents = new Map<number, { readonly head: number; readonly extent: Extent }>();

  constructor(memory: Memory, post: (message: Lines, transfer: ArrayBufferLike[]) => void) {
    this.#memory = memory;
    this.#post = post;
  }

  get hasNews(): boolean {
    return this.#moved.size > 0;
  }

  /** Replaces what is watched; lines new to the page come at once, whole. */
  watch(keys: Uint32Array, windows: readonly TrendWindow[]): void {
    const before = new Map(this.#watched);
    this.#watched.clear();
    const lines: TrendColumns[] = [];
    for (const [index, key] of keys.entries()) {
      const window = windows[index] ?? "15m";
      this.#watched.set(key, window);
      if (before.get(key) !== window) lines.push(...this.#columns(key, window, 0));
    }
    this.#send(lines);
    for (const key of this.#moved) if (!this.#watched.has(key)) this.#moved.delete(key);
    for (const key of this.#extents.keys()) if (!this.#watched.has(key)) this.#extents.delete(key);
  }

  /** A series got a reading. */
  moved(key: number): void {
    if (this.#watched.has(key)) this.#moved.add(key);
  }

  /** Sends what changed since the last time: all lines at once, because each message has its price. */
  flush(): void {
    const lines: TrendColumns[] = [];
    for (const key of this.#moved) {
      const window = this.#watched.get(key);
      const past = this.#memory.past(key);
      if (!window || !past) continue;
      lines.push(...this.#columns(key, window, Math.max(0, ringOf(past, window).changed)));
    }
    this.#moved.clear();
    this.#send(lines);
  }

  #send(lines: readonly TrendColumns[]): void {
    if (lines.length === 0) return;
    const transfer = lines.flatMap(({ max, min }) => [min.buffer, max.buffer]);
    this.#post({ t: "cols", lines }, transfer);
  }

  /** Sorting 24 h of columns is worth it once per column, not per reading. */
  #extent(key: number, { long }: Past): Extent {
    const held = this.#extents.get(key);
    if (held?.head === long.head) return held.extent;
    const extent = extentOf(long);
    this.#extents.set(key, { head: long.head, extent });
    return extent;
  }

  /** A line's columns from one on; none while nothing is known of the series. */
  #columns(key: number, window: TrendWindow, from: number): readonly TrendColumns[] {
    const past = this.#memory.past(key);
    if (!past) return [];
    const ring = ringOf(past, window);
    const { first, max, min } = ring.slice(from);
    ring.settle();
    const { columnMs } = ring;
    return [{ key, window, columnMs, first, min, max, ...this.#extent(key, past) }];
  }
}
