/**
 * What the engine shows the page: plain data, already worded and formatted.
 *
 * Everything here is read-only and comes through a signal that changes at most four times a second. Values, ages and
 * trend lines never come this way: they are bound to DOM nodes (see `Slots` and `Trends` in `dashboard.ts`).
 */
import type { TrendWindow } from "../data/port.ts";

/** The four alarm severities, most urgent first. Only these have hue. */
export type Severity = "critical" | "high" | "medium" | "low";

/** Which drawing stands before a name; the alarm shapes carry their number. `null` = nothing, the normal case. */
export type Glyph =
  | Severity
  | "stale"
  | "offline"
  | "unknown"
  | "uncertain"
  | "bad"
  | "attention"
  | null;

/** What state a device is in, the worst first where several hold: alarm (by `severity`), offline, unknown, stale, … */
export type DeviceState = "fine" | "uncertain" | "stale" | "unknown" | "offline";

/** One end of a leg in the truth chain. `filled`: known good. `hollow`: nothing is known about it now. */
export type Dot = "filled" | "hollow";

/** A leg of the truth chain. `whole`: known good. `broken`: dashed with ✕. `unknown`: beyond a broken one. */
export type Leg = "whole" | "broken" | "unknown";

/** Which situation the link is in; the wording of each is in the other fields, already in the reader's language. */
export type LinkPhase =
  | "connecting"
  | "live"
  | "replay"
  | "lost"
  | "catching-up"
  | "no-broker"
  | "restarting"
  | "refused";

/** A sentence the strip shows instead of its counts. */
export interface StripSentence {
  /** `inverse`: not-live tones with the 6 px hatched edge. `plain`: a first connect that takes long. */
  readonly tone: "inverse" | "plain";
  /** Bold, e.g. `This browser has lost the hub.`; empty where the sentence has no bold part. */
  readonly headline: string;
  readonly body: string;
  /** E.g. `Next try in 4 s` or `Hub is retrying, 9th try`; empty where there is nothing to say. */
  readonly progress: string;
  /** What the button does and says; null: no button. */
  readonly action: {
    readonly does: "retry" | "details" | "sign-in" | "live";
    readonly label: string;
  } | null;
  /** The same sentence for 390 px, and its button's label. */
  readonly phone: string;
  readonly phoneLabel: string;
}

/** Where the replay is; times are hub time in ms. */
export interface ReplayView {
  readonly now: number;
  readonly from: number;
  readonly speed: number;
  readonly paused: boolean;
  readonly loading: boolean;
  /** It has come to its end, or to the present. */
  readonly ended: boolean;
}

/** The whole truth about the connection, as the shell draws it. */
export interface LinkView {
  readonly phase: LinkPhase;
  /** False: the screen is not live. Also on `document.documentElement.dataset.live` as "yes" or "no". */
  readonly live: boolean;
  readonly chain: {
    readonly broker: Dot;
    readonly brokerHub: Leg;
    readonly hub: Dot;
    readonly hubScreen: Leg;
    readonly screen: Dot;
  };
  /** The chain's word and phone chip, e.g. `Live 42 ms`, `No hub`, `Catching up`. */
  readonly chip: string;
  /** The two parts of the chip where the number is set lighter: `["Live", "42 ms"]`. */
  readonly chipParts: readonly [string, string];
  /** Null: this page shows the present. */
  readonly replay: ReplayView | null;
  /** Null: the strip shows its counts. */
  readonly strip: StripSentence | null;
  /** `as of 14:31:29` while what is shown is no longer the present; else empty. */
  readonly asOf: string;
  /** `Slow link: showing 1 of 14 readings`, or the same for a page that cannot keep up; empty when neither. */
  readonly slow: string;
  /** `Live, not kept since 12:03: disk full`; empty while it is kept, not live, or when the hub keeps none. */
  readonly unkept: string;
  /** `This computer's clock is 4 min behind the hub. …`, until dismissed; empty when there is nothing to say. */
  readonly clockNotice: string;
  /** Rows of the chain's details: what, now, since. */
  readonly details: readonly (readonly [label: string, value: string])[];
}

/** The strip's chips. Counts are of the whole hub, whatever the filter. */
export interface Counts {
  readonly devices: number;
  readonly offline: number;
  readonly unknown: number;
  readonly stale: number;
  readonly uncertain: number;
  readonly critical: number;
  readonly high: number;
  readonly medium: number;
  readonly low: number;
}

/** A row of the places tree, parents before children, in natural order. */
export interface PlaceView extends Counts {
  /** `"plant/utilities"`; "" is all places. */
  readonly path: string;
  /** The last level of the path. */
  readonly label: string;
  /** 0 for all places, 1 for a top level, … */
  readonly depth: number;
  /** The worst alarm below it. */
  readonly glyph: Glyph;
}

