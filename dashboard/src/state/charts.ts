/** Big charts: columns fetched from the worker at most ten times a second, and only while they change. */
import { isLate } from "../data/ages.ts";
import type { Timers } from "../data/clock.ts";
import { joined } from "../data/numbers.ts";
import type { ChartAnswer, ChartRequest } from "../data/port.ts";
import { TrendScale } from "../data/scale.ts";
import { words } from "../data/strings.ts";
import { coarse } from "../data/times.ts";
import { holesOf } from "./chart-holes.ts";
import type { ChartColumns, ChartHandle, ChartSpec } from "./dashboard.ts";
import { kindOfSeries } from "./families.ts";
import type { FrameLoop } from "./frame-loop.ts";
import type { LinkState } from "./link.ts";
import type { Outages, Stretch } from "./outages.ts";
import { gapOf } from "./trend-picture.ts";
import type { HeldSeries, Values } from "./values.ts";

const everyMs = 100;
/** The window moves on although nothing came. */
const idleMs = 1000;
/** A window less full than this says when its first reading was. */
const fullShare = 0.02;

interface Open {
  readonly id: number;
  spec: ChartSpec;
  readonly paint: (columns: ChartColumns) => void;
  dirty: boolean;
  asked: number;
  pending: ChartRequest | null;
  scale: TrendScale | null;
}

export interface ChartsOptions {
  readonly timers: Timers;
  readonly values: Values;
  readonly link: LinkState;
  readonly loop: FrameLoop;
  readonly request: (request: ChartRequest) => void;
  readonly doubtful: (held: HeldSeries) => boolean;
  readonly outages: Outages;
  /** False while the page is hidden. */
  readonly visible: () => boolean;
}

export class Charts {
  readonly #options: ChartsOptions;
  readonly #open = new Map<number, Open>();
  #next = 1;
  #cancel: (() => void) | null = null;

  constructor(options: ChartsOptions) {
    this.#options = options;
  }

  open(spec: ChartSpec, paint: (columns: ChartColumns) => void): ChartHandle {
    const id = this.#next;
    this.#next += 1;
    const open: Open = { id, spec, paint, dirty: true, asked: 0, pending: null, scale: null };
    this.#open.set(id, open);
    this.#pump();
    return {
      change: (changed) => {
        if (changed.series !== open.spec.series) open.scale = null;
        open.spec = changed;
        open.dirty = true;
        open.pending = null;
        this.#pump();
      },
      dispose: () => {
        this.#open.delete(id);
        this.#options.loop.remove(`chart:${id}`);
      },
    };
  }

  /** A series has a new value. */
  changed(held: HeldSeries): void {
    for (const open of this.#open.values())
      if (open.spec.series === held.info.id) open.dirty = true;
  }

  /** Liveness changed. */
  refresh(): void {
    for (const open of this.#open.values()) open.dirty = true;
  }

  #pump(): void {
    if (this.#cancel || this.#open.size === 0) return;
    const now = this.#options.timers.monotonic();
    for (const open of this.#open.values()) {
      if (open.pending || !this.#options.visible()) continue;
      if (open.dirty || now - open.asked >= idleMs) this.#ask(open, now);
    }
    this.#cancel = this.#options.timers.after(everyMs, () => {
      this.#cancel = null;
      this.#pump();
    });
  }

  #ask(open: Open, now: number): void {
    const to = this.#options.link.now();
    const { columns, series, windowMs } = open.spec;
    open.dirty = false;
    open.asked = now;
    open.pending = { id: open.id, key: series, from: to - windowMs, to, columns };
    this.#options.request(open.pending);
  }

