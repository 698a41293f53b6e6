/** Which metrics stand on each family's cards; see `data/telling.ts` for the rule. */
import { kindOf } from "../data/kinds.ts";
import { metricLabel } from "../data/labels.ts";
import type { EvidenceRow } from "../data/port.ts";
import { median } from "../data/rings.ts";
import { type Candidate, chooseSlots, familyOf, score } from "../data/telling.ts";
import type { HeldSeries, Values } from "./values.ts";
import type { SlotPlan } from "./views.ts";

/** A family: devices with the same metrics. */
interface Family {
  readonly members: Set<string>;
  slots: readonly string[];
  /** Hub time at which its metrics were chosen first, ms. */
  readonly since: number;
}

/**
 * A card that has stood for so long, in ms, keeps what it shows when a metric more comes.
 *
 * Before that the hub is still introducing the device, in the order of its last changes: what came first means nothing.
 */
const settledMs = 3000;

export function kindOfSeries({ info }: HeldSeries) {
  const { datatype, facts, metric, unit } = info;
  return kindOf({ metric, unit, datatype, deviceClass: facts.kind });
}

/** True for a series that shows states, not sizes. */
export function isState(held: HeldSeries): boolean {
  return kindOfSeries(held).isState || typeof held.value === "boolean";
}

/** A series as it stands on a card. */
export function planOf(held: HeldSeries): SlotPlan {
  const { facts, id, metric, unit } = held.info;
  return {
    series: id,
    metric,
    label: facts.name ?? metricLabel(metric, unit),
    isState: isState(held),
  };
}

export class Families {
  readonly #values: Values;
  readonly #families = new Map<string, Family>();
  readonly #familyOf = new Map<string, string>();

  constructor(values: Values) {
    this.#values = values;
  }

  /** A device's series changed: it may belong to another family now. `now`: hub time, ms. */
  update(device: string, now: number): void {
    const series = this.#values.of(device);
    if (series.length === 0) return;
    const name = familyOf(series.map((one) => one.info.metric));
    const before = this.#familyOf.get(device);
    if (before === name) return;
    const left = before === undefined ? undefined : this.#families.get(before);
    left?.members.delete(device);
    this.#familyOf.set(device, name);
    const family = this.#families.get(name);
    if (family) {
      family.members.add(device);
      return;
    }
    // A metric more must not reorder the card: the family starts from what the device showed.
    const shown = left !== undefined && now - left.since >= settledMs ? left.slots : [];
    const slots = chooseSlots(
      series.map((one) => this.#candidate(one, [])),
      shown,
    );
    const since = shown.length > 0 ? (left?.since ?? now) : now;
    this.#families.set(name, { members: new Set([device]), slots, since });
  }

  #candidate(held: HeldSeries, evidence: readonly EvidenceRow[]): Candidate {
    const { metric } = held.info;
    const kind = kindOfSeries(held);
    const value = typeof held.value === "number" ? held.value : null;
    const own = evidence.filter((row) => this.#values.get(row.key)?.info.metric === metric);
    const moved = own.map((row) => this.#scored(row));
    const plain = score({
      kind,
      value,
      hour: null,
      resolution: 10 ** -kind.decimals,
      unchanged: false,
    });
    const order = held.info.id;
    return { metric, kind, order, score: moved.length === 0 ? plain : median(moved) };
  }

  #scored(row: EvidenceRow): number {
    const held = this.#values.get(row.key);
    if (!held) return 0;
    const kind = kindOfSeries(held);
    return score({
      kind,
      value: typeof held.value === "number" ? held.value : null,
      hour: { median: row.median, deviation: row.deviation },
      resolution: 10 ** -kind.decimals,
      unchanged: row.unchanged,
    });
  }

  /** Chooses again with what the last hour showed; gives the devices whose cards change. */
  reconsider(evidence: readonly EvidenceRow[]): readonly string[] {
    const changed: string[] = [];
    for (const family of this.#families.values()) {
      const [first] = family.members;
      if (first === undefined) continue;
      const own = evidence.filter((row) =>
        family.members.has(this.#values.get(row.key)?.info.device ?? ""),
      );
      if (own.length === 0) continue;
      const candidates = this.#values.of(first).map((one) => this.#candidate(one, own));
      const slots = chooseSlots(candidates, family.slots);
      if (slots.join("\n") === family.slots.join("\n")) continue;
      family.slots = slots;
      changed.push(...family.members);
    }
    return changed;
  }

  /** The series on a device's card, primary first; empty while its series are not known. */
  slots(device: string): readonly HeldSeries[] {
    const family = this.#families.get(this.#familyOf.get(device) ?? "");
    if (!family) return [];
    const series = this.#values.of(device);
    return family.slots
      .map((metric) => series.find((one) => one.info.metric === metric))
      .filter((one) => one !== undefined);
  }
}
