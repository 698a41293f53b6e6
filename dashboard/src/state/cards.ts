/** Cards: one signal per device that anyone looks at, written only when something of it changed. */
import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { windowFor } from "../data/memory.ts";
import { joined } from "../data/numbers.ts";
import { words } from "../data/strings.ts";
import { type Condition, conditionOf } from "./condition.ts";
import type { DeviceEntry, Devices } from "./devices.ts";
import { type Families, planOf } from "./families.ts";
import type { LinkState } from "./link.ts";
import type { Pulse } from "./pulse.ts";
import type { HeldSeries } from "./values.ts";
import type { CardView } from "./views.ts";

const newForMs = 10 * 60_000;
/** The hub introduces the series of what comes into view in less than this, in ms. */
const introducedMs = 2000;

export interface CardsOptions {
  readonly devices: Devices;
  readonly families: Families;
  readonly link: LinkState;
  readonly pulse: Pulse;
  /** What the hub says of devices that are not on the screen. */
  readonly elsewhere: (device: string) => "stale" | "uncertain" | null;
  /** Whether its series are on the screen. */
  readonly watched: (device: string) => boolean;
  readonly age: (device: string) => string;
}

export class Cards {
  readonly #options: CardsOptions;
  readonly #signals = new Map<string, { readonly signal: Signal<CardView>; said: string }>();
  readonly #dirty = new Set<string>();
  /** Devices without any series yet, and since when they are in view (hub time, ms). */
  readonly #waiting = new Map<string, number>();
  /** Devices that only say whether they are there. */
  readonly #bare = new Set<string>();

  constructor(options: CardsOptions) {
    this.#options = options;
  }

  /** A device's card; always the same signal. */
  card(device: string): ReadonlySignal<CardView> {
    const held = this.#signals.get(device);
    if (held) return held.signal;
    const view = this.#view(device);
    const made = { signal: signal(view), said: JSON.stringify(view) };
    this.#signals.set(device, made);
    return made.signal;
  }

  /** Something of a device changed: its card is looked at again at the next beat. */
  mark(device: string): void {
    if (!this.#signals.has(device)) return;
    this.#dirty.add(device);
    this.#options.pulse.mark(this.#flush);
  }

  /** All cards: liveness or the hour changed. */
  markAll(): void {
    for (const device of this.#signals.keys()) this.#dirty.add(device);
    this.#options.pulse.mark(this.#flush);
  }

  readonly #flush = (): void => {
    for (const device of this.#dirty) {
      const held = this.#signals.get(device);
      if (!held) continue;
      const view = this.#view(device);
      const said = JSON.stringify(view);
      if (said === held.said) continue;
      held.said = said;
      held.signal.value = view;
    }
    this.#dirty.clear();
  };

  /** The condition of a device now. */
  condition(entry: DeviceEntry): Condition {
    const { elsewhere, families, link, watched } = this.#options;
    const [primary] = families.slots(entry.device);
    const at = { now: link.now(), watched: watched(entry.device), zone: link.zone };
    return conditionOf(entry, primary, elsewhere(entry.device), at);
  }

  #view(device: string): CardView {
    const { devices, families, link } = this.#options;
    const entry = devices.get(device);
    if (!entry) return unknownCard(device);
    const slots = families.slots(device);
    const [primary, ...secondary] = slots;
    const condition = this.condition(entry);
    const worded = condition.reason !== "";
    return {
      device,
      name: entry.name,
      place: entry.place,
      state: condition.state,
      severity: null,
      glyph: condition.glyph,
      line: worded ? condition.reason : entry.model,
      reasonTone: worded ? "reason" : "model",
      primary: primary ? planOf(primary) : null,
      secondary: secondary.map(planOf),
      status: this.#isBare(device, primary) ? statusOf(entry) : "",
      window: windowFor(primary?.info.facts.cadence_ms ?? 0),
      isNew: entry.added > 0 && link.now() - entry.added < newForMs,
      accessibleName: () => this.#spoken(entry, condition, primary),
    };
  }

  /** Once a second: devices that had their time to introduce a series and have none are taken for what they are. */
  tick(): void {
    const { link, watched } = this.#options;
    for (const [device, since] of this.#waiting) {
      if (!(link.live && watched(device))) this.#waiting.set(device, link.now());
      else if (link.now() - since >= introducedMs) {
        this.#waiting.delete(device);
        this.#bare.add(device);
        this.mark(device);
      }
    }
  }

  /** True for a device that has been on the screen for a while and has no series: gateways and bridges are such. */
  #isBare(device: string, primary: HeldSeries | undefined): boolean {
    if (primary !== undefined) {
      this.#waiting.delete(device);
      this.#bare.delete(device);
      return false;
    }
    if (this.#bare.has(device)) return true;
    if (!this.#waiting.has(device)) this.#waiting.set(device, this.#options.link.now());
    return false;
  }

  /** `Condensate tank, stale, Silent since 14:21, Level 63 %, stale · 11 min`. */
  #spoken(entry: DeviceEntry, condition: Condition, primary: HeldSeries | undefined): string {
    const state = condition.state === "fine" ? "" : words.spoken[condition.state];
    const value =
      primary && primary.time > 0 ? `${planOf(primary).label} ${joined(primary.text)}` : "";
    const status = this.#bare.has(entry.device) ? statusOf(entry) : "";
    const age = this.#options.age(entry.device);
    return [entry.name, state, condition.reason || entry.model, value || status, age]
      .filter((part) => part !== "")
      .join(words.spoken.joiner);
  }
}

/** What a device without readings says of itself. */
function statusOf({ gone, status }: DeviceEntry): string {
  if (gone) return "";
  if (status === "online") return words.statuses.online;
  return status === "offline" ? words.statuses.offline : words.statuses.none;
}

function unknownCard(device: string): CardView {
  return {
    device,
    name: device,
    place: "",
    state: "unknown",
    severity: null,
    glyph: "unknown",
    line: "",
    reasonTone: "model",
    primary: null,
    secondary: [],
    status: "",
    window: "15m",
    isNew: false,
    accessibleName: () => device,
  };
}
