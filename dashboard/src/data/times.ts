/**
 * Times and durations as a reader sees them, in the hub's zone.
 *
 * All instants are Unix ms. The hub's clock and zone decide, never the browser's: a browser clock that is off must not
 * move a single label.
 */
import { words } from "./strings.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** The calendar parts of an instant in a zone. */
interface Parts {
  readonly year: string;
  readonly month: string;
  readonly day: string;
  readonly weekday: string;
  readonly clock: string;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    year: "numeric",
    month: "short",
    day: "numeric",
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
  formatters.set(zone, made);
  return made;
}

function split(time: number, zone: string): Parts {
  const found: Record<string, string> = {};
  for (const { type, value } of formatter(zone).formatToParts(time)) found[type] = value;
  const of = (name: string): string => found[name] ?? "";
  return {
    year: of("year"),
    month: of("month").slice(0, 3),
    day: of("day"),
    weekday: of("weekday"),
    clock: `${of("hour")}:${of("minute")}:${of("second")}`,
  };
}

/** The zone of this browser, an IANA name. */
export function browserZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** `14:28:05`, whatever the day. */
export function clockTime(time: number, zone: string): string {
  return split(time, zone).clock;
}

/** `14:28`, whatever the day. */
export function shortClock(time: number, zone: string): string {
  return clockTime(time, zone).slice(0, 5);
}

/**
 * `14:28:05` today, `yesterday 22:40`, `3 Nov 22:40`, and with its year when that is another.
 *
 * `seconds` false leaves the seconds out of today's times too: `14:28`.
 */
export function absoluteTime(time: number, now: number, zone: string, seconds = true): string {
  const then = split(time, zone);
  const today = split(now, zone);
  const short = then.clock.slice(0, 5);
  const same = (a: Parts, b: Parts): boolean =>
    a.year === b.year && a.month === b.month && a.day === b.day;
  if (same(then, today)) return seconds ? then.clock : short;
  if (same(then, split(now - day, zone))) return words.yesterday(short);
  const date = `${then.day} ${then.month}`;
  return then.year === today.year ? `${date} ${short}` : `${date} ${then.year} ${short}`;
}

/** `Mon 06:12` within the last six days, else like `absoluteTime` without seconds. */
export function weekTime(time: number, now: number, zone: string): string {
  const near = now - time > day && now - time < 6 * day;
  if (!near) return absoluteTime(time, now, zone, false);
  const then = split(time, zone);
  return `${then.weekday} ${then.clock.slice(0, 5)}`;
}

/** A length of time in at most two units: `38 s`, `4 min`, `2 h 10 min`, `12 d 4 h`. Negative counts as 0. */
export function duration(ms: number): string {
  const whole = Math.max(0, ms);
  if (whole < minute) return `${Math.floor(whole / second)} s`;
  if (whole < hour) return `${Math.floor(whole / minute)} min`;
  if (whole < day)
    return two(Math.floor(whole / hour), "h", Math.floor((whole % hour) / minute), "min");
  return two(Math.floor(whole / day), "d", Math.floor((whole % day) / hour), "h");
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  const head = `${large} ${largeUnit}`;
  return small === 0 ? head : `${head} ${small} ${smallUnit}`;
}

/** A length of time in its largest unit, as ages are said: `38 s`, `3 min`, `2 h`, `3 d`. */
export function coarse(ms: number): string {
  const whole = Math.max(0, ms);
  if (whole < minute) return `${Math.floor(whole / second)} s`;
  if (whole < hour) return `${Math.floor(whole / minute)} min`;
  if (whole < day) return `${Math.floor(whole / hour)} h`;
  return `${Math.floor(whole / day)} d`;
}

/** How often something comes: `every 0.5 s`, `every 60 s`, `every 5 min`. */
export function period(ms: number): string {
  if (ms < 950) return `${(ms / second).toFixed(1)} s`;
  if (ms <= 120 * second) return `${Math.round(ms / second)} s`;
  return duration(Math.round(ms / minute) * minute);
}
