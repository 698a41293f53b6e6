/** Other moments are other addresses, and each begins the page anew: nothing of one moment is left in another. */
import type { Travel } from "../../data/port.ts";
import { travelQuery } from "../../state/travel.ts";

/** Opens this same page at a moment of the past; null: in the present. */
export function travelTo(travel: Travel | null): void {
  location.assign(`${location.pathname}${travelQuery(location.search, travel)}`);
}

/** So much of what was before is shown, in ms: a change is understood by what it came from. */
const leadMs = 30_000;

/** Opens this same page a little before something began. */
export function travelBefore(time: number): void {
  travelTo({ from: time - leadMs, speed: 1 });
}

/** The instant that a date and time mean in a zone, `2026-03-01T14:30:05`; null if they are none. */
export function instantOf(text: string, zone: string): number | null {
  const asUtc = Date.parse(`${text}Z`);
  if (Number.isNaN(asUtc)) return null;
  // Twice, because the first guess may lie on the other side of a change of the clocks.
  const first = asUtc - offsetOf(asUtc, zone);
  return asUtc - offsetOf(first, zone);
}

/** An instant as a field for date and time takes it, in a zone. */
export function fieldOf(time: number, zone: string): string {
  return new Date(time + offsetOf(time, zone)).toISOString().slice(0, 19);
}

/** How far a zone's clocks are ahead of UTC at an instant, in ms. */
function offsetOf(time: number, zone: string): number {
  // Sweden writes dates as ISO 8601 does: 2026-03-01 14:30:05.
  const shown = new Date(time).toLocaleString("sv-SE", { timeZone: zone });
  return Date.parse(`${shown.replace(" ", "T")}Z`) - Math.floor(time / 1000) * 1000;
}
