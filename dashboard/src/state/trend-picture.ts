/** Turns a series' columns into a picture for a box: pure arithmetic, no drawing. */
import { isLate } from "../data/ages.ts";
import type { Kind } from "../data/kinds.ts";
import type { TrendWindow } from "../data/port.ts";
import type { Range, TrendScale } from "../data/scale.ts";
import type { TrendPicture } from "./dashboard.ts";
import type { Stretch } from "./outages.ts";
import { type ColumnMirror, Points } from "./trend-points.ts";

/** How long a window is, in ms. */
export const windowMs: Readonly<Record<TrendWindow, number>> = {
  "15m": 15 * 60_000,
  "24h": 24 * 3_600_000,
};

/** Space kept free above and below, so that a line at the edge is whole. */
const inset = 2;
const gapColumns = 3;
const gapPeriods = 2.5;

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
  /** Whether readings of a gap are missing; where they are not, the last value holds until the next. */
  readonly isHole: (stretch: Stretch, usual: number) => boolean;
}

/** Used for one picture after the other. */
const scratch = new Points();

function pointsOf({ kind, mirror, now, window }: PictureFacts): Points {
  mirror.copy(now - windowMs[window], scratch.clear());
  return kind.name === "total" ? scratch.toRates() : scratch;
}

/**
 * Silence longer than this is a gap, in ms.
 *
 * What counts is the slower of the rhythm in which the device speaks and the one in which it measured: what it sends
 * late comes quickly, and was measured as slowly as ever. One distance alone is no rhythm where the hub knows one.
 */
export function gapOf(times: ArrayLike<number>, cadenceMs: number, columnMs: number): number {
  const least = Math.max(gapColumns * columnMs, gapPeriods * cadenceMs);
  // Nothing is longer than the device's own rhythm allows: what it measured cannot say otherwise.
  if (cadenceMs > 0 && (times.length < 3 || longestStep(times) <= least)) return least;
  const steps = Float64Array.from({ length: Math.max(0, times.length - 1) }, (_, index) =>
    stepAfter(times, index),
  ).sort();
  // Of an even number the smaller one: of two distances one may be the gap.
  const measured = steps[(steps.length - 1) >> 1] ?? 0;
  return Math.max(least, gapPeriods * measured);
}

function stepAfter(times: ArrayLike<number>, index: number): number {
  return (times[index + 1] ?? 0) - (times[index] ?? 0);
}

function longestStep(times: ArrayLike<number>): number {
  let longest = 0;
  for (let index = 0; index + 1 < times.length; index += 1)
    longest = Math.max(longest, stepAfter(times, index));
  return longest;
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
  points: Points,
  x: (time: number) => number,
): Pick<TrendPicture, "bottom" | "dot" | "top" | "zero"> {
  const { cadenceMs, height, isHole, kind, last, mirror, now, scale, value, width } = facts;
  const isRate = kind.name === "total";
  const extent = points.extent();
  const largest = isRate ? extent.high : mirror.largest;
  const { high, low } = scale.update({ ...extent, largest, median: mirror.median }, now);
  const y = heightOf({ low, high }, height);
  const top = new Float32Array(Math.ceil(width)).fill(Number.NaN);
  const bottom = new Float32Array(Math.ceil(width)).fill(Number.NaN);
  const gapMs = gapOf(points.time.subarray(0, points.length), cadenceMs, mirror.columnMs);
  for (let index = 0; index < points.length; index += 1) {
    const time = points.timeAt(index);
    const column = Math.floor(x(time));
    put(top, bottom, column, y(points.highAt(index)), y(points.lowAt(index)));
    const before = index - 1;
    const from = points.timeAt(before);
    const isGap = time - from > gapMs;
    if (before < 0 || (isGap && isHole({ from, to: time, open: false }, gapMs))) continue;
    const start = Math.floor(x(from));
    const middle = (at: number): number => y((points.lowAt(at) + points.highAt(at)) / 2);
    const level = middle(before);
    if (isGap) put(top, bottom, column, level, level);
    if (column - start > 1)
      bridge(top, bottom, [start, level], [column, isGap ? level : middle(index)]);
  }
  const shown = isRate ? points.highAt(points.length - 1) : value;
  const at = x(last);
  const dot =
    last > 0 && at >= 0 ? { x: Math.min(width, at), y: clamp(y(shown), 0, height) } : null;
  return { top, bottom, dot, zero: kind.zero && low <= 0 && high >= 0 ? y(0) : null };
}

/** Where a value lies in a box that stands for a range, in px from its top. */
export function heightOf({ high, low }: Range, height: number): (value: number) => number {
  const inner = height - 2 * inset;
  return (value) => inset + (1 - (value - low) / (high - low)) * inner;
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
  [start, a]: readonly [column: number, y: number],
  [end, b]: readonly [column: number, y: number],
): void {
  for (let column = Math.max(0, start + 1); column < Math.min(end, top.length); column += 1) {
    const height = a + ((b - a) * (column - start)) / (end - start);
    put(top, bottom, column, height, height);
  }
}

/** Runs of a state: each holds until the next reading says otherwise. */
function laneOf(
  { doubtful, last, now, value, width }: PictureFacts,
  points: Points,
  x: (time: number) => number,
): NonNullable<TrendPicture["lane"]> {
  const changes = Array.from({ length: points.length }, (_, index) => ({
    at: Math.max(0, x(points.timeAt(index))),
    active: points.highAt(index) > 0.5,
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
