/**
 * Counts of places as the hub keeps them, and the tree they hang in.
 *
 * The hub counts a device that fell silent as unknown, its status; a reader looks for it among the stale, as the search
 * `quality:stale` does. Only those that never reported a value stay unknown.
 */
import { placeLabel } from "../data/labels.ts";
import { byPath } from "../data/natural.ts";
import { words } from "../data/strings.ts";
import type { SummaryRow } from "../wire/messages.ts";
import type { Counts, Glyph, PlaceView } from "./views.ts";

export const noCounts: Counts = {
  devices: 0,
  offline: 0,
  unknown: 0,
  stale: 0,
  uncertain: 0,
  critical: 0,
  high: 0,
  medium: 0,
  low: 0,
};

function countsOf(row: SummaryRow): Counts {
  const [, devices, offline, unknown, stale, uncertain, critical, high, medium, low] = row;
  return { devices, offline, unknown, stale, uncertain, critical, high, medium, low };
}

function sum(rows: readonly Counts[]): Counts {
  const total: Record<keyof Counts, number> = { ...noCounts };
  for (const row of rows)
    for (const name of Object.keys(total) as (keyof Counts)[]) total[name] += row[name];
  return total;
}

/** The worst alarm that is counted. */
export function worst({ critical, high, low, medium }: Counts): Glyph {
  if (critical > 0) return "critical";
  if (high > 0) return "high";
  if (medium > 0) return "medium";
  return low > 0 ? "low" : null;
}

export class Summary {
  readonly #places = new Map<string, Counts>();
  #neverHeard: ReadonlyMap<string, number> = new Map();

  /** Takes rows in: all places first, later those that changed. A place without devices goes. Says if any count did. */
  take(rows: readonly SummaryRow[]): boolean {
    let changed = false;
    for (const row of rows) {
      const counts = countsOf(row);
      changed ||= JSON.stringify(this.#places.get(row[0])) !== JSON.stringify(counts);
      if (counts.devices === 0 && row[0] !== "") this.#places.delete(row[0]);
      else this.#places.set(row[0], counts);
    }
    return changed;
  }

  /** How many devices below each place never reported a value, as this page knows it. */
  heard(never: ReadonlyMap<string, number>): void {
    this.#neverHeard = never;
  }

  #worded(path: string, counts: Counts): Counts {
    const unknown = Math.min(counts.unknown, this.#neverHeard.get(path) ?? 0);
    return { ...counts, unknown, stale: counts.stale + counts.unknown - unknown };
  }

  /** The whole hub: its own row, or the sum of the top level. */
  get total(): Counts {
    const top = [...this.#places].filter(([path]) => !path.includes("/"));
    const own = this.#places.get("") ?? sum(top.map(([, counts]) => counts));
    return this.#worded("", own);
  }

  /** The tree, all places first, parents before children, in natural order. */
  tree(): readonly PlaceView[] {
    const total = this.total;
    const root = { path: "", label: words.allPlaces, depth: 0, glyph: worst(total), ...total };
    const rest = [...this.#places]
      .filter(([path]) => path !== "")
      .sort(([a], [b]) => byPath(a, b))
      .map(([path, counts]) => ({
        path,
        label: placeLabel(path),
        depth: path.split("/").length,
        glyph: worst(counts),
        ...this.#worded(path, counts),
      }));
    return [root, ...rest];
  }
}
