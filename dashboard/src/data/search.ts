/**
 * The search grammar: what is typed becomes terms, all of which must hold.
 *
 * `term = ["-"] (word | "phrase" | field:value | metric op number [unit] | metric=word)`. Problems are values beside the terms that
 * were understood; a half-typed query still finds something.
 */
import { words } from "./strings.ts";
import { unitNamed } from "./units.ts";

/** Fields a `field:value` term may name. */
export const fields = [
  "status",
  "quality",
  "alarm",
  "place",
  "source",
  "model",
  "tag",
  "metric",
  "seen",
] as const;
export type Field = (typeof fields)[number];
export type Op = ">" | ">=" | "<" | "<=" | "=";

/** One term. `pattern` is lower case; `*` in it stands for any run of characters. */
export type Term = { readonly negated: boolean } & (
  | { readonly kind: "text"; readonly pattern: string; readonly phrase: boolean }
  | { readonly kind: "field"; readonly field: Field; readonly pattern: string }
  | { readonly kind: "seen"; readonly op: Op; readonly ageMs: number }
  | { readonly kind: "alarm"; readonly severity: string; readonly orWorse: boolean }
  | {
      readonly kind: "value";
      readonly metric: string;
      readonly op: Op;
      readonly number: number;
      readonly unit: string | null;
    }
  | { readonly kind: "word"; readonly metric: string; readonly pattern: string }
);

export interface Query {
  readonly terms: readonly Term[];
  /** Sentences about what was not understood. */
  readonly problems: readonly string[];
}

const lengths: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** A piece of the query between blanks, quotes taken off. `quoted`: it began with a quote. */
interface Piece {
  readonly text: string;
  readonly quoted: boolean;
  readonly negated: boolean;
}

function split(query: string): Piece[] {
  const pieces: Piece[] = [];
  const pattern = /(-?)(?:"([^"]*)"?|([^\s"]+(?:"[^"]*"?[^\s"]*)*))/gu;
  for (const [, minus = "", phrase, bare] of query.matchAll(pattern)) {
    const text = phrase ?? (bare ?? "").replaceAll('"', "");
    pieces.push({ text, quoted: phrase !== undefined, negated: minus === "-" });
  }
  return pieces;
}

const valueTerm = /^([\p{L}\p{N}_.*-]+?)(>=|<=|>|<|=)(.*)$/u;
const fieldTerm = /^(\p{L}+):(.*)$/u;

/** Reads a query. Never throws. */
export function parseQuery(query: string): Query {
  const terms: Term[] = [];
  const problems: string[] = [];
  const pieces = split(query);
  for (let index = 0; index < pieces.length; index += 1) {
    const piece = pieces[index];
    if (!piece) continue;
    if (piece.text === "" || piece.text === "-") {
      problems.push(words.search.emptyTerm(piece.text === "-" ? "-" : '""'));
      continue;
    }
    if (piece.quoted) {
      terms.push(textTerm(piece));
      continue;
    }
    const next = pieces[index + 1];
    const read = termOf(piece, next && !next.quoted && !next.negated ? next.text : undefined);
    if ("problem" in read) problems.push(read.problem);
    else terms.push(read.term);
    if ("usedNext" in read && read.usedNext) index += 1;
  }
  return { terms, problems };
}

type Outcome = { readonly term: Term; readonly usedNext?: boolean } | { readonly problem: string };

function textTerm({ negated, quoted, text }: Piece): Term {
  return { negated, kind: "text", pattern: text.toLowerCase(), phrase: quoted };
}

function termOf(piece: Piece, next: string | undefined): Outcome {
  const field = fieldTerm.exec(piece.text);
  if (field) return fieldOutcome(piece, field[1] ?? "", field[2] ?? "");
  const value = valueTerm.exec(piece.text);
  if (value) return valueOutcome(piece, value, next);
  return { term: textTerm(piece) };
}

function fieldOutcome(piece: Piece, name: string, value: string): Outcome {
  const field = fields.find((known) => known === name.toLowerCase());
  if (!field) return { problem: words.search.unknownField(name, fields) };
  if (value === "") return { problem: words.search.emptyTerm(piece.text) };
  if (field === "seen") return seenOutcome(piece, value);
  const pattern = value.toLowerCase();
  const { negated } = piece;
  if (field === "alarm") {
    const orWorse = pattern.endsWith("+");
    const severity = orWorse ? pattern.slice(0, -1) : pattern;
    return { term: { negated, kind: "alarm", severity, orWorse } };
  }
  return { term: { negated, kind: "field", field, pattern } };
}

function seenOutcome({ negated }: Piece, value: string): Outcome {
  const read = /^(>=|<=|>|<|=)?(\d+(?:\.\d+)?)(s|min|m|h|d|w)$/.exec(value.toLowerCase());
  if (!read) return { problem: words.search.badDuration(value) };
  const op = (read[1] ?? "<") as Op;
  const ageMs = Number(read[2]) * (lengths[read[3] ?? "s"] ?? 1000);
  return { term: { negated, kind: "seen", op, ageMs } };
}

function valueOutcome(
  { negated }: Piece,
  read: RegExpExecArray,
  next: string | undefined,
): Outcome {
  const [, metric = "", op = "=", rest = ""] = read;
  const number = /^([+\u2212-]?\d*\.?\d+(?:e[+-]?\d+)?)(.*)$/i.exec(rest);
  if (!number && op === "=" && rest !== "")
    return {
      term: { negated, kind: "word", metric: metric.toLowerCase(), pattern: rest.toLowerCase() },
    };
  if (!number) return { problem: words.search.badNumber(rest) };
  const glued = number[2] ?? "";
  // A unit may stand apart, `temperature>176 °F`, unless the next word is a term of its own.
  const apart = glued === "" && next !== undefined ? unitNamed(next) : undefined;
  const unit = glued === "" ? (apart ?? null) : (unitNamed(glued) ?? undefined);
  if (unit === undefined) return { problem: words.search.badUnit(glued) };
  const value = Number((number[1] ?? "").replace("\u2212", "-"));
  return {
    term: {
      negated,
      kind: "value",
      metric: metric.toLowerCase(),
      op: op as Op,
      number: value,
      unit,
    },
    usedNext: apart !== undefined,
  };
}

/** Whether a term asks for what only series know; a catalogue without series leaves such terms to the hub. */
export function needsSeries(query: Query): boolean {
  return query.terms.some(
    (term) =>
      term.kind === "value" ||
      term.kind === "word" ||
      term.kind === "seen" ||
      term.kind === "alarm" ||
      (term.kind === "field" &&
        (term.field === "quality" || term.field === "metric" || term.field === "tag")),
  );
}
