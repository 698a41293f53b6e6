/**
 * One formatter for a series, used by card, tooltip, table and axis alike.
 *
 * Decimals and prefix stick to the series: a value that swings about 1,000 changes neither, so nothing on the screen
 * jumps. They change only after a minute in another decade.
 */
import type { Value } from "../wire/messages.ts";
import type { Kind } from "./kinds.ts";
import { kinds } from "./kinds.ts";
import { type Measure, noRoom } from "./room.ts";
import { stateWord } from "./states.ts";
import { duration } from "./times.ts";

/** What stands for a value that is not there. */
export const missing = "—";
/** Narrow no-break space: before a unit. */
export const thin = "\u202f";

const settleMs = 60_000;
const remembered = 64;
/** Totals have no ladder: a meter's count is read against the meter. */
const prefixes: readonly (readonly string[])[] = [
  ["W", "kW", "MW", "GW"],
  ["VA", "kVA", "MVA"],
  ["var", "kvar", "Mvar"],
];

/** Beyond this a plain number or a total is said in millions and more: `12.35 M kWh`, `41.20 GB`. */
const longest = 1e7;
const multiples = [
  ["M", 1e6],
  ["G", 1e9],
  ["T", 1e12],
] as const;
/** Numbers that name something: of these every digit counts. */
const names = /(^|[._])(code|date|epoch|iccid|id|imei|number|serial|time|timestamp|uid)([._]|$)/;

const formats = new Map<string, Intl.NumberFormat>();

function grouped(value: number, decimals: number, locale: string): string {
  const id = `${locale}/${decimals}`;
  let format = formats.get(id);
  if (!format) {
    format = new Intl.NumberFormat(locale, {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
      signDisplay: "negative",
      useGrouping: true,
    });
    formats.set(id, format);
  }
  return format.format(value).replace("-", "\u2212");
}

/** Decimals in a number as it was sent: `71.25` → 2. */
export function decimalsOf(value: number): number {
  if (Number.isInteger(value)) return 0;
  const text = String(value);
  const exponent = text.indexOf("e-");
  const point = text.indexOf(".");
  if (exponent < 0) return text.length - point - 1;
  const mantissa = point < 0 ? 0 : exponent - point - 1;
  return mantissa + Number(text.slice(exponent + 2));
}

/** Decimals that four significant digits leave. */
function significant(decade: number): number {
  return Math.max(0, 3 - decade);
}

/** 0 below 10, 1 below 100, 2 below 1,000, 3 from there. */
function decadeOf(value: number): number {
  const size = Math.abs(value);
  return size >= 1000 ? 3 : size >= 100 ? 2 : size >= 10 ? 1 : 0;
}

/** A choice that sticks: another one must hold for a minute before it is taken. */
class Sticky {
  #value: number | null = null;
  #other = 0;
  #since = 0;

  /** Gives what holds, told what would be right now. */
  settle(wanted: number, now: number): number {
    if (this.#value === null || wanted === this.#value) {
      this.#value = wanted;
      this.#since = 0;
      return wanted;
    }
    if (this.#since === 0 || wanted !== this.#other) {
      this.#other = wanted;
      this.#since = now;
    } else if (now - this.#since >= settleMs) {
      this.#value = wanted;
      this.#since = 0;
    }
    return this.#value;
  }
}

/** A value ready to be written. */
export interface Formatted {
  readonly number: string;
  /** Without the space before it; "" where there is none. */
  readonly unit: string;
}

/** What the formatter must know of a series. */
export interface FormatFacts {
  readonly metric: string;
  readonly unit: string | null;
  readonly kind: Kind;
  readonly deviceClass?: string | undefined;
  /** What comes over the wire as `23` may have been sent as `23.0`: only the type tells. */
  readonly datatype?: string | undefined;
}

/** The sticky formatter of one series. Not shared between series; shared by all places that show this one. */
export class SeriesFormat {
  readonly #facts: FormatFacts;
  readonly #locale: string;
  readonly #sent = new Uint8Array(remembered);
  #count = 0;
  readonly #decade = new Sticky();
  readonly #step = new Sticky();
  readonly #ladder: readonly string[] | undefined;
  #largest = 0;
  #decimals = 0;
  #unit: string;
  #factor = 1;

  constructor(facts: FormatFacts, locale = "en") {
    this.#facts = facts;
    this.#locale = locale;
    this.#unit = facts.unit ?? "";
    this.#ladder = prefixes.find((ladder) => ladder.includes(this.#unit));
  }

