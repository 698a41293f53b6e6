/**
 * The engine as the page uses it.
 *
 * Three speeds are never mixed. The socket fills columns in a worker at any rate. The frame loop writes text nodes
 * and calls painters. Signals change at most four times a second and carry connection, counts, lists and selection:
 * **no component renders because a value came**.
 */
import type { ReadonlySignal, Signal } from "@preact/signals";
import type { TrendWindow } from "../data/port.ts";
import type { Measure } from "../data/room.ts";
import type { Route } from "./route.ts";
import type {
  AttentionView,
  CardView,
  Counts,
  DeviceView,
  LinkView,
  PlaceView,
  SourceView,
  WallView,
} from "./views.ts";

/** Ends something; calling it twice is harmless. */
export type Dispose = () => void;

/** Everything the page needs, made once by `createDashboard`. */
export interface Dashboard {
  readonly link: Link;
  readonly catalogue: Catalogue;
  readonly wall: Wall;
  readonly attention: Attention;
  readonly slots: Slots;
  readonly trends: Trends;
  readonly route: Router;
  readonly preferences: Preferences;
  readonly announcer: Announcer;
  readonly replay: Replay;
  /** How this page itself is doing, for the status page; 1 Hz. */
  readonly vitals: ReadonlySignal<Vitals>;
  /** Says which devices are on the screen; the subscription follows. */
  readonly viewport: Viewport;
  /** Hub time now, in ms; never the browser's clock. */
  now(): number;
  dispose(): void;
}

/** A replay's own controls. */
export interface Replay {
  pause(paused: boolean): void;
  /** 0.5 to 100. */
  speed(speed: number): void;
}

/** How this page is doing. */
export interface Vitals {
  /** Frames in which not all that was to be drawn fitted into 4 ms. */
  readonly overfullFrames: number;
  /** 1, or 2 or 4 when values are fetched that much more rarely because frames overflow. */
  readonly slowdown: number;
  /** What the past of the series takes in the worker, its budget, and how many lost theirs to it. */
  readonly memoryBytes: number;
  readonly memoryBudgetBytes: number;
  readonly evicted: number;
  readonly roundTripMs: number | null;
  /** This computer's clock less the hub's. */
  readonly clockOffsetMs: number;
}

/** The connection, and what may be done about it. */
export interface Link {
  readonly view: ReadonlySignal<LinkView>;
  /** The hub's time in the hub's zone, `14:32:07`, with the zone named when the browser's differs. 1 Hz. */
  readonly clock: ReadonlySignal<string>;
  /** The hub's zone, an IANA name; the browser's until the hub has told its own. */
  readonly zone: string;
  /** Hub time in ms, also on a page of the past. */
  present(): number;
  /** `Try now`. */
  retry(): void;
  dismissClockNotice(): void;
}

/** Devices, places and sources, known from the hub's catalogue whether they are visible or not. */
export interface Catalogue {
  readonly counts: ReadonlySignal<Counts>;
  readonly places: ReadonlySignal<readonly PlaceView[]>;
  readonly sources: ReadonlySignal<readonly SourceView[]>;
  /** True once the hub has told all devices: an empty hub and a hub not yet heard look different. */
  readonly complete: ReadonlySignal<boolean>;
  /** A device's card; the signal is the same object at every call, and follows the device while someone listens. */
  card(device: string): ReadonlySignal<CardView>;
  /** All devices with their names, in no order: for an index of names, without a card for each. */
  names(): Iterable<readonly [device: string, name: string]>;
  /** The device page's facts; null for a device the hub does not know. */
  device(device: string): ReadonlySignal<DeviceView | null>;
  /** One mark per device in wall order, for the fleet panel; `place` is the top level. */
  readonly fleet: ReadonlySignal<readonly FleetPlace[]>;
}

