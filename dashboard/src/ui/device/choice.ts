/** Which metrics a device's chart shows, and what a press on one of them changes. */
import type { DeviceView, SeriesView } from "../../state/index.ts";

/** Lines in one chart. */
export const maxLines = 4;
/** Units in one chart: one axis each. */
const maxUnits = 2;

/** The metrics in the chart: the address's, else the most telling number. */
export function chosenSeries(view: DeviceView, metrics: readonly string[]): SeriesView[] {
  const numbers = view.groups.flatMap((group) => group.series).filter((series) => !series.isState);
  const chosen = metrics.flatMap((metric) => numbers.filter((each) => each.metric === metric));
  if (chosen.length > 0) {
    const units = [...new Set(chosen.map(({ unit }) => unit))].slice(0, maxUnits);
    return chosen.filter(({ unit }) => units.includes(unit)).slice(0, maxLines);
  }
  const primary = numbers.find((each) => each.series === view.card.primary?.series) ?? numbers[0];
  return primary === undefined ? [] : [primary];
}

/** The chosen metrics after a press on one of them: it joins, leaves, or takes the place of a unit too many. */
export function toggled(chosen: readonly SeriesView[], pressed: SeriesView): string[] {
  const names = chosen.map(({ metric }) => metric);
  if (names.includes(pressed.metric))
    return names.length === 1 ? names : names.filter((name) => name !== pressed.metric);
  let kept = [...chosen];
  const units = new Set(kept.map(({ unit }) => unit));
  if (!units.has(pressed.unit) && units.size >= maxUnits) {
    const last = kept.at(-1)?.unit;
    kept = kept.filter(({ unit }) => unit !== last);
  }
  return [...kept.slice(0, maxLines - 1).map(({ metric }) => metric), pressed.metric];
}
