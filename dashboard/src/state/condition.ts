/** What state a device is in and the line that says why: one cause, the highest, speaks. */
import { words } from "../data/strings.ts";
import { absoluteTime, period } from "../data/times.ts";
import type { DeviceEntry } from "./devices.ts";
import { type HeldSeries, splitQuality } from "./values.ts";
import type { DeviceState, Glyph } from "./views.ts";

export interface Condition {
  readonly state: DeviceState;
  readonly glyph: Glyph;
  /** Why; empty when fine. */
  readonly reason: string;
  /** Hub time since when, ms; 0 when fine or unknown. */
  readonly since: number;
  /** Hub time at which it must be looked at again although nothing was told, ms. */
  readonly until?: number;
}

const fine: Condition = { state: "fine", glyph: null, reason: "", since: 0 };
/** A device that came back gets as many of its periods to speak, and never less than this, in ms. */
const backPeriods = 1.5;
const leastBackMs = 5000;

function shortTime(time: number, now: number, zone: string): string {
  return absoluteTime(time, now, zone, false);
}

/** Silence of a series in words: `Silent since 14:21, normally every 60 s`. */
export function silence(held: HeldSeries, now: number, zone: string): string {
  const [, why] = splitQuality(held.quality);
  if (why === "restart") return words.reasons.restart;
  const cadence = held.info.facts.cadence_ms ?? 0;
  const since = shortTime(held.time, now, zone);
  return words.reasons.silent(since, cadence > 0 ? period(cadence) : "");
}

function offline(entry: DeviceEntry, now: number, zone: string): Condition {
  const since = shortTime(entry.statusTime || now, now, zone);
  const { bridge, said, unheard, will } = words.reasons;
  const told = new Map([
    ["will", will],
    ["bridge", bridge],
  ]);
  const reason = entry.gone ? unheard(since) : (told.get(entry.statusReason) ?? said)(since);
  return { state: "offline", glyph: "offline", reason, since: entry.statusTime };
}

/**
 * A device that has just come back and not spoken yet: what it said before it went is old, but it is not silent.
 *
 * Null once it has had its time, or has spoken.
 */
function back(
  { status, statusReason, statusTime }: DeviceEntry,
  primary: HeldSeries | undefined,
  { now, zone }: At,
): Condition | null {
  if (status !== "online" || statusTime <= (primary?.time ?? 0)) return null;
  // It came back by a reading: this one's must be on its way, too.
  const cadenceMs = statusReason === "data" ? 0 : (primary?.info.facts.cadence_ms ?? 0);
  const until = statusTime + Math.max(leastBackMs, backPeriods * cadenceMs);
  if (now >= until) return null;
  return { ...fine, reason: words.reasons.back(shortTime(statusTime, now, zone)), until };
}

function doubtful(held: HeldSeries): Condition | null {
  const [quality, why] = splitQuality(held.quality);
  const { bad, clockAhead, retained, uncertain } = words.reasons;
  if (quality === "bad")
    return { state: "uncertain", glyph: "bad", reason: bad(why), since: held.time };
  if (quality !== "uncertain") return null;
  const reason = why === "retained" ? retained : why === "clock" ? clockAhead : uncertain;
  return { state: "uncertain", glyph: "uncertain", reason, since: held.time };
}

/** When and where a condition is told. */
interface At {
  readonly now: number;
  readonly zone: string;
}

/**
 * The condition of a device: offline, never heard, stale, uncertain or bad, fine.
 *
 * `primary`: the series its card is about, if known; `elsewhere`: what the hub says of its quality while its series
 * are not on the screen; `watched`: they are. What is held of others is as of when they were last on the screen, so of
 * those the hub's word counts.
 */
export function conditionOf(
  entry: DeviceEntry,
  primary: HeldSeries | undefined,
  elsewhere: "stale" | "uncertain" | null,
  { watched, ...at }: At & { readonly watched: boolean },
): Condition {
  if (entry.gone || entry.status === "offline") return offline(entry, at.now, at.zone);
  const heard = primary !== undefined && primary.time > 0;
  if (heard && watched) return seen(entry, primary, at);
  const told = watched && primary !== undefined ? null : elsewhere;
  const returned = told === "stale" ? back(entry, primary, at) : null;
  return returned ?? byHub(entry, told, at) ?? (heard ? fine : unheard(entry));
}

/** Of a device on the screen: by its primary series. */
function seen(entry: DeviceEntry, primary: HeldSeries, at: At): Condition {
  if (splitQuality(primary.quality)[0] !== "stale") return doubtful(primary) ?? fine;
  const reason = silence(primary, at.now, at.zone);
  const silent = { state: "stale", glyph: "stale", reason, since: primary.time } as const;
  return back(entry, primary, at) ?? silent;
}

/** By the hub's word alone; null: it has said nothing against it. */
function byHub(
  { status, statusReason, statusTime }: DeviceEntry,
  told: "stale" | "uncertain" | null,
  { now, zone }: At,
): Condition | null {
  // Silent is said only of what was heard before, so this is true also while its values are still on their way.
  if (status === "unknown" && statusReason === "silent") {
    const reason = statusTime > 0 ? words.reasons.silent(shortTime(statusTime, now, zone), "") : "";
    return { state: "stale", glyph: "stale", reason, since: statusTime };
  }
  // Since when is not known here: the status is as old as the last connection.
  if (told === "stale")
    return { state: "stale", glyph: "stale", reason: words.reasons.overdue, since: 0 };
  if (told !== "uncertain") return null;
  return {
    state: "uncertain",
    glyph: "uncertain",
    reason: words.reasons.uncertain,
    since: 0,
  };
}

function unheard({ status, statusReason, statusTime }: DeviceEntry): Condition {
  if (status !== "unknown") return fine;
  const reason = statusReason === "restart" ? words.reasons.restart : words.reasons.unknown;
  return { state: "unknown", glyph: "unknown", reason, since: statusTime };
}
