/**
 * Keys that work on every page.
 *
 * Single letters do nothing while the reader types, while an overlay is open, or when they are switched off
 * (WCAG 2.1.4). Movement in the wall and in tables belongs to those (see `wall/roving.ts`).
 */
import { words } from "../data/words.ts";
import type { Dashboard } from "../state/index.ts";
import { closeOverlay, drawer, openOverlay, overlay } from "./page-state.ts";
import { travelTo } from "./replay/go.ts";
import { themes } from "./shell/menu.tsx";

/** The second key of `g …` counts this long after the first, in ms. */
const sequenceMs = 1000;
const densities = { 1: "list", 2: "cards", 3: "tiles" } as const;

/** Listens to the whole page; gives what ends it. */
export function bindKeys(dashboard: Dashboard): () => void {
  let goAt = Number.NEGATIVE_INFINITY;
  const onKey = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || pressAnywhere(event, dashboard)) return;
    if (!isLetterKey(event, dashboard)) return;
    const sequence = event.timeStamp - goAt < sequenceMs;
    goAt = Number.NEGATIVE_INFINITY;
    if (event.key === "g") goAt = event.timeStamp;
    else if (sequence && goTo(event.key, dashboard)) event.preventDefault();
    else if (press(event.key, dashboard)) event.preventDefault();
  };
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}

/** Keys that also work while the reader types; true when this was one. */
function pressAnywhere(event: KeyboardEvent, dashboard: Dashboard): boolean {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openOverlay("palette");
    return true;
  }
  if (event.key !== "Escape") return false;
  // An open dialog closes itself; that is all this press is for.
  if (document.querySelector("dialog[open]") === null) goBack(dashboard);
  return true;
}

/** True for a key without modifiers that is not being typed into something. */
function isLetterKey(event: KeyboardEvent, dashboard: Dashboard): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || overlay.peek() !== null) return false;
  if (!dashboard.preferences.letterKeys.peek()) return false;
  const target = event.target as Element | null;
  return !target?.closest("input, select, textarea, dialog, [contenteditable]");
}

function goTo(key: string, { route }: Dashboard): boolean {
  if (key !== "o" && key !== "s") return false;
  route.go({ page: key === "o" ? "overview" : "status" });
  return true;
}

function press(key: string, dashboard: Dashboard): boolean {
  const { preferences, announcer, route } = dashboard;
  if (key === "/") {
    focusSearch();
    return true;
  }
  if (key === "?") {
    openOverlay("keys");
    return true;
  }
  if (key === "t") {
    const next = themes[(themes.indexOf(preferences.theme.peek()) + 1) % themes.length];
    preferences.theme.value = next ?? "system";
    announcer.say(words.menu.themeIs(words.menu[preferences.theme.peek()]));
    return true;
  }
  if (key === "r") {
    openOverlay("travel");
    return true;
  }
  if ((key === "p" || key === "0") && dashboard.link.view.peek().replay !== null) {
    if (key === "0") travelTo(null);
    else dashboard.replay.pause(dashboard.link.view.peek().replay?.paused !== true);
    return true;
  }
  if (key in densities && route.current.peek().page === "overview") {
    setDensity(dashboard, densities[Number(key) as 1 | 2 | 3]);
    return true;
  }
  return false;
}

/** Chooses a density for this browser and for the address. */
export function setDensity(
  { preferences, route }: Dashboard,
  to: "list" | "cards" | "tiles",
): void {
  preferences.density.value = to;
  if (route.current.peek().view !== null) route.filter({ view: to });
}

/** Puts the cursor into the search box, or opens the palette where there is none. */
export function focusSearch(): void {
  const box = document.querySelector<HTMLInputElement>("#search");
  if (box === null || box.offsetParent === null) openOverlay("palette");
  else box.select();
}

/** Close, then clear, then up one level. */
function goBack({ route }: Dashboard): void {
  if (overlay.peek() !== null) {
    closeOverlay();
    return;
  }
  if (drawer.peek()) {
    drawer.value = false;
    return;
  }
  const { page, q, place } = route.current.peek();
  if (page !== "overview") route.go({ page: "overview" });
  else if (q !== "") route.filter({ q: "" });
  else if (place !== "") route.filter({ place: place.split("/").slice(0, -1).join("/") });
}