/** A source ecosystem (Sparkplug, Zigbee2MQTT, …) and how many devices speak it. */
export interface SourceView {
  readonly source: string;
  readonly label: string;
  readonly devices: number;
}

/** A series chosen for a place on a card. Its text comes through `Slots`. */
export interface SlotPlan {
  /** Stable in this page, also through reconnects; what `Slots` and `Trends` take. */
  readonly series: number;
  readonly metric: string;
  /** A label for people: `Dew point`. */
  readonly label: string;
  /** True: a word (`Open`), drawn without a unit and with a lane instead of a line. */
  readonly isState: boolean;
}

/** Everything of a card, list row or tile but its values, ages and trend line. Same object while nothing changed. */
export interface CardView {
  readonly device: string;
  readonly name: string;
  readonly place: string;
  readonly state: DeviceState;
  readonly severity: Severity | null;
  readonly glyph: Glyph;
  /** Second line: the model, or the reason in severity ink (`reasonTone`). */
  readonly line: string;
  readonly reasonTone: Severity | "reason" | "model";
  /** Null until the device's series are known (its name can be drawn already), or when it has none. */
  readonly primary: SlotPlan | null;
  /** At most three, in fixed order. */
  readonly secondary: readonly SlotPlan[];
  /** Of a device that only says whether it is there, in the place of a value: `Online`. Else empty. */
  readonly status: string;
  readonly window: TrendWindow;
  /** Appeared less than 10 min ago: show `new`. */
  readonly isNew: boolean;
  /** For `aria-label`, made when asked for: name, state, reason, value, age. */
  accessibleName(): string;
}

/** A run of the wall with one place: a group header and its devices. */
export interface WallGroup {
  readonly place: string;
  /** `["Plant north", "Utilities"]`. */
  readonly labels: readonly string[];
  /** Index of its first device in `WallView.devices`, and how many follow. */
  readonly start: number;
  readonly count: number;
}

/** The wall's devices in their order. */
export interface WallView {
  readonly devices: readonly string[];
  readonly groups: readonly WallGroup[];
  /** Devices that stopped matching while the pointer could be over them: greyed, not pulled. */
  readonly greyed: ReadonlySet<string>;
  /** `Sorted by state at 14:20. Sort again`; empty for place order. */
  readonly sorted: string;
  /** `No device matches "pmp". Close: pump-1, pump-2.`; empty while something matches. */
  readonly nothing: string;
  /** What is wrong with the query and which fields exist; empty when nothing is. */
  readonly problem: string;
}

/** A row of "Needs attention". */
export interface AttentionRow {
  /** Stable identity of the row. */
  readonly id: string;
  /** One device, or several for a folded flood. */
  readonly devices: readonly string[];
  readonly glyph: Glyph;
  readonly name: string;
  readonly what: string;
  /** The series whose value stands in the row, or null. */
  readonly series: number | null;
  /** Hub time in ms at which it began; draw with `Slots.since`. */
  readonly since: number;
  /** Over: stays 10 s at the same height, struck, `cleared`. */
  readonly cleared: boolean;
}

/** "Needs attention", most urgent first; re-ordered only while nobody is in it. */
export interface AttentionView {
  readonly total: number;
  readonly rows: readonly AttentionRow[];
  /** Rows waiting for the pointer to leave: `2 new`; 0: none. */
  readonly waiting: number;
  /** `Nothing needs attention.` when there are no rows; else empty. */
  readonly empty: string;
  /** How many more of each kind do not fit in `shown` rows, e.g. `22 more: 8 offline, 14 stale`. */
  more(shown: number): string;
}

/** The facts of the device page's head. */
export interface DeviceView {
  readonly device: string;
  readonly name: string;
  readonly place: string;
  readonly labels: readonly string[];
  readonly card: CardView;
  /** `Online since Mon 06:12`. */
  readonly statusLine: string;
  /** Since when, hub time in ms; 0: not known. */
  readonly statusTime: number;
  readonly model: string;
  readonly source: string;
  /** All its series, grouped by kind, most telling first. */
  readonly groups: readonly { readonly label: string; readonly series: readonly SeriesView[] }[];
}

/** A row of the device page's metric table. */
export interface SeriesView extends SlotPlan {
  readonly unit: string;
  readonly window: TrendWindow;
  /** `good`, `uncertain`, `bad` or `stale` in words; empty when good. */
  readonly doubt: string;
  readonly glyph: Glyph;
  /** `normally every 60 s`; empty when no cadence is learnt. */
  readonly cadence: string;
}