/** A top-level place in the fleet panel. `marks[i]` belongs to `devices[i]`. */
export interface FleetPlace {
  readonly place: string;
  readonly label: string;
  readonly devices: readonly string[];
  /** `"fine"` or what stands in the glyph's place. */
  readonly marks: readonly ("fine" | Exclude<CardView["glyph"], null>)[];
}

/** The wall: what matches the route's `q`, `place` and chips, in an order that no value changes. */
export interface Wall {
  readonly view: ReadonlySignal<WallView>;
  /** `Sort again`. */
  sortAgain(): void;
}

/** "Needs attention". */
export interface Attention {
  readonly view: ReadonlySignal<AttentionView>;
  /** Call with true while a pointer, focus or touch is in the list; it re-orders 2 s after the last false. */
  hold(held: boolean): void;
  /** `Show`: take the waiting rows in now. */
  show(): void;
}

/** What is on the screen. */
export interface Viewport {
  /**
   * Says which devices an owner (a wall, a device page) shows now; replaces what it said before.
   *
   * Call as often as you like: the subscription changes at most every 200 ms, and devices that scrolled away stay
   * subscribed for 5 s. `intervalMs`: 250 for lists and cards, 500 for tiles, 100 for the device page.
   */
  show(owner: string, devices: readonly string[], intervalMs: number): void;
  /** The owner is gone. */
  hide(owner: string): void;
}

/**
 * Binds values to text nodes. The frame loop writes `node.data` only when the text differs.
 *
 * Ending a binding empties its nodes: what nobody feeds must not look like a value.
 */
export interface Slots {
  /**
   * Shows a series' newest value.
   *
   * `host` gets `data-mark` (`""`, `"stale"`, `"uncertain"`, `"bad"`, `"unproven"`: not heard since a reconnect) and
   * `data-missing` when there is no value; both drive CSS only.
   */
  value(series: number, nodes: ValueNodes): Dispose;
  /** Shows a device's age (`live`, `20 s`, `late · 40 s`, `stale · 11 min`, `read 14:31:29`, `offline · 34 min`). */
  age(device: string, node: Written, host?: Element): Dispose;
  /** Says for a sentence when the primary metric was read last: `0.4 s ago`, `14:31:29`, `—`. */
  lastReading(device: string, node: Written, host?: Element): Dispose;
  /** The same as `age` for one series. */
  seriesAge(series: number, node: Written, host?: Element): Dispose;
  /** Shows how long ago something began: `4 min`, `2 h 10 min`. */
  since(time: number, node: Written): Dispose;
  /** The text as shown now, number and unit, for accessible names and tooltips. */
  read(series: number): string;
}

/** What is written to: a text node, or what does more with a text than show it. It gives back what was written last. */
export interface Written {
  data: string;
}

/** What a number is written to. */
export interface WrittenNumber extends Written {
  /** Numbers of the series may need this much room. */
  expect?(ahead: Measure): void;
}

/** Where a value is written. `number` alone gets number and unit in one text. */
export interface ValueNodes {
  readonly number: WrittenNumber;
  readonly unit?: Written;
  readonly host?: Element;
}

/** A trend line as a painter draws it: everything in CSS pixels of its box, y downwards, already scaled. */
export interface TrendPicture {
  readonly width: number;
  readonly height: number;
  /** One per pixel column, left to right; NaN where the column holds nothing: a gap, never bridged. */
  readonly top: Float32Array;
  readonly bottom: Float32Array;
  /** Where the last reading is, or null. */
  readonly dot: { readonly x: number; readonly y: number } | null;
  /** Hatch from this x to the right edge: late, stale or not live; null: none. */
  readonly hatchFrom: number | null;
  /** y of the zero line when the scale uses it, else null. */
  readonly zero: number | null;
  /** Alarm limits within the range. */
  readonly limits: readonly { readonly y: number; readonly severity: string }[];
  /** States: runs of the lane instead of a line. `active`: filled, else outlined. */
  readonly lane:
    | readonly { readonly from: number; readonly to: number; readonly active: boolean }[]
    | null;
  /** `24h` is printed in the corner. */
  readonly window: TrendWindow;
}

