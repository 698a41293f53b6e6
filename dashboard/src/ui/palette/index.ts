/** What the palette can find, as one flat index of this moment. */
import { words } from "../../data/words.ts";
import type { Dashboard } from "../../state/index.ts";
import { setDensity } from "../keyboard.ts";
import { openOverlay } from "../page-state.ts";
import { themes } from "../shell/menu.tsx";
import type { Found } from "./ranking.ts";

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
    entry("action", words.travel.title, kinds.action, () => openOverlay("travel")),
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

/** Searches the wall for the query; null while there is nothing to search. */
export function searchFor(query: string, { catalogue }: Dashboard): Found | null {
  if (catalogue.counts.peek().devices === 0) return null;
  return {
    ...entry("search", words.palette.searchAll(query), "", ({ route }) =>
      route.go({ page: "overview", q: query }),
    ),
    id: "search",
  };
}
