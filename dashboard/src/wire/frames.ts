/**
 * Reads a text frame of the hub.
 *
 * The shape of the frame is checked, and each row's where it is cheap: a hub speaks this protocol or it does not, and a
 * page that believes a broken frame shows wrong values. A frame of an unknown type, or one that is broken, is a value,
 * not an exception.
 */
import type { HubFrame } from "./messages.ts";

/** A frame, or why it is none. `unknown`: of a type this client does not know, to be passed over. */
export type Read =
  | { readonly frame: HubFrame }
  | { readonly unknown: string }
  | { readonly broken: string };

type Check = (value: unknown) => boolean;
type Shape = Readonly<Record<string, Check>>;

const number: Check = (value) => typeof value === "number" && Number.isFinite(value);
const text: Check = (value) => typeof value === "string";
const truth: Check = (value) => typeof value === "boolean";
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const nullable =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const list =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
/** A tuple: its first checks must hold, more may follow. */
const row =
  (...checks: readonly Check[]): Check =>
  (value) =>
    Array.isArray(value) && checks.every((check, index) => check(value[index]));
const record: Check = (value) =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const position: Check = (value) => typeof value === "string" && /^[^:]+:\d+$/.test(value);
const reading: Check = (value) =>
  typeof value === "number" ||
  typeof value === "string" ||
  typeof value === "boolean" ||
  value === null;
const status: Check = (value) =>
  value === "online" || value === "offline" || value === "unknown" || value === null;
const readings = list(row(number, number, reading, optional(text)));
const counts = Array.from({ length: 9 }, () => number);

const shapes: Readonly<Record<HubFrame["type"], Shape>> = {
  welcome: { protocol: (v) => v === 1, epoch: text, now: number, heartbeat_ms: number, role: text },
  feed: { source: text, up: truth, since: number, reason: optional(nullable(text)) },
  subscribed: { id: number, channel: number, position, resumed: truth, interval_ms: number },
  devices: {
    channel: number,
    seq: number,
    add: list(row(text, text, nullable(text), nullable(text), nullable(text))),
    remove: list(text),
  },
  series: {
    channel: number,
    seq: number,
    add: list(row(number, text, text, nullable(text), text, optional(record))),
    remove: list(number),
  },
  status: { channel: number, seq: number, rows: list(row(text, status, number, nullable(text))) },
  snapshot: { channel: number, position, rows: readings, more: truth },
  data: { channel: number, seq: number, base: number, rows: readings, n: number },
  quality: { channel: number, seq: number, rows: list(row(number, text, number)) },
  gap: { channel: number, from: number, to: number, missed: nullable(number), reason: text },
  lag: { behind: truth, buffered_bytes: number, conflated: number },
  summary: { channel: number, seq: number, places: list(row(text, ...counts)) },
  replay: {
    live: truth,
    now: optional(number),
    speed: optional(number),
    paused: optional(truth),
    loading: optional(truth),
    ended: optional(nullable(text)),
    outages: optional(list(row(text, number, number))),
  },
  heartbeat: { now: number },
  pong: { n: number, now: number, latency_ms: optional(nullable(number)) },
  error: { id: optional(nullable(number)), code: text, message: text },
  bye: { code: number, reason: text, reconnect: truth, after_ms: row(number, number) },
};

/** Gives the frame in `data`, or says why there is none. Never throws. */
export function readFrame(data: string): Read {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return { broken: "not JSON" };
  }
  if (!record(value)) return { broken: "not an object" };
  const fields = value as Record<string, unknown>;
  const type = fields["type"];
  if (typeof type !== "string") return { broken: "no type" };
  if (!Object.hasOwn(shapes, type)) return { unknown: type };
  const shape = shapes[type as HubFrame["type"]];
  for (const [field, check] of Object.entries(shape))
    if (!check(fields[field])) return { broken: `${type}.${field}` };
  return { frame: value as unknown as HubFrame };
}

/** The sequence in a position `epoch:seq`, and its epoch. */
export function splitPosition(value: string): { readonly epoch: string; readonly seq: number } {
  const colon = value.lastIndexOf(":");
  return { epoch: value.slice(0, colon), seq: Number(value.slice(colon + 1)) };
}
