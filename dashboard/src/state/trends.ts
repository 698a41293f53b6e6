/**
 * Trend lines: painted when a column opens or the last one moved by a pixel, at most once a second, from the frame
 * loop.
 */
import type { Timers } from "../data/clock.ts";
import { measure } from "../data/memory.ts";
import type { TrendColumns, TrendWindow } from "../data/port.ts";
import { TrendScale } from "../data/scale.ts";
import type { TrendHandle, TrendPicture, TrendSpec } from "./dashboard.ts";
import { isState, kindOfSeries } from "./families.ts";
import type { FrameLoop } from "./frame-loop.ts";
import type { LinkState } from "./link.ts";
import type { Outages } from "./outages.ts";
import { heightOf, pictureOf, windowMs } from "./trend-picture.ts";
import { ColumnMirror } from "./trend-points.ts";
import type { HeldSeries, Values } from "./values.ts";

/** A second, less what a timer may come early. */
const atMostEveryMs = 950;

interface Open {
  readonly id: number;
  readonly spec: TrendSpec;
  readonly paint: (picture: TrendPicture) => void;
  /** Monotonic time of the last painting that showed something; 0: none. */
  painted: number;
  /** Something changed since, too soon to be painted. */
  dirty: boolean;
  /** Pixel column of the right edge when it was painted. */
  edge: number;
  y: number;
  /** Its tail was hatched: whatever comes, it is drawn again. */
  hatched: boolean;
}

export interface TrendsOptions {
  readonly timers: Timers;
  readonly values: Values;
  readonly link: LinkState;
  readonly loop: FrameLoop;
  readonly outages: Outages;
  /** A value's mark: anything but "" hatches the tail. */
  readonly doubtful: (held: HeldSeries) => boolean;
  /** Which lines are open changed: the worker must be told. */
  readonly onOpen: () => void;
}

const nameOf = (series: number, window: TrendWindow): string => `${series}/${window}`;

export class TrendLines {
  readonly #options: TrendsOptions;
  readonly #open = new Map<number, Open>();
  readonly #bySeries = new Map<number, Set<Open>>();
  readonly #mirrors = new Map<string, ColumnMirror>();
  readonly #scales = new Map<string, TrendScale>();
  #next = 1;

  constructor(options: TrendsOptions) {
    this.#options = options;
  }