/** Trend lines and big charts. Painters are called from the frame loop, within its budget. */
export interface Trends {
  /** Calls `paint` at mount, when a new column opens, or when the last one moved by a pixel; at most 1 Hz. */
  open(spec: TrendSpec, paint: (picture: TrendPicture) => void): TrendHandle;
  /** Calls `paint` with chart columns at most at 10 Hz while they change. */
  chart(spec: ChartSpec, paint: (columns: ChartColumns) => void): ChartHandle;
}

export interface TrendSpec {
  readonly series: number;
  readonly width: number;
  readonly height: number;
  readonly window: TrendWindow;
}

export interface TrendHandle {
  /** Paints again, for a new theme or pixel ratio. */
  repaint(): void;
  readonly dispose: Dispose;
}

export interface ChartSpec {
  readonly series: number;
  readonly windowMs: number;
  /** Columns asked for, one per pixel; at most 4,000. */
  readonly columns: number;
}

export interface ChartHandle {
  /** Another window, keeping what is drawn until the new columns come. */
  change(spec: ChartSpec): void;
  readonly dispose: Dispose;
}

/** Columns of a chart; same shape as the protocol's `history`. `time` in Unix seconds as uPlot wants it. */
export interface ChartColumns {
  /** Fixed x-range by the hub's clock, in s. */
  readonly from: number;
  readonly to: number;
  readonly time: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly mean: Float64Array;
  /** y-range with the trend lines' hysteresis and the kind's least span. */
  readonly range: readonly [number, number];
  /** Where readings are missing, oldest first; the last may reach to `to`: late, or not live. */
  readonly holes: readonly ChartHole[];
  /** What a value says on the axis and in the tooltip: the same formatter as on the card. */
  format(value: number): string;
  readonly unit: string;
  /** `This page's readings begin 12 s ago. The chart fills as they come.`; empty when the window is full. */
  readonly note: string;
}

/** A stretch of a chart without readings, in s of the hub's time. */
export interface ChartHole {
  readonly from: number;
  readonly to: number;
  /** No reading has ended it yet. */
  readonly open: boolean;
  /** `The hub had lost its broker`. */
  readonly reason: string;
  /** `Nothing from 14:21:05 to 14:25:10: the hub had lost its broker.` */
  readonly sentence: string;
}

/** Addresses. Every view is one; filters replace, pages push. */
export interface Router {
  readonly current: ReadonlySignal<Route>;
  /** Goes to another page. */
  go(route: Partial<Route> & Pick<Route, "page">): void;
  /** Changes filters of this page; keys set to their default disappear from the address. */
  filter(
    change: Partial<Pick<Route, "q" | "place" | "view" | "sort" | "metrics" | "window">>,
  ): void;
  /** The address of a route, for `href`. */
  href(route: Partial<Route> & Pick<Route, "page">): string;
}

/** Choices that belong to this browser, kept in its storage. */
export interface Preferences {
  /** `system` follows `prefers-color-scheme` and `prefers-contrast`. */
  readonly theme: Signal<"system" | "light" | "dark" | "contrast">;
  /** The theme in force, also on `document.documentElement.dataset.theme`. */
  readonly themeInForce: ReadonlySignal<"light" | "dark" | "contrast">;
  readonly density: Signal<"list" | "cards" | "tiles">;
  /** Single-letter keys may be switched off (WCAG 2.1.4). */
  readonly letterKeys: Signal<boolean>;
}

/** What the two live regions say. */
export interface Announcer {
  /** `role=alert`: link or broker lost and back. */
  readonly alert: ReadonlySignal<string>;
  /** `role=status`: the result of the reader's own action, and counts 500 ms after typing stops. */
  readonly status: ReadonlySignal<string>;
  /** Says the result of an action. */
  say(text: string): void;
}
