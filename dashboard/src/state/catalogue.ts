/** Devices, places, sources and counts as signals, at most four times a second. */
import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { placeLabel, sourceLabel } from "../data/labels.ts";
import type { HubEvent } from "../data/port.ts";
import { words } from "../data/strings.ts";
import type { AttentionState, Need } from "./attention.ts";
import type { Cards } from "./cards.ts";
import type { Catalogue, FleetPlace } from "./dashboard.ts";
import { deviceView } from "./device-view.ts";
import type { DeviceEntry, Devices } from "./devices.ts";
import type { Elsewhere } from "./elsewhere.ts";
import type { Families } from "./families.ts";
import type { LinkState } from "./link.ts";
import type { Outages } from "./outages.ts";
import type { Pulse } from "./pulse.ts";
import { noCounts, Summary } from "./summary.ts";
import type { Values } from "./values.ts";
import type { CardView, Counts, DeviceView, PlaceView, SourceView } from "./views.ts";
import type { WallState } from "./wall.ts";

export interface CatalogueOptions {
  readonly devices: Devices;
  readonly values: Values;
  readonly families: Families;
  readonly cards: Cards;
  readonly wall: WallState;
  readonly attention: AttentionState;
  readonly elsewhere: Elsewhere;
  readonly link: LinkState;
  readonly outages: Outages;
  readonly pulse: Pulse;
  /** Once a second: looks at all devices, not only those on the screen. */
  readonly slowPulse: Pulse;
}

export class CatalogueState implements Catalogue {
  readonly #options: CatalogueOptions;
  readonly #summary = new Summary();
  readonly counts = signal<Counts>(noCounts);
  readonly places = signal<readonly PlaceView[]>([]);
  readonly sources = signal<readonly SourceView[]>([]);
  readonly complete = signal(false);
  readonly fleet = signal<readonly FleetPlace[]>([]);
  /** Counts up when anything a device page shows of any device may have changed. */
  readonly #beat = signal(0);
  #saidCounts = "";
  /** Devices that came back, and until when (hub time, ms) their silence is none. */
  readonly #patient = new Map<string, number>();
  readonly #pages = new Map<string, ReadonlySignal<DeviceView | null>>();

  constructor(options: CatalogueOptions) {
    this.#options = options;
  }

  card(device: string): ReadonlySignal<CardView> {
    return this.#options.cards.card(device);
  }

