/**
 * How old a value is, in words.
 *
 * The age is the hub's now less the reading's own time. Whether a value is stale is the hub's judgement and arrives as
 * a quality; whether it is late is the page's, from the cadence the hub learnt. Nothing is called late or stale while
 * the screen itself is not live: then the page says when the value was read, because it cannot know more.
 */
import { words } from "./strings.ts";
import { absoluteTime, coarse } from "./times.ts";

const liveForMs = 10_000;
/** Past this many of its periods a series is late. */
export const lateAfterPeriods = 1.5;

/** What an age is made of. */
export interface AgeFacts {
  /** Time of the reading, Unix ms. */
  readonly time: number;
  /** The hub's time now; while the screen is not live, the time it was last live. */
  readonly now: number;
  /** Learnt cadence in ms; 0: none. */
  readonly cadenceMs: number;
  /** The hub judged it stale. */
  readonly stale: boolean;
  /** Only a retained message is known, and that has no time of its own. */
  readonly retained: boolean;
  /** The screen is live, and this value was heard on this connection. */
  readonly live: boolean;
  readonly zone: string;
}

/** How an age is drawn. `live` and `plain` are quiet, `late` is ink1, `stale` is dotted. */
export type AgeTone = "live" | "plain" | "late" | "stale" | "unproven";

export interface Age {
  readonly text: string;
  readonly tone: AgeTone;
}

/** Whether a reading is late: past 1.5 of its periods, and no longer young enough to count as live. */
export function isLate(time: number, now: number, cadenceMs: number): boolean {
  return cadenceMs > 0 && now - time > Math.max(liveForMs, lateAfterPeriods * cadenceMs);
}

/** In tens of seconds, then whole minutes, hours, days. */
function passed(ms: number): string {
  return ms < 60_000 ? `${Math.floor(ms / 10_000) * 10} s` : coarse(ms);
}

/** How long ago while that is news: `0.4 s`, to the tenth below 10 s, then whole seconds. */
function exactly(ms: number): string {
  return ms < liveForMs ? `${(Math.floor(ms / 100) / 10).toFixed(1)} s` : coarse(ms);
}

/**
 * The same for a sentence, `Last reading 0.4 s ago`: it counts tenths of a second, and whatever the tone is it says
 * when, since the sentence around it has the words.
 */
export function exactAgeOf(facts: AgeFacts): Age {
  const { text, tone } = ageOf(facts);
  if (facts.retained && !facts.stale) return { text, tone };
  if (tone === "unproven") return { text: absoluteTime(facts.time, facts.now, facts.zone), tone };
  return { text: words.ago(exactly(Math.max(0, facts.now - facts.time))), tone };
}

/** `live`, `20 s`, `3 min ago`, `late · 40 s`, `stale · 11 min`, `read 14:31:29`. */
export function ageOf(facts: AgeFacts): Age {
  const age = Math.max(0, facts.now - facts.time);
  // What was stale before the screen lost the hub stays so: one cause, one message.
  if (facts.stale) return { text: words.stale(coarse(age)), tone: "stale" };
  // A retained message says nothing of when it was measured: never live.
  if (facts.retained) return { text: words.retained, tone: "stale" };
  if (!facts.live)
    return { text: words.read(absoluteTime(facts.time, facts.now, facts.zone)), tone: "unproven" };
  if (age < liveForMs) return { text: words.live, tone: "live" };
  if (isLate(facts.time, facts.now, facts.cadenceMs))
    return { text: words.late(passed(age)), tone: "late" };
  return { text: age < 60_000 ? passed(age) : words.ago(coarse(age)), tone: "plain" };
}
