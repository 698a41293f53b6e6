/** The tab's title: where the reader is, and first whether it is true. */
import { deviceLabel } from "../data/labels.ts";
import { words } from "../data/strings.ts";
import type { Route } from "./route.ts";
import type { LinkPhase } from "./views.ts";

/** `Overview`, `Chiller 2`, `Not live: Overview`. `name`: the device's, when known. */
export function titleOf(
  { device, page }: Pick<Route, "device" | "page">,
  phase: LinkPhase,
  name: string | undefined,
): string {
  const title = page === "device" ? (name ?? deviceLabel(device)) : words.pages[page];
  if (phase === "replay") return words.titles.replay(title);
  const live = phase === "live" || phase === "connecting";
  return live ? words.titles.page(title) : words.titles.notLive(title);
}
