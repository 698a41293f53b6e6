/** Whether a device matches a query, by what this page knows of it. */

import type { Value } from "../wire/messages.ts";
import type { Op, Query, Term } from "./search.ts";
import { convert } from "./units.ts";

/** What a device is known by. Series are those the page holds; a catalogue entry may have none. */
export interface Searchable {
  readonly device: string;
  readonly name: string;
  readonly place: string;
  readonly source: string;
  readonly model: string;
  readonly status: string;
  readonly severity: string | null;
  readonly tags: readonly string[];
  /** Unix ms of its newest reading, or null. */
  readonly seen: number | null;
  readonly series: readonly SearchableSeries[];
}

export interface SearchableSeries {
  readonly metric: string;
  readonly unit: string | null;
  readonly value: Value;
  /** `good`, `stale`, `uncertain`, `bad`, perhaps with a reason after a colon. */
  readonly quality: string;
}

const severities = ["low", "medium", "high", "critical"];

/** Whether a pattern with `*` fits a whole text: one pass, whatever was typed. */
function fits(pattern: string, text: string): boolean {
  const [head = "", ...rest] = pattern.split("*");
  const tail = rest.pop();
  if (tail === undefined) return pattern === text;
  if (!text.startsWith(head)) return false;
  let at = head.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - tail.length >= at && text.endsWith(tail);
}

function has(pattern: string, text: string): boolean {
  const lower = text.toLowerCase();
  return pattern.includes("*") ? fits(`*${pattern}*`, lower) : lower.includes(pattern);
}

function is(pattern: string, text: string): boolean {
  return fits(pattern, text.toLowerCase());
}

/** `place:a` matches `a` and all below it. */
function below(pattern: string, place: string): boolean {
  if (pattern.includes("*")) return is(pattern, place);
  return (
    `${place.toLowerCase()}/`.startsWith(`${pattern.replace(/\/$/, "")}/`) || has(pattern, place)
  );
}

function compare(left: number, op: Op, right: number): boolean {
  switch (op) {
    case ">":
      return left > right;
    case ">=":
      return left >= right;
    case "<":
      return left < right;
    case "<=":
      return left <= right;
    case "=":
      return left === right;
  }
}

function fieldHolds(
  term: Extract<Term, { kind: "field" }>,
  { model, place, series, source, status, tags }: Searchable,
): boolean {
  const { pattern } = term;
  switch (term.field) {
    case "status":
      return is(pattern, status);
    case "quality":
      return series.some(
        (one) => is(pattern, one.quality) || is(pattern, one.quality.split(":")[0] ?? ""),
      );
    case "place":
      return below(pattern, place);
    case "source":
      return is(pattern, source);
    case "model":
      return has(pattern, model);
    case "tag":
      return tags.some((tag) => is(pattern, tag));
    case "metric":
      return series.some((one) => isMetric(pattern, one.metric));
    default:
      return false;
  }
}

function valueHolds(
  term: Extract<Term, { kind: "value" }>,
  series: readonly SearchableSeries[],
): boolean {
  return series.some(({ metric, unit, value }) => {
    if (!isMetric(term.metric, metric) || typeof value !== "number") return false;
    const wanted =
      term.unit === null || unit === null ? term.number : convert(term.number, term.unit, unit);
    return wanted !== undefined && compare(value, term.op, wanted);
  });
}

/** A metric by its whole name or its last parts: `temperature` is also `air.temperature`. */
function isMetric(pattern: string, metric: string): boolean {
  return is(pattern, metric) || is(`*.${pattern}`, metric);
}

const yes = ["on", "true", "yes", "1"];
const no = ["off", "false", "no", "0"];

function wordHolds(
  { metric, pattern }: Extract<Term, { kind: "word" }>,
  series: readonly SearchableSeries[],
): boolean {
  return series.some((one) => {
    if (!isMetric(metric, one.metric)) return false;
    if (typeof one.value === "boolean") return (one.value ? yes : no).includes(pattern);
    return typeof one.value === "string" && is(pattern, one.value);
  });
}

function alarmHolds(term: Extract<Term, { kind: "alarm" }>, severity: string | null): boolean {
  if (severity === null) return term.severity === "none";
  if (term.severity === "any" || term.severity === "*") return true;
  const least = severities.indexOf(term.severity);
  const own = severities.indexOf(severity);
  return term.orWorse ? least >= 0 && own >= least : own === least;
}

function holds(term: Term, device: Searchable, now: number): boolean {
  switch (term.kind) {
    case "text":
      return [device.name, device.device, device.model, device.place, device.source].some((text) =>
        has(term.pattern, text),
      );
    case "field":
      return fieldHolds(term, device);
    case "seen":
      return device.seen !== null && compare(now - device.seen, term.op, term.ageMs);
    case "alarm":
      return alarmHolds(term, device.severity);
    case "value":
      return valueHolds(term, device.series);
    case "word":
      return wordHolds(term, device.series);
  }
}

/** Whether all terms hold. An empty query matches everything. `now`: the hub's, Unix ms. */
export function matchesQuery(query: Query, device: Searchable, now: number): boolean {
  return query.terms.every((term) => holds(term, device, now) !== term.negated);
}

/** Edits (insert, delete, replace) between two words, or `limit` + 1 when there are more. */
export function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1] ? 0 : 1;
      current.push(
        Math.min(
          (previous[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (previous[column - 1] ?? 0) + same,
        ),
      );
    }
    previous = current;
  }
  return previous[b.length] ?? limit + 1;
}

/** Names close to a word that found nothing: at most `most`, nearest first. Compares with the names' beginnings. */
export function closeNames(word: string, names: readonly string[], most = 2): readonly string[] {
  const wanted = word.toLowerCase();
  const limit = wanted.length <= 4 ? 1 : 2;
  const near: { name: string; away: number }[] = [];
  for (const name of names) {
    const lower = name.toLowerCase();
    const away = Math.min(
      distance(wanted, lower, limit),
      distance(wanted, lower.slice(0, wanted.length), limit),
      distance(wanted, lower.slice(0, wanted.length + 1), limit),
    );
    if (away <= limit) near.push({ name, away });
    if (near.length >= 500) break;
  }
  return near
    .sort((a, b) => a.away - b.away)
    .slice(0, most)
    .map((one) => one.name);
}