  /**
   * Series with an open line, and their windows, for the worker to be told.
   *
   * Copies of all other columns go here and no sooner: a line that is closed and opened again in one turn, at another
   * size, is no news to the worker, and it would not send the columns again.
   */
  watched(): ReadonlyMap<number, TrendWindow> {
    const specs = [...this.#open.values()].map(({ spec }) => spec);
    const names = new Set(specs.map(({ series, window }) => nameOf(series, window)));
    for (const name of this.#mirrors.keys()) if (!names.has(name)) this.#mirrors.delete(name);
    return new Map(specs.map(({ series, window }) => [series, window]));
  }

  open(spec: TrendSpec, paint: (picture: TrendPicture) => void): TrendHandle {
    const id = this.#next;
    this.#next += 1;
    const open: Open = {
      id,
      spec,
      paint,
      painted: 0,
      dirty: false,
      edge: -1,
      y: Number.NaN,
      hatched: false,
    };
    this.#open.set(id, open);
    const same = this.#bySeries.get(spec.series) ?? new Set();
    this.#bySeries.set(spec.series, same.add(open));
    this.#options.onOpen();
    this.#queue(id);
    return {
      repaint: () => {
        open.edge = -1;
        this.#queue(id);
      },
      dispose: () => {
        this.#open.delete(id);
        same.delete(open);
        if (same.size === 0 && this.#bySeries.get(spec.series) === same)
          this.#bySeries.delete(spec.series);
        this.#options.loop.remove(`trend:${id}`);
        this.#options.onOpen();
      },
    };
  }

  /** Columns came from the worker. */
  take(columns: TrendColumns): void {
    const name = nameOf(columns.key, columns.window);
    let mirror = this.#mirrors.get(name);
    if (!mirror) {
      mirror = new ColumnMirror(columns.columnMs);
      this.#mirrors.set(name, mirror);
    }
    mirror.take(columns);
    for (const open of this.#bySeries.get(columns.key) ?? [])
      if (open.painted === 0) this.#queue(open.id);
  }

  /** A value changed: its line is painted again if its last column moved by a pixel. */
  changed(held: HeldSeries): void {
    for (const open of this.#bySeries.get(held.info.id) ?? []) {
      open.dirty = true;
      if (this.#mayPaint(open)) this.#queue(open.id);
    }
  }

  #mayPaint(open: Open): boolean {
    return this.#options.timers.monotonic() - open.painted >= atMostEveryMs;
  }

  /** Once a second: lines whose right edge moved on by a pixel, and those that came too soon. */
  tick(): void {
    for (const open of this.#open.values()) {
      const due = open.dirty || this.#edgeOf(open.spec) !== open.edge;
      if (due && this.#mayPaint(open)) this.#queue(open.id);
    }
  }

  /** Liveness or the theme changed. */
  refresh(): void {
    for (const id of this.#open.keys()) this.#queue(id);
  }

  #edgeOf({ width, window }: TrendSpec): number {
    return Math.floor((this.#options.link.now() * width) / windowMs[window]);
  }

  #queue(id: number): void {
    this.#options.loop.add(`trend:${id}`, () => {
      const open = this.#open.get(id);
      if (open) this.#paint(open);
    });
  }

  /** The line would look the same: its right edge is where it was, and its last reading within a pixel of where it was. */
  #looksSame(open: Open, held: HeldSeries): boolean {
    const { height, series, window } = open.spec;
    const range = this.#scales.get(nameOf(series, window))?.range;
    if (open.painted === 0 || open.hatched || !range || this.#edgeOf(open.spec) !== open.edge)
      return false;
    // The last value of a total is no point of its line, a state's lane grows, and a doubtful tail does.
    if (kindOfSeries(held).name === "total" || isState(held)) return false;
    if (this.#options.doubtful(held)) return false;
    const value = sizeOf(held);
    if (!(value >= range.low && value <= range.high)) return false;
    return Math.abs(heightOf(range, height)(value) - open.y) < 1;
  }

  #paint(open: Open): void {
    open.dirty = false;
    const held = this.#options.values.get(open.spec.series);
    if (!held || this.#looksSame(open, held)) return;
    const picture = this.#picture(open.spec, held);
    const edge = this.#edgeOf(open.spec);
    const y = picture.dot?.y ?? Number.NaN;
    const hatched = picture.hatchFrom !== null;
    const moved = edge !== open.edge || !(Math.abs(y - open.y) < 1) || hatched || open.hatched;
    if (open.painted > 0 && !moved && picture.lane === null) return;
    // An empty picture does not count: the first value is drawn as it comes.
    const shows = picture.dot !== null || picture.lane !== null || hatched;
    open.painted = shows ? this.#options.timers.monotonic() : 0;
    open.edge = edge;
    open.y = y;
    open.hatched = hatched;
    open.paint(picture);
  }

  #picture({ height, series, width, window }: TrendSpec, held: HeldSeries): TrendPicture {
    const { doubtful, link, outages } = this.#options;
    const name = nameOf(series, window);
    const cadenceMs = held.info.facts.cadence_ms ?? 0;
    const kind = kindOfSeries(held);
    const mirror = this.#mirrors.get(name) ?? new ColumnMirror(windowMs[window]);
    const scale = this.#scales.get(name) ?? new TrendScale(kind);
    this.#scales.set(name, scale);
    return pictureOf({
      width,
      height,
      window,
      mirror,
      scale,
      kind,
      isState: isState(held),
      now: link.now(),
      last: held.time,
      value: sizeOf(held),
      cadenceMs,
      doubtful: doubtful(held),
      isHole: (stretch, usual) => outages.isHole(held.info.device, stretch, { cadenceMs, usual }),
    });
  }
}

/** The newest value as a number: itself, or a state's 1 or 0. */
function sizeOf({ info, value }: HeldSeries): number {
  return measure(value, info.metric, info.facts.kind);
}
