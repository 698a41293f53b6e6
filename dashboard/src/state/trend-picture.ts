/** Turns a series' columns into a picture for a box: pure arithmetic, no drawing. */
import { isLate } from "../data/ages.ts";
import type { Kind } from "../data/kinds.ts";
import type { TrendColumns, TrendWindow } from "../data/port.ts";
import { columnsPerRing } from "../data/rings.ts";
import type { TrendScale } from "../data/scale.ts";
import type { TrendPicture } from "./dashboard.ts";

/** How long a window is, in ms. */
export const windowMs: Readonly<Record<TrendWindow, number>> = {
  "15m": 15 * 60_000,
  "24h": 24 * 3_600_000,
};

/** Space kept free above and below, so that a line at the edge is whole. */
const inset = 2;
const gapColumns = 3;
const gapPeriods = 2.5;

/** The page's copy of a worker's ring. */
export class ColumnMirror {
  readonly columnMs: number;
  readonly #min = new Float32Array(columnsPerRing).fill(Number.NaN);
  readonly #max = new Float32Array(columnsPerRing).fill(Number.NaN);
  #head = -1;
  largest = 0;
  median = Number.NaN;

  constructor(columnMs: number) {
    this.columnMs = columnMs;
  }

  /** Takes columns in: all at mount, later those that changed. */
  take({ first, largest, max, median: centre, min }: TrendColumns): void {
    this.largest = largest;
    this.median = centre;
    for (let index = 0; index < min.length; index += 1) {
      const column = first + index;
      if (this.#head >= 0 && column > this.#head)
        for (
          let empty = Math.max(this.#head + 1, column - columnsPerRing + 1);
          empty < column;
          empty += 1
        )
          this.#put(empty, Number.NaN, Number.NaN);
      this.#head = Math.max(this.#head, column);
      this.#put(column, min[index] ?? Number.NaN, max[index] ?? Number.NaN);
    }
  }

  #put(column: number, low: number, high: number): void {
    this.#min[column % columnsPerRing] = low;
    this.#max[column % columnsPerRing] = high;
  }

  /** Calls `visit` for each column that holds something and begins at `from` or later, oldest first. */
  each(from: number, visit: (time: number, low: number, high: number) => void): void {
    const first = Math.max(this.#head - columnsPerRing + 1, Math.floor(from / this.columnMs), 0);
    for (let column = first; column <= this.#head; column += 1) {
      const low = this.#min[column % columnsPerRing] ?? Number.NaN;
      const high = this.#max[column % columnsPerRing] ?? Number.NaN;
      if (!Number.isNaN(low)) visit((column + 0.5) * this.columnMs, low, high);
    }
  }
}

/** What a picture is made of. */
export interface PictureFacts {
  readonly width: number;
  readonly height: number;
  readonly window: TrendWindow;
  readonly mirror: ColumnMirror;
  readonly scale: TrendScale;
  readonly kind: Kind;
  readonly isState: boolean;
  /** Hub now: the right edge. */
  readonly now: number;
  /** Time of the newest reading, ms; 0: none. */
  readonly last: number;
  /** The newest reading as a number: itself, or a state's 1 or 0. */
  readonly value: number;
  readonly cadenceMs: number;
  /** Stale, unproven, or the screen is not live. */
  readonly doubtful: boolean;
}

interface Point {
  readonly time: number;
  readonly low: number;
  readonly high: number;
}

function pointsOf({ kind, mirror, now, window }: PictureFacts): Point[] {
  const points: Point[] = [];
  mirror.each(now - windowMs[window], (time, low, high) => points.push({ time, low, high }));
  return kind.name === "total" ? ratesOf(points) : points;
}

/** A total's trend is its rate per hour; where the counter went back to zero there is none. */
function ratesOf(points: readonly Point[]): Point[] {
  const rates: Point[] = [];
  for (let index = 1; index < points.length; index += 1) {
    const before = points[index - 1];
    const here = points[index];
    if (!before || !here || here.high < before.high) continue;
    const rate = ((here.high - before.high) * 3_600_000) / (here.time - before.time);
    rates.push({ time: here.time, low: rate, high: rate });
  }
  return rates;
}

/**
 * Silence longer than this is a gap, in ms.
 *
 * What counts is the slower of the rhythm in which the device speaks and the one in which it measured: what it sends
 * late comes quickly, and was measured as slowly as ever. One distance alone is no rhythm where the hub knows one.
 */
export function gapOf(times: readonly number[], cadenceMs: number, columnMs: number): number {
  const steps = times.slice(1).map((time, index) => time - (times[index] ?? time));
  steps.sort((a, b) => a - b);
  // Of an even number the smaller one: of two distances one may be the gap.
  const measured = steps[(steps.length - 1) >> 1] ?? 0;
  const usual = cadenceMs > 0 && steps.length < 2 ? cadenceMs : Math.max(cadenceMs, measured);
  return Math.max(gapColumns * columnMs, gapPeriods * usual);
}

/** The picture of a trend line now. */
export function pictureOf(facts: PictureFacts): TrendPicture {
  const { cadenceMs, doubtful, height, last, now, width, window } = facts;
  const span = windowMs[window];
  const x = (time: number): number => ((time - (now - span)) / span) * width;
  const late = doubtful || isLate(last, now, cadenceMs);
  const hatchFrom = last > 0 && late ? Math.max(0, Math.min(width, x(last))) : null;
  const empty = new Float32Array(Math.ceil(width)).fill(Number.NaN);
  const blank = {
    width,
    height,
    top: empty,
    bottom: empty,
    dot: null,
    hatchFrom,
    zero: null,
    limits: [],
    lane: null,
    window,
  };
  const points = pointsOf(facts);
  if (facts.isState) return { ...blank, lane: laneOf(facts, points, x) };
  if (points.length === 0) return blank;
  return { ...blank, ...lineOf(facts, points, x) };
}

function lineOf(
  facts: PictureFacts,
  points: readonly Point[],
  x: (time: number) => number,
): Pick<TrendPicture, "bottom" | "dot" | "top" | "zero"> {
  const { height, kind, last, mirror, now, scale, value, width } = facts;
  const isRate = kind.name === "total";
  const extent = {
    low: Math.min(...points.map((point) => point.low)),
    high: Math.max(...points.map((point) => point.high)),
    largest: isRate ? Math.max(...points.map((point) => point.high)) : mirror.largest,
    median: mirror.median,
  };
  const { high, low } = scale.update(extent, now);
  const inner = height - 2 * inset;
  const y = (v: number): number => inset + (1 - (v - low) / (high - low)) * inner;
  const top = new Float32Array(Math.ceil(width)).fill(Number.NaN);
  const bottom = new Float32Array(Math.ceil(width)).fill(Number.NaN);
  const gapMs = gapOf(
    points.map((point) => point.time),
    facts.cadenceMs,
    mirror.columnMs,
  );
  let before: Point | null = null;
  for (const point of points) {
    put(top, bottom, Math.floor(x(point.time)), y(point.high), y(point.low));
    if (before && point.time - before.time <= gapMs) bridge(top, bottom, before, point, { x, y });
    before = point;
  }
  const ended = points.at(-1);
  const shown = isRate ? (ended?.high ?? 0) : value;
  const at = x(last);
  const dot =
    last > 0 && at >= 0 ? { x: Math.min(width, at), y: clamp(y(shown), 0, height) } : null;
  return { top, bottom, dot, zero: kind.zero && low <= 0 && high >= 0 ? y(0) : null };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

function put(
  top: Float32Array,
  bottom: Float32Array,
  column: number,
  high: number,
  low: number,
): void {
  if (column < 0 || column >= top.length) return;
  const above = top[column] ?? Number.NaN;
  const below = bottom[column] ?? Number.NaN;
  if (!(above <= high)) top[column] = high;
  if (!(below >= low)) bottom[column] = low;
}

/** Fills the pixels between two readings that follow each other: a straight line, as between two marks on paper. */
function bridge(
  top: Float32Array,
  bottom: Float32Array,
  from: Point,
  to: Point,
  { x, y }: { readonly x: (time: number) => number; readonly y: (value: number) => number },
): void {
  const start = Math.floor(x(from.time));
  const end = Math.floor(x(to.time));
  const a = y((from.low + from.high) / 2);
  const b = y((to.low + to.high) / 2);
  for (let column = Math.max(0, start + 1); column < Math.min(end, top.length); column += 1) {
    const height = a + ((b - a) * (column - start)) / (end - start);
    put(top, bottom, column, height, height);
  }
}

/** Runs of a state: each holds until the next reading says otherwise. */
function laneOf(
  { doubtful, last, now, value, width }: PictureFacts,
  points: readonly Point[],
  x: (time: number) => number,
): NonNullable<TrendPicture["lane"]> {
  const changes = points.map((point) => ({
    at: Math.max(0, x(point.time)),
    active: point.high > 0.5,
  }));
  if (last > 0) {
    // Its newest reading may be older than the window: it holds all the same.
    const at = Math.max(0, x(last));
    changes.push({ at, active: value > 0.5 });
    changes.sort((a, b) => a.at - b.at);
  }
  const end = doubtful ? Math.max(0, x(last)) : x(now);
  const lane: { from: number; to: number; active: boolean }[] = [];
  for (const [index, { active, at }] of changes.entries()) {
    const to = Math.min(width, changes[index + 1]?.at ?? end);
    const open = lane.at(-1);
    if (open && open.active === active && open.to >= at - 0.5) open.to = Math.max(open.to, to);
    else if (to > at) lane.push({ from: at, to, active });
  }
  return lane;
}