  /** Takes notice of a value that was sent, then formats it. `now`: Unix ms, for what must hold a minute. */
  take(value: Value, now: number): Formatted {
    if (typeof value !== "number" || !Number.isFinite(value)) return this.format(value);
    this.#sent[this.#count % remembered] = Math.min(decimalsOf(value), 20);
    this.#count += 1;
    this.#largest = Math.max(this.#largest, Math.abs(value));
    this.#choosePrefix(now);
    const scaled = value * this.#factor;
    const decade = this.#decade.settle(decadeOf(scaled), now);
    this.#decimals = this.#decimalsAt(decade);
    return this.format(value);
  }

  /** The largest magnitude of the last 24 h, in the device's unit: what the prefix follows. */
  largest(magnitude: number): void {
    this.#largest = magnitude;
  }

  #choosePrefix(now: number): void {
    const ladder = this.#ladder;
    if (!ladder) return;
    const own = ladder.indexOf(this.#facts.unit ?? "");
    let rung = own;
    let size = this.#largest;
    // Four digits before the point are readable; five are not.
    while (size >= 10_000 && rung < ladder.length - 1) {
      rung += 1;
      size /= 1000;
    }
    while (size > 0 && size < 0.1 && rung > 0) {
      rung -= 1;
      size *= 1000;
    }
    const settled = this.#step.settle(rung, now);
    this.#unit = ladder[settled] ?? this.#unit;
    this.#factor = 1000 ** (own - settled);
  }

  #decimalsAt(decade: number): number {
    let sent = 0;
    for (let index = 0; index < Math.min(this.#count, remembered); index += 1)
      sent = Math.max(sent, this.#sent[index] ?? 0);
    if (this.#hasFractions) sent = Math.max(sent, 1);
    // A prefix moves the point: 212,345 W are 212.3 kW although no decimals were sent, 0.042 kW are 42 W.
    sent = Math.max(0, sent - Math.round(Math.log10(this.#factor)));
    const { kind } = this.#facts;
    // Four digits are enough to read a measurement, not to find a place.
    if (kind === kinds.coordinate) return Math.min(sent, kind.decimals);
    return Math.min(sent, kind.decimals, significant(decade));
  }

  /** True for a measurement that is sent with a point: it keeps one when its value happens to be whole. */
  get #hasFractions(): boolean {
    const { datatype, kind, unit } = this.#facts;
    return (
      datatype === "float" &&
      kind !== kinds.housekeeping &&
      (unit !== null || kind !== kinds.number)
    );
  }

  /** What numbers of this kind need as they are formatted now, also those that were not sent yet. */
  get room(): Measure {
    const { whole } = this.#facts.kind;
    if (whole === 0) return noRoom;
    const decimals = Math.min(this.#decimals, significant(whole - 1));
    return { digits: whole + decimals, marks: (decimals > 0 ? 1 : 0) + (whole > 3 ? 1 : 0) };
  }

  /** Formats any value as this series is formatted now; for axes, tooltips, limits. */
  format(value: Value): Formatted {
    if (value === null) return { number: missing, unit: "" };
    if (typeof value === "boolean") {
      const { metric, deviceClass } = this.#facts;
      return { number: stateWord(value, metric, deviceClass), unit: "" };
    }
    if (typeof value === "string") return { number: value, unit: "" };
    if (!Number.isFinite(value)) return { number: missing, unit: "" };
    if (this.#facts.kind === kinds.housekeeping && this.#facts.unit === "s")
      return { number: duration(value * 1000), unit: "" };
    const scaled = value * this.#factor;
    if (Math.abs(scaled) > longest && this.#mayBeLong) return this.#shortened(scaled);
    return { number: grouped(scaled, this.#decimals, this.#locale), unit: this.#unit };
  }

  get #mayBeLong(): boolean {
    const { kind, metric } = this.#facts;
    return kind === kinds.total || (kind === kinds.number && !names.test(metric.toLowerCase()));
  }

  #shortened(value: number): Formatted {
    const [sign, size] =
      multiples.findLast(([, least]) => Math.abs(value) > 10 * least) ?? multiples[0];
    const unit = this.#unit === "B" ? `${sign}B` : `${sign} ${this.#unit}`.trim();
    return { number: grouped(value / size, 2, this.#locale), unit };
  }
}

/** Number and unit in one text: `113.6 °C`. */
export function joined({ number, unit }: Formatted): string {
  return unit === "" ? number : `${number}${thin}${unit}`;
}

/** A count with grouping: `1,204`. */
export function count(value: number, locale = "en"): string {
  return grouped(value, 0, locale);
}

/** Two significant digits, for a latency in ms: `4.2 ms`, `42 ms`, `430 ms`. */
export function latency(ms: number): string {
  const size = Math.max(ms, 0.1);
  if (size < 9.95) return `${grouped(size, 1, "en")} ms`;
  const step = 10 ** Math.max(0, Math.floor(Math.log10(size)) - 1);
  return `${grouped(Math.round(size / step) * step, 0, "en")} ms`;
}
