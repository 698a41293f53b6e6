/**
 * What the palette shows for a query: pure, from an index and the words typed.
 */
import type { Dashboard } from "../../state/index.ts";

/** Rows the palette shows. */
const rows = 8;
/** Choices that are offered again on an empty query. */
const kept = 5;

/** Something that can be found. */
export interface Found {
  readonly id: string;
  readonly label: string;
  readonly detail: string;
  /** Lower-case text to look in: label first. */
  readonly text: string;
  readonly kind: "action" | "page" | "place" | "device" | "search";
  run(dashboard: Dashboard): void;
}

const last: string[] = [];

/** Notes a choice, newest first. */
export function keep(found: Found): void {
  if (found.kind === "search") return;
  const known = last.indexOf(found.id);
  if (known >= 0) last.splice(known, 1);
  last.unshift(found.id);
  last.length = Math.min(last.length, kept);
}

/** The last choices; pages and actions before there are any. */
export function recent(index: readonly Found[]): readonly Found[] {
  const chosen = last.flatMap((id) => index.filter((found) => found.id === id));
  const others = index.filter(
    (found) => (found.kind === "page" || found.kind === "action") && !chosen.includes(found),
  );
  return [...chosen, ...others].slice(0, rows);
}

/**
 * The best matches: every word of the query must be in the text; names that begin with it come first.
 *
 * `last`: stands below what was found, so that metrics and values can be found from here too; null: nothing does.
 */
export function find(index: readonly Found[], query: string, last: Found | null): readonly Found[] {
  const actionsOnly = query.startsWith(">");
  const text = (actionsOnly ? query.slice(1) : query).trim().toLowerCase();
  const terms = text.split(/\s+/).filter((term) => term !== "");
  const ranked: { found: Found; rank: number }[] = [];
  for (const found of index) {
    if (actionsOnly && found.kind !== "action") continue;
    if (!terms.every((term) => found.text.includes(term))) continue;
    ranked.push({ found, rank: rankOf(found, text) });
  }
  ranked.sort((a, b) => a.rank - b.rank);
  const below = actionsOnly || last === null ? [] : [last];
  return [...ranked.slice(0, rows - below.length).map(({ found }) => found), ...below];
}

function rankOf({ label, kind }: Found, text: string): number {
  const name = label.toLowerCase();
  const where = name === text ? 0 : name.startsWith(text) ? 1 : name.includes(text) ? 2 : 3;
  return where * 10 + ["device", "place", "page", "action"].indexOf(kind);
}
