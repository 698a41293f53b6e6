/** What the palette can find, as one flat index of this moment. */
import { words } from "../../data/words.ts";
import type { Dashboard } from "../../state/index.ts";
import { setDensity } from "../keyboard.ts";
import { openOverlay } from "../page-state.ts";
import { themes } from "../shell/menu.tsx";

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

function entry(
  kind: Found["kind"],
  label: string,
  detail: string,
  run: (dashboard: Dashboard) => void,
  more = "",
): Found {
  return {
    id: `${kind} ${label} ${more}`,
    kind,
    label,
    detail,
    text: `${label} ${more}`.toLowerCase(),
    run,
  };
}

/** Gathers everything that has a name. */
export function buildIndex(dashboard: Dashboard): readonly Found[] {
  const { catalogue } = dashboard;
  const { kinds } = words.palette;
  return [
    entry("page", words.nav.overview, kinds.page, ({ route }) => route.go({ page: "overview" })),
    entry("page", words.nav.status, kinds.page, ({ route }) => route.go({ page: "status" })),
    ...themes.map((theme) =>
      entry("action", words.palette.themeTo(words.menu[theme]), kinds.action, ({ preferences }) => {
        preferences.theme.value = theme;
      }),
    ),
    ...(["list", "cards", "tiles"] as const).map((density) =>
      entry("action", words.palette.densityTo(words.strip[density]), kinds.action, (engine) =>
        setDensity(engine, density),
      ),
    ),
    entry("action", words.keys.title, kinds.action, () => openOverlay("keys")),
    ...catalogue.places
      .peek()
      .filter((place) => place.path !== "")
      .map((place) =>
        entry(
          "place",
          place.label,
          place.path,
          ({ route }) => route.go({ page: "overview", place: place.path }),
          place.path,
        ),
      ),
    ...[...catalogue.names()].map(([device, name]) => deviceEntry(device, name)),
  ];
}

function deviceEntry(device: string, name: string): Found {
  return entry("device", name, device, ({ route }) => route.go({ page: "device", device }), device);
}

/**
 * The best matches: every word of the query must be in the text; names that begin with it come first.
 *
 * The last row searches the wall for the query, so that metrics and values can be found from here too.
 */
export function find(
  index: readonly Found[],
  query: string,
  dashboard: Dashboard,
): readonly Found[] {
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
  const best = ranked.slice(0, actionsOnly ? rows : rows - 1).map(({ found }) => found);
  return actionsOnly || dashboard.catalogue.counts.peek().devices === 0
    ? best
    : [...best, searchFor(query.trim())];
}

function rankOf({ label, kind }: Found, text: string): number {
  const name = label.toLowerCase();
  const where = name === text ? 0 : name.startsWith(text) ? 1 : name.includes(text) ? 2 : 3;
  return where * 10 + ["device", "place", "page", "action"].indexOf(kind);
}

function searchFor(query: string): Found {
  return {
    ...entry("search", words.palette.searchAll(query), "", ({ route }) =>
      route.go({ page: "overview", q: query }),
    ),
    id: "search",
  };
}