  /** The worker answered. */
  answer(id: number, answer: ChartAnswer): void {
    const open = this.#open.get(id);
    const request = open?.pending;
    if (!open || !request) return;
    open.pending = null;
    this.#options.loop.add(`chart:${id}`, () => {
      const columns = this.#columns(open, request, answer);
      if (columns && this.#open.has(id)) open.paint(columns);
    });
  }

  #columns(open: Open, { from, to }: ChartRequest, answer: ChartAnswer): ChartColumns | null {
    const { doubtful, link, outages, values } = this.#options;
    const held = values.get(open.spec.series);
    if (!held) return null;
    const cadenceMs = held.info.facts.cadence_ms ?? 0;
    const columnMs = (to - from) / Math.max(1, answer.time.length);
    const { device } = held.info;
    const { stretches, usual, ...rows } = compact(answer, cadenceMs, columnMs, (stretch, usual) =>
      outages.isHole(device, stretch, { cadenceMs, usual }),
    );
    open.scale ??= new TrendScale(kindOfSeries(held));
    const late = held.time > 0 && (doubtful(held) || isLate(held.time, to, cadenceMs));
    const lasting = late ? [{ from: held.time, to, open: true }] : [];
    return {
      from: from / 1000,
      to: to / 1000,
      ...rows,
      range: rangeOf(open.scale, rows.min, rows.max, to),
      holes: holesOf([...stretches, ...lasting], { device, outages, usual, from, zone: link.zone }),
      format: (value) => joined(held.format.format(value)),
      unit: held.text.unit || (held.info.unit ?? ""),
      note: noteOf(answer.oldest, from, to),
    };
  }

  dispose(): void {
    this.#cancel?.();
    this.#open.clear();
  }
}

function noteOf(oldest: number, from: number, to: number): string {
  if (oldest === 0) return words.chart.noReading;
  if (oldest <= from + fullShare * (to - from)) return "";
  return words.chart.firstReading(coarse(to - oldest));
}

function rangeOf(
  scale: TrendScale,
  min: Float64Array,
  max: Float64Array,
  now: number,
): readonly [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const [index, value] of min.entries()) {
    if (Number.isNaN(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, max[index] ?? value);
  }
  if (low > high) return [0, 1];
  const largest = Math.max(Math.abs(low), Math.abs(high));
  const range = scale.update({ low, high, largest, median: (low + high) / 2 }, now);
  return [range.low, range.high];
}

/** What a chart is drawn from, the stretches without readings, and how long a silence is none, in ms. */
interface Compacted extends Pick<ChartColumns, "max" | "mean" | "min" | "time"> {
  readonly stretches: readonly Stretch[];
  readonly usual: number;
}

/** Columns that hold something. */
function filledOf(min: Float64Array): number[] {
  const filled: number[] = [];
  for (const [index, low] of min.entries()) if (!Number.isNaN(low)) filled.push(index);
  return filled;
}

/**
 * Leaves empty columns out, but for one NaN in each gap: a line joins readings and never crosses a gap.
 *
 * `isHole`: whether readings of a gap are missing; where they are not, the last value holds until the next.
 */
export function compact(
  answer: ChartAnswer,
  cadenceMs: number,
  columnMs: number,
  isHole: (stretch: Stretch, usual: number) => boolean = () => true,
): Compacted {
  const filled = filledOf(answer.min);
  const times = filled.map((index) => answer.time[index] ?? 0);
  const gapMs = gapOf(times, cadenceMs, columnMs);
  const rows: [number, number, number, number][] = [];
  const stretches: Stretch[] = [];
  for (const [place, index] of filled.entries()) {
    const time = times[place] ?? 0;
    const before = times[place - 1];
    if (before !== undefined && time - before > gapMs) {
      const stretch = { from: before, to: time, open: false };
      const empty = isHole(stretch, gapMs);
      const held = empty ? Number.NaN : (rows.at(-1)?.[3] ?? Number.NaN);
      rows.push([empty ? (before + time) / 2 : time - columnMs, held, held, held]);
      if (empty) stretches.push(stretch);
    }
    rows.push([time, answer.min[index] ?? 0, answer.max[index] ?? 0, answer.mean[index] ?? 0]);
  }
  const column = (at: 0 | 1 | 2 | 3, factor = 1): Float64Array =>
    Float64Array.from(rows, (row) => row[at] * factor);
  const table = { time: column(0, 0.001), min: column(1), max: column(2), mean: column(3) };
  return { ...table, stretches, usual: gapMs };
}