  *names(): Iterable<readonly [device: string, name: string]> {
    for (const { device, name } of this.#options.devices.all) yield [device, name];
  }

  device(device: string): ReadonlySignal<DeviceView | null> {
    const held = this.#pages.get(device);
    if (held) return held;
    let said = "";
    let view: DeviceView | null = null;
    const { cards, devices, link, values } = this.#options;
    const made = computed(() => {
      void this.#beat.value;
      const entry = devices.get(device);
      const at = { now: link.now(), zone: link.zone };
      const next = entry ? deviceView(entry, values.of(device), cards, at) : null;
      const text = JSON.stringify(next);
      if (text === said) return view;
      said = text;
      view = next;
      return view;
    });
    this.#pages.set(device, made);
    return made;
  }

  /** Something was told about devices. */
  take(event: Extract<HubEvent, { kind: "catalogue" | "devices" | "status" | "summary" }>): void {
    const { cards, devices, elsewhere, link, pulse, slowPulse } = this.#options;
    switch (event.kind) {
      case "devices":
        for (const device of devices.add(event.add, link.now())) cards.mark(device);
        devices.remove(event.remove);
        for (const device of event.remove) cards.mark(device);
        pulse.mark(this.#publishDevices);
        break;
      case "status":
        for (const device of devices.status(event.rows)) this.#statusChanged(device);
        slowPulse.mark(this.#publishConditions);
        break;
      case "catalogue":
        devices.finish(event.present);
        elsewhere.doubt();
        pulse.mark(this.#publishDevices);
        break;
      case "summary": {
        const changed = this.#summary.take(event.places);
        const { stale, uncertain, unknown } = this.#summary.total;
        elsewhere.counted({ changed, any: stale + unknown + uncertain > 0 });
        pulse.mark(this.#publishCounts);
        break;
      }
    }
  }

  #statusChanged(device: string): void {
    const { cards, devices, link, outages } = this.#options;
    cards.mark(device);
    const entry = devices.get(device);
    const since = entry?.statusTime || link.now();
    if (entry?.status === "offline") outages.begin("offline", since, device);
    else outages.end("offline", since, device);
  }

  /** Once a second: devices that came back and had their time to speak are judged like all others again. */
  tick(): void {
    const { cards, link } = this.#options;
    for (const [device, until] of this.#patient) {
      if (link.now() < until) continue;
      this.#patient.delete(device);
      cards.mark(device);
      this.judged();
    }
  }

  /** A quality changed, or the hub said what is stale off the screen. */
  judged(): void {
    this.#options.slowPulse.mark(this.#publishConditions);
  }

  /** Series of a device changed. */
  seriesChanged(): void {
    this.#options.pulse.mark(this.#publishPages);
  }

  readonly #publishPages = (): void => {
    this.#beat.value += 1;
  };

  readonly #publishCounts = (): void => {
    const said = JSON.stringify([this.#summary.total, this.#summary.tree()]);
    if (said === this.#saidCounts) return;
    this.#saidCounts = said;
    this.counts.value = this.#summary.total;
    this.places.value = this.#summary.tree();
  };

  readonly #publishDevices = (): void => {
    const { devices, wall } = this.#options;
    this.sources.value = devices
      .sources()
      .map(([source, count]) => ({ source, label: sourceLabel(source), devices: count }));
    this.complete.value = devices.complete;
    wall.refresh();
    this.#publishConditions();
  };

  readonly #publishConditions = (): void => {
    const { attention, devices } = this.#options;
    const needs: Need[] = [];
    const never = new Map<string, number>();
    const fleet = new Map<string, { devices: string[]; marks: FleetPlace["marks"][number][] }>();
    for (const device of devices.order) {
      const entry = devices.get(device);
      if (!entry) continue;
      const mark = this.#look(entry, needs);
      if (mark === "unknown")
        for (const path of above(entry.place)) never.set(path, (never.get(path) ?? 0) + 1);
      const [top = ""] = entry.place.split("/");
      const place = fleet.get(top) ?? { devices: [], marks: [] };
      fleet.set(top, place);
      place.devices.push(device);
      place.marks.push(mark);
    }
    const next = [...fleet].map(([place, marks]) => ({
      place,
      label: place === "" ? words.noPlace : placeLabel(place),
      ...marks,
    }));
    if (!sameFleet(this.fleet.peek(), next)) this.fleet.value = next;
    attention.update(needs);
    this.#summary.heard(never);
    this.#publishCounts();
    this.#publishPages();
  };

  /** A device's mark in the fleet panel; adds it to what needs attention. */
  #look(entry: DeviceEntry, needs: Need[]): FleetPlace["marks"][number] {
    const { cards, families } = this.#options;
    const condition = cards.condition(entry);
    if (condition.until === undefined) this.#patient.delete(entry.device);
    else this.#patient.set(entry.device, condition.until);
    if (condition.state === "offline" || condition.state === "stale") {
      const [primary] = families.slots(entry.device);
      needs.push({
        device: entry.device,
        name: entry.name,
        place: entry.place,
        cause: condition.state,
        what: condition.reason,
        series: primary && primary.time > 0 ? primary.info.id : null,
        since: condition.since,
      });
    }
    return condition.glyph ?? "fine";
  }
}

/** A place and all it lies in, the whole hub last: `a/b` → `a/b`, `a`, "". */
function above(place: string): readonly string[] {
  if (place === "") return [""];
  const levels = place.split("/");
  return [...levels.map((_, index) => levels.slice(0, levels.length - index).join("/")), ""];
}

/** True when no device came, went or changed its mark: then nothing has to be drawn again. */
function sameFleet(a: readonly FleetPlace[], b: readonly FleetPlace[]): boolean {
  return (
    a.length === b.length &&
    a.every((place, index) => {
      const other = b[index];
      return (
        other !== undefined &&
        place.place === other.place &&
        place.devices.length === other.devices.length &&
        place.devices.every((device, position) => device === other.devices[position]) &&
        place.marks.every((mark, position) => mark === other.marks[position])
      );
    })
  );
}
