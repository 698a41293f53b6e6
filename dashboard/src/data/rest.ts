/**
 * What the page asks the HTTP API for: the hub's status and where a value comes from.
 *
 * Answers are read field by field, so a hub that does not report something yet shows less and breaks nothing.
 */

/** An answer, or a sentence's part that says why there is none. */
export type Answer<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly why: string };

/** A link of the hub, such as the one to its broker. */
export interface FeedStatus {
  readonly source: string;
  readonly up: boolean;
  /** Unix ms; null when unknown. */
  readonly since: number | null;
  readonly reason: string;
  readonly tries: number;
  readonly address: string;
}

/** Something the hub counts. */
export interface Counter {
  readonly name: string;
  /** The label's value, such as the reason of a drop; empty without one. */
  readonly value: string;
  readonly total: number;
  readonly perSecond: number | null;
}

/** A duration's distribution, in ms. */
export interface Quantiles {
  readonly p50: number | null;
  readonly p99: number | null;
}

/** How the hub is. Null where it does not say. */
export interface HubStatus {
  readonly version: string;
  readonly now: number | null;
  readonly uptimeS: number | null;
  readonly feeds: readonly FeedStatus[];
  readonly position: string;
  readonly devices: number | null;
  readonly series: number | null;
  readonly clients: {
    readonly live: number;
    readonly events: number;
    readonly lagging: number;
  } | null;
  readonly latency: Quantiles | null;
  readonly latencies: readonly (readonly [name: string, value: Quantiles])[];
  readonly gauges: readonly (readonly [name: string, value: number])[];
  readonly drops: readonly Counter[];
  readonly counters: readonly Counter[];
}

/** Where a series comes from. Empty or null where the hub does not know. */
export interface Provenance {
  readonly topic: string;
  readonly decoder: string;
  readonly rule: string;
  readonly source: string;
  readonly payload: { readonly text: string; readonly bytes: number } | null;
  readonly cadenceS: number | null;
  readonly staleAfterS: number | null;
  readonly heard: number | null;
  readonly skewS: number | null;
  readonly measured: number | null;
  readonly quality: string;
}

/** A topic with messages that could not be read. */
export interface Unread {
  readonly topic: string;
  readonly reason: string;
  readonly count: number;
  /** What was wrong with the newest sample. */
  readonly detail: string;
}

type Fields = Readonly<Record<string, unknown>>;

const fields = (value: unknown): Fields =>
  typeof value === "object" && value !== null ? (value as Fields) : {};
const list = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.map(fields) : []);
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown): number | null =>
  typeof value === "number" && Number.isFinite(value) ? value : null;
const time = (value: unknown): number | null => {
  const ms = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? null : ms;
};

/** Asks for the hub's status. */
export function readStatus(signal: AbortSignal): Promise<Answer<HubStatus>> {
  return ask("/api/v1/status", signal, statusOf);
}

/** Asks where a series comes from. */
export function explain(
  device: string,
  metric: string,
  signal: AbortSignal,
): Promise<Answer<Provenance>> {
  const query = new URLSearchParams({ device, metric });
  return ask(`/api/v1/explain?${query}`, signal, provenanceOf);
}

/** Asks which topics' messages could not be read, newest first. */
export function readUnread(limit: number, signal: AbortSignal): Promise<Answer<readonly Unread[]>> {
  return ask(`/api/v1/quarantine?limit=${limit}`, signal, unreadOf);
}

/** Reads the answer of `GET /api/v1/quarantine`. */
export function unreadOf(body: unknown): readonly Unread[] {
  return list(fields(body)["topics"]).map((row) => ({
    topic: text(row["topic"]),
    reason: text(row["reason"]),
    count: number(row["count"]) ?? 0,
    detail: text(list(row["samples"])[0]?.["detail"]),
  }));
}

async function ask<Value>(
  path: string,
  signal: AbortSignal,
  read: (body: unknown) => Value,
): Promise<Answer<Value>> {
  try {
    const response = await fetch(path, { signal, headers: { Accept: "application/json" } });
    const body: unknown = await response.json().catch(() => null);
    if (response.ok) return { ok: true, value: read(body) };
    const problem = fields(body);
    const why = text(problem["detail"]) || text(problem["title"]) || response.statusText;
    return { ok: false, why: why.replace(/\.$/, "") };
  } catch {
    return { ok: false, why: "no answer" };
  }
}

/** Reads the answer of `GET /api/v1/status`. */
export function statusOf(body: unknown): HubStatus {
  const answer = fields(body);
  const clients = fields(answer["clients"]);
  return {
    version: text(answer["version"]),
    now: time(answer["now"]),
    uptimeS: number(answer["uptime_s"]),
    feeds: list(answer["feeds"]).map((row) => ({
      source: text(row["source"]),
      up: row["up"] === true,
      since: time(row["since"]),
      reason: text(row["reason"]),
      tries: number(row["tries"]) ?? 0,
      address: text(row["address"]),
    })),
    position: text(fields(answer["log"])["position"]),
    devices: number(answer["devices"]),
    series: number(answer["series"]),
    clients:
      number(clients["live"]) === null
        ? null
        : {
            live: number(clients["live"]) ?? 0,
            events: number(clients["events"]) ?? 0,
            lagging: number(clients["lagging"]) ?? 0,
          },
    latency: answer["latency"] === undefined ? null : quantiles(answer["latency"]),
    latencies: Object.entries(fields(answer["latencies"])).map(
      ([name, value]) => [name, quantiles(value)] as const,
    ),
    gauges: Object.entries(fields(answer["gauges"])).flatMap(([name, value]) => {
      const level = number(value);
      return level === null ? [] : [[name, level] as const];
    }),
    drops: list(answer["drops"]).map(counter),
    counters: list(answer["counters"]).map(counter),
  };
}

function quantiles(value: unknown): Quantiles {
  const row = fields(value);
  return { p50: number(row["p50_ms"]), p99: number(row["p99_ms"]) };
}

function counter(row: Fields): Counter {
  return {
    name: text(row["name"]),
    value: text(row["value"]),
    total: number(row["total"]) ?? 0,
    perSecond: number(row["per_s"]),
  };
}

/** Reads the answer of `GET /api/v1/explain`. */
export function provenanceOf(body: unknown): Provenance {
  const answer = fields(body);
  const latest = fields(answer["latest"]);
  const payload = fields(answer["last_payload"]);
  const shown = text(payload["text"]) || text(payload["base64"]);
  return {
    topic: text(answer["topic"]),
    decoder: text(answer["decoder"]),
    rule: text(answer["rule"]),
    source: text(answer["source"]),
    payload:
      answer["last_payload"] == null ? null : { text: shown, bytes: number(payload["bytes"]) ?? 0 },
    cadenceS: number(answer["cadence_s"]),
    staleAfterS: number(answer["stale_after_s"]),
    heard: time(answer["last_heard"]),
    skewS: number(answer["clock_skew_s"]),
    measured: time(latest["time"]),
    quality: text(latest["quality"]),
  };
}
