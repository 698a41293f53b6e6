/**
 * What the page and its worker say to each other. Arrays are transferred, never copied.
 *
 * The page pulls (`next`): a slow page gets bigger batches, not more of them. Series are numbers that stay the same
 * while the page lives, also through reconnects.
 */
import type {
  DeviceRow,
  Feed,
  ReplayFrame,
  SeriesFacts,
  StatusRow,
  SummaryRow,
} from "../wire/messages.ts";

/** How far back a trend line goes; series slower than one reading a minute show 24 h. */
export type TrendWindow = "15m" | "24h";

/** A series as the page knows it. */
export interface SeriesInfo {
  readonly id: number;
  readonly device: string;
  readonly metric: string;
  readonly unit: string | null;
  readonly datatype: string;
  readonly facts: SeriesFacts;
}

/** Bits of `flag`: the lowest two are the type, the next two the quality. */
export const flags = {
  typeMask: 0b11,
  number: 0,
  boolean: 1,
  text: 2,
  none: 3,
  qualityMask: 0b1100,
  good: 0,
  uncertain: 0b0100,
  bad: 0b1000,
  stale: 0b1100,
  /** Heard, or known unchanged, on this connection. */
  proven: 0b1_0000,
} as const;

export type ToWorker =
  /** `replay`: this page shows the past from there on, and nothing else. */
  | {
      readonly t: "open";
      readonly url: string;
      readonly client: string;
      readonly replay?: Travel | undefined;
    }
  /** Devices to subscribe to with all their metrics; replaces what was said before. */
  | { readonly t: "show"; readonly devices: readonly string[]; readonly intervalMs: number }
  /** Series whose newest values are wanted, and those whose trend columns are, with their windows. */
  | {
      readonly t: "see";
      readonly keys: Uint32Array;
      readonly trends: Uint32Array;
      readonly windows: readonly TrendWindow[];
    }
  /** Ready for one more batch; answered when there is something. */
  | { readonly t: "next" }
  | { readonly t: "send"; readonly frame: string }
  /** `Try now`. */
  | { readonly t: "retry" }
  | { readonly t: "visible"; readonly visible: boolean }
  /** Sleep, another network or a clock jump: prove the connection within 1.5 s. `n` comes back in `link`. */
  | { readonly t: "wake"; readonly n: number }
  | { readonly t: "chart"; readonly request: ChartRequest }
  /** How the last hour of these series was, for choosing what a card shows. */
  | { readonly t: "evidence"; readonly keys: Uint32Array }
  | { readonly t: "close" };

/** A moment to go to, in hub time, and how fast time goes on there. */
export interface Travel {
  readonly from: number;
  readonly to?: number;
  readonly speed: number;
  readonly paused?: boolean;
}

export interface ChartRequest {
  readonly id: number;
  readonly key: number;
  /** Hub time, ms. */
  readonly from: number;
  readonly to: number;
  readonly columns: number;
}

/** How the connection is. `checking`: open, but to be proven again. */
export type LinkState = "connecting" | "open" | "checking" | "waiting" | "refused";

/** All the page needs to know of the connection. */
export interface LinkReport {
  readonly state: LinkState;
  /** Hub time, or this computer's while the hub's is unknown, when `state` began. */
  readonly since: number;
  /** Hub time of the last frame; 0: none ever. */
  readonly heard: number;
  /** Round trip in ms, or null. */
  readonly rtt: number | null;
  /** Latency inside the hub in ms, or null. */
  readonly latency: number | null;
  /** Hub time = monotonic time of this computer + offset. */
  readonly offset: number;
  /** Failed attempts in a row. */
  readonly tries: number;
  /** Monotonic time of the next attempt; 0: none planned. */
  readonly nextTry: number;
  /** Why it ended: `bye` code or close code; 0 when unknown. */
  readonly code: number;
  readonly reason: string;
  /** A frame of this connection has said where it stands, and nothing is missing of what is visible. */
  readonly caughtUp: boolean;
  /** Last `wake` that was proven. */
  readonly wake: number;
  readonly hub: string;
  readonly zone: string;
  /** What the past of the series takes, and how many lost theirs for want of room. */
  readonly memory: {
    readonly bytes: number;
    readonly budgetBytes: number;
    readonly evicted: number;
  };
}

export type FromWorker =
  /** Newest values. `value` is a number, 0 or 1, or an index into `text`. `n`: readings they stand for. */
  | {
      readonly t: "frame";
      readonly keys: Uint32Array;
      readonly value: Float64Array;
      readonly time: Float64Array;
      readonly flag: Uint8Array;
      readonly text: readonly string[];
      /** Qualities with their reasons, of those that changed. */
      readonly doubts: readonly (readonly [key: number, quality: string])[];
      readonly n: number;
    }
  | { readonly t: "cols"; readonly lines: readonly TrendColumns[] }
  | { readonly t: "link"; readonly link: LinkReport }
  | {
      readonly t: "series";
      readonly add: readonly SeriesInfo[];
      readonly remove: readonly number[];
    }
  | { readonly t: "chart"; readonly id: number; readonly columns: ChartAnswer }
  | { readonly t: "evidence"; readonly rows: readonly EvidenceRow[] }
  | { readonly t: "event"; readonly event: HubEvent };

/** Columns of a trend line, from absolute column `first` on (time = index × `columnMs`). */
export interface TrendColumns {
  readonly key: number;
  readonly window: TrendWindow;
  readonly columnMs: number;
  readonly first: number;
  readonly min: Float32Array;
  readonly max: Float32Array;
  /** Largest magnitude and median of the last 24 h. */
  readonly largest: number;
  readonly median: number;
}

/** Chart columns; NaN in all of a column: nothing there. Times in ms. */
export interface ChartAnswer {
  readonly time: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly mean: Float64Array;
  /** Time of the first reading since this page remembers the series; 0: none. */
  readonly oldest: number;
}

export interface EvidenceRow {
  readonly key: number;
  readonly median: number;
  readonly deviation: number;
  readonly unchanged: boolean;
}

/** What is told once and not measured. */
export type HubEvent =
  | {
      readonly kind: "devices";
      readonly add: readonly DeviceRow[];
      readonly remove: readonly string[];
    }
  | { readonly kind: "status"; readonly rows: readonly StatusRow[] }
  /** The catalogue is complete; `present`: all devices there are, or null after a resume. */
  | { readonly kind: "catalogue"; readonly present: readonly string[] | null }
  | { readonly kind: "summary"; readonly places: readonly SummaryRow[] }
  | { readonly kind: "feed"; readonly feed: Feed }
  | { readonly kind: "replay"; readonly state: ReplayFrame }
  | { readonly kind: "lag"; readonly behind: boolean; readonly oneOf: number }
  | { readonly kind: "gap"; readonly from: number; readonly to: number; readonly reason: string }
  | { readonly kind: "error"; readonly code: string; readonly message: string };
