/** What is unusual in a place, for its header: `2 alarms · 1 stale · 1 offline`; empty when nothing is. */
import { words } from "../../data/words.ts";
import type { PlaceView, WallGroup } from "../../state/index.ts";

/** Counts of the place's own devices; places with places below them count those too, so they say nothing here. */
export function placeSummary(place: PlaceView | undefined, group: WallGroup): string {
  if (place === undefined || place.devices !== group.count) return "";
  const alarms = place.critical + place.high + place.medium + place.low;
  return [
    alarms > 0 ? words.wall.alarms(alarms) : "",
    place.stale > 0 ? words.wall.stale(place.stale) : "",
    place.offline > 0 ? words.wall.offline(place.offline) : "",
    place.uncertain > 0 ? words.wall.uncertain(place.uncertain) : "",
  ]
    .filter((part) => part !== "")
    .join(" · ");
}
