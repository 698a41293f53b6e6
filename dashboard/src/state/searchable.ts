/** What the page knows of a device, for searching and sorting. */
import type { Searchable } from "../data/matching.ts";
import type { Cards } from "./cards.ts";
import type { Devices } from "./devices.ts";
import type { Families } from "./families.ts";
import type { Route } from "./route.ts";
import type { Values } from "./values.ts";

/** A device as a search sees it; null for one nobody told of. */
export function searchableOf(device: string, devices: Devices, values: Values): Searchable | null {
  const entry = devices.get(device);
  if (!entry) return null;
  const series = values.of(device);
  const seen = series.reduce((newest, one) => Math.max(newest, one.time), 0);
  return {
    device,
    name: entry.name,
    place: entry.place,
    source: entry.source,
    model: entry.model,
    status: entry.gone ? "offline" : (entry.status ?? "unknown"),
    severity: null,
    tags: [],
    seen: seen > 0 ? seen : null,
    series: series.map(({ info, quality, value }) => ({
      metric: info.metric,
      unit: info.unit,
      value,
      quality,
    })),
  };
}

const stateRanks = { offline: 0, unknown: 1, stale: 2, uncertain: 3, fine: 4 } as const;

export interface RankParts {
  readonly devices: Devices;
  readonly families: Families;
  readonly cards: Cards;
}

/** What a device is sorted by; smaller first: worst state, name, oldest reading, largest value. */
export function rankOf(device: string, sort: Route["sort"], parts: RankParts): number | string {
  const entry = parts.devices.get(device);
  const [primary] = parts.families.slots(device);
  switch (sort) {
    case "state":
      return entry ? stateRanks[parts.cards.condition(entry).state] : stateRanks.fine;
    case "age":
      return primary && primary.time > 0 ? primary.time : Number.POSITIVE_INFINITY;
    case "value":
      return typeof primary?.value === "number" ? -primary.value : Number.POSITIVE_INFINITY;
    default:
      return entry?.name ?? device;
  }
}
