/** The device page's facts: who it is, how it is, and all its series by kind. */
import { type Group, groups } from "../data/kinds.ts";
import { windowFor } from "../data/memory.ts";
import { words } from "../data/strings.ts";
import { period, weekTime } from "../data/times.ts";
import type { Cards } from "./cards.ts";
import type { DeviceEntry } from "./devices.ts";
import { kindOfSeries, planOf } from "./families.ts";
import { type HeldSeries, splitQuality } from "./values.ts";
import type { DeviceView, Glyph, SeriesView } from "./views.ts";
import { labelsOf } from "./wall.ts";

/** Doubt about a value in words. */
export function doubtOf(quality: string): string {
  const [name, why] = splitQuality(quality);
  const { bad, clock, retained, stale, uncertain } = words.doubts;
  if (name === "stale") return stale;
  if (name === "bad") return bad(why);
  if (name !== "uncertain") return "";
  return why === "retained" ? retained : why === "clock" ? clock : uncertain;
}

function glyphOf(quality: string): Glyph {
  const [name] = splitQuality(quality);
  return name === "stale" || name === "bad" || name === "uncertain" ? name : null;
}

function seriesView(held: HeldSeries): SeriesView {
  const cadence = held.info.facts.cadence_ms ?? 0;
  return {
    ...planOf(held),
    unit: held.info.unit ?? "",
    window: windowFor(cadence),
    doubt: doubtOf(held.quality),
    glyph: glyphOf(held.quality),
    cadence: cadence > 0 ? words.normallyEvery(period(cadence)) : "",
  };
}

function grouped(series: readonly HeldSeries[]): DeviceView["groups"] {
  const byGroup = new Map<Group, HeldSeries[]>();
  for (const held of series) {
    const { group } = kindOfSeries(held);
    byGroup.set(group, [...(byGroup.get(group) ?? []), held]);
  }
  return groups
    .filter((group) => byGroup.has(group))
    .map((group) => ({
      label: words.groups[group],
      series: (byGroup.get(group) ?? [])
        .sort((a, b) => kindOfSeries(b).weight - kindOfSeries(a).weight || a.info.id - b.info.id)
        .map(seriesView),
    }));
}

function statusLine(entry: DeviceEntry, now: number, zone: string): string {
  const { gone, status, statusReason, statusTime } = entry;
  const { forgotten, never, offline, online, silent, unknown } = words.statusLine;
  if (statusTime === 0) return never;
  const since = weekTime(statusTime, now, zone);
  if (gone) return forgotten(since);
  if (status === "online") return online(since);
  if (status === "offline") return offline(since);
  return statusReason === "silent" ? silent(since) : unknown(since);
}

/** A device's page. */
export function deviceView(
  entry: DeviceEntry,
  series: readonly HeldSeries[],
  cards: Cards,
  { now, zone }: { readonly now: number; readonly zone: string },
): DeviceView {
  return {
    device: entry.device,
    name: entry.name,
    place: entry.place,
    labels: labelsOf(entry.place),
    card: cards.card(entry.device).peek(),
    statusLine: statusLine(entry, now, zone),
    statusTime: entry.statusTime,
    model: entry.model,
    source: entry.source,
    groups: grouped(series.filter((held) => !held.gone)),
  };
}
