/**
 * The frames of the live protocol `hub.v1.json`, as types.
 *
 * Times are Unix milliseconds UTC. A key is a number that stands for a series on this connection only. Rows are tuples
 * because they are most of the traffic.
 */

/** What a reading may hold. */
export type Value = number | string | boolean | null;

/** `good`, `uncertain`, `bad` or `stale`, with a reason after a colon where there is one: `uncertain:retained`. */
export type Quality = string;

/** What a device says of itself, or the hub of it; null: forgotten. */
export type Status = "online" | "offline" | "unknown" | null;

/** A place in the hub's log: `epoch:seq`. */
export type Position = string;

export type DeviceRow = readonly [
  device: string,
  source: string,
  name: string | null,
  place: string | null,
  model: string | null,
];

/** What is known of a series beyond its name. */
export interface SeriesFacts {
  readonly kind?: string;
  readonly name?: string;
  readonly cadence_ms?: number;
  readonly settable?: boolean;
}

export type SeriesRow = readonly [
  key: number,
  device: string,
  metric: string,
  unit: string | null,
  datatype: string,
  facts?: SeriesFacts,
];

export type StatusRow = readonly [device: string, status: Status, time: number, reason: string];
export type ReadingRow = readonly [key: number, time: number, value: Value, quality?: Quality];
export type QualityRow = readonly [key: number, quality: Quality, since: number];
export type SummaryRow = readonly [
  path: string,
  devices: number,
  offline: number,
  unknown: number,
  stale: number,
  uncertain: number,
  critical: number,
  high: number,
  medium: number,
  low: number,
];

export interface Welcome {
  readonly type: "welcome";
  readonly protocol: 1;
  readonly hub: string;
  readonly build: string;
  readonly epoch: string;
  readonly now: number;
  readonly heartbeat_ms: number;
  readonly user: string;
  readonly role: string;
  /** The hub's time zone, an IANA name; left out: the reader's own is shown. */
  readonly zone?: string;
  readonly limits: {
    readonly subscriptions: number;
    readonly filters: number;
    readonly frame_bytes: number;
    readonly buffer_bytes: number;
  };
}

export interface Feed {
  readonly type: "feed";
  readonly source: string;
  readonly up: boolean;
  readonly since: number;
  readonly reason?: string;
  /** How often the hub has tried since; left out by a hub that does not count. */
  readonly tries?: number;
  /** Where the source is, as a reader knows it. */
  readonly address?: string;
}

export interface Subscribed {
  readonly type: "subscribed";
  readonly id: number;
  readonly channel: number;
  readonly position: Position;
  readonly resumed: boolean;
  readonly series: number;
  readonly interval_ms: number;
}

export interface Devices {
  readonly type: "devices";
  readonly channel: number;
  readonly seq: number;
  readonly add: readonly DeviceRow[];
  readonly remove: readonly string[];
}

export interface Series {
  readonly type: "series";
  readonly channel: number;
  readonly seq: number;
  readonly add: readonly SeriesRow[];
  readonly remove: readonly number[];
}

export interface StatusFrame {
  readonly type: "status";
  readonly channel: number;
  readonly seq: number;
  readonly rows: readonly StatusRow[];
}

export interface Snapshot {
  readonly type: "snapshot";
  readonly channel: number;
  readonly position: Position;
  readonly rows: readonly ReadingRow[];
  readonly more: boolean;
}

export interface Data {
  readonly type: "data";
  readonly channel: number;
  readonly seq: number;
  /** Added to the time of each row. */
  readonly base: number;
  readonly rows: readonly ReadingRow[];
  /** Readings this frame stands for. */
  readonly n: number;
}

export interface QualityFrame {
  readonly type: "quality";
  readonly channel: number;
  readonly seq: number;
  readonly rows: readonly QualityRow[];
}

export interface Gap {
  readonly type: "gap";
  readonly channel: number;
  readonly from: number;
  readonly to: number;
  readonly missed: number | null;
  readonly reason: string;
}

export interface Lag {
  readonly type: "lag";
  readonly behind: boolean;
  readonly buffered_bytes: number;
  readonly conflated: number;
}

export interface Summary {
  readonly type: "summary";
  readonly channel: number;
  readonly seq: number;
  readonly places: readonly SummaryRow[];
}

export interface Heartbeat {
  readonly type: "heartbeat";
  readonly now: number;
}

export interface Pong {
  readonly type: "pong";
  readonly n: number;
  readonly now: number;
  /** Message to frame, p50 of the last 10 s; null while nothing came. */
  readonly latency_ms: number | null;
}

export interface ErrorFrame {
  readonly type: "error";
  readonly id?: number;
  readonly code: string;
  readonly message: string;
  readonly field?: string;
}

export interface Bye {
  readonly type: "bye";
  readonly code: number;
  readonly reason: string;
  readonly reconnect: boolean;
  readonly after_ms: readonly [min: number, max: number];
}

/** Where the replay of this connection is; `live`: it is over, and the other fields are left out. */
export interface ReplayFrame {
  readonly type: "replay";
  readonly live: boolean;
  readonly from?: number;
  readonly to?: number | null;
  /** The time of then. */
  readonly now?: number;
  readonly speed?: number;
  readonly paused?: boolean;
  readonly loading?: boolean;
  /** Where it ended; null while it has not. */
  readonly ended?: "to" | "now" | null;
  /** What could not be recorded at that time: source, from, to. */
  readonly outages?: readonly (readonly [source: string, from: number, to: number])[];
}

/** Every frame the dashboard acts on; it passes over others, as the protocol asks. */
export type HubFrame =
  | Welcome
  | Feed
  | Subscribed
  | Devices
  | Series
  | StatusFrame
  | Snapshot
  | Data
  | QualityFrame
  | Gap
  | Lag
  | Summary
  | ReplayFrame
  | Heartbeat
  | Pong
  | ErrorFrame
  | Bye;

/** Close codes, RFC 6455 §7.4 and the protocol's own; 35xx: do not come back by yourself. */
export const closeCodes = {
  shuttingDown: 3001,
  otherGateway: 3002,
  newEpoch: 3003,
  takesNothing: 3008,
  noHello: 3010,
  heartbeatMissed: 3012,
  badToken: 3500,
  badFirstFrame: 3501,
  forbidden: 3507,
  limit: 3510,
} as const;

/** Whether a client may reconnect by itself after this close code. */
export function mayReconnect(code: number): boolean {
  return code < 3500 || code > 3999;
}
