/**
 * Text nodes that show values and ages.
 *
 * A value reaches its node through the frame loop, device by device; a node is written only when its text differs, and
 * a host's marks only when they change. Ages are written once a second by one timer.
 */
import { type Age, ageOf } from "../data/ages.ts";
import { joined, thin } from "../data/numbers.ts";
import { words } from "../data/strings.ts";
import { coarse, duration } from "../data/times.ts";
import type { Dispose, Slots, ValueNodes } from "./dashboard.ts";
import type { Devices } from "./devices.ts";
import type { FrameLoop } from "./frame-loop.ts";
import type { LinkState } from "./link.ts";
import { type HeldSeries, splitQuality, type Values } from "./values.ts";

interface AgeSlot {
  readonly of: { readonly device: string } | { readonly series: number };
  readonly node: Text;
  readonly host: Element | undefined;
}

export interface SlotsOptions {
  readonly values: Values;
  readonly devices: Devices;
  readonly link: LinkState;
  readonly loop: FrameLoop;
  /** The series a device's age is about. */
  readonly primary: (device: string) => HeldSeries | undefined;
}

function write(node: Text, text: string): void {
  if (node.data !== text) node.data = text;
}

function mark(host: Element | undefined, name: string, value: string): void {
  if (host && host.getAttribute(name) !== value) host.setAttribute(name, value);
}

/** A node that nobody feeds any more shows nothing: a value left in a recycled row would be another device's. */
function release({ host, number, unit }: ValueNodes): void {
  write(number, "");
  if (unit) write(unit, "");
  host?.removeAttribute("data-mark");
  host?.removeAttribute("data-missing");
}

export class SlotRegistry implements Slots {
  readonly #options: SlotsOptions;
  readonly #slots = new Map<number, Set<ValueNodes>>();
  readonly #ages = new Set<AgeSlot>();
  readonly #spans = new Set<{ readonly time: number; readonly node: Text }>();
  readonly #dirty = new Map<string, Set<number>>();

  constructor(options: SlotsOptions) {
    this.#options = options;
  }

  value(series: number, nodes: ValueNodes): Dispose {
    const set = this.#slots.get(series) ?? new Set();
    this.#slots.set(series, set);
    set.add(nodes);
    const held = this.#options.values.get(series);
    if (held) this.#write(held, nodes);
    return () => {
      if (!set.delete(nodes)) return;
      if (set.size === 0 && this.#slots.get(series) === set) this.#slots.delete(series);
      release(nodes);
    };
  }

  age(device: string, node: Text, host?: Element): Dispose {
    return this.#bindAge({ of: { device }, node, host });
  }

  seriesAge(series: number, node: Text, host?: Element): Dispose {
    return this.#bindAge({ of: { series }, node, host });
  }

  #bindAge(slot: AgeSlot): Dispose {
    this.#ages.add(slot);
    this.#writeAge(slot);
    return () => {
      if (!this.#ages.delete(slot)) return;
      write(slot.node, "");
      slot.host?.removeAttribute("data-age");
    };
  }

  since(time: number, node: Text): Dispose {
    const span = { time, node };
    this.#spans.add(span);
    this.#writeSpan(span);
    return () => this.#spans.delete(span);
  }

  read(series: number): string {
    const held = this.#options.values.get(series);
    return held ? joined(held.text) : "—";
  }

  /** What stands beside a value: nothing, or why it is not to be taken as it is. */
  markOf(held: HeldSeries): "" | "stale" | "uncertain" | "bad" | "unproven" {
    const [quality] = splitQuality(held.quality);
    if (quality === "stale" || quality === "bad") return quality;
    const { filling, live } = this.#options.link;
    if (held.time > 0 && !((live || filling) && held.proven)) return "unproven";
    return quality === "uncertain" ? "uncertain" : "";
  }

  #write(held: HeldSeries, { host, number, unit }: ValueNodes): void {
    const { text } = held;
    if (unit) {
      write(number, text.number);
      write(unit, text.unit === "" ? "" : `${thin}${text.unit}`);
    } else write(number, joined(text));
    mark(host, "data-mark", this.markOf(held));
    if (!host) return;
    if (held.value === null) host.setAttribute("data-missing", "");
    else if (host.hasAttribute("data-missing")) host.removeAttribute("data-missing");
  }

  /** A series changed: its nodes are written in one of the next frames, together with its device's others. */
  changed(held: HeldSeries): void {
    const { device, id } = held.info;
    if (!this.#slots.has(id)) return;
    let ids = this.#dirty.get(device);
    if (!ids) {
      ids = new Set();
      this.#dirty.set(device, ids);
    }
    ids.add(id);
    this.#options.loop.add(`slots:${device}`, () => this.#flush(device));
  }

  #flush(device: string): void {
    const ids = this.#dirty.get(device);
    this.#dirty.delete(device);
    for (const id of ids ?? []) {
      const held = this.#options.values.get(id);
      if (held) for (const nodes of this.#slots.get(id) ?? []) this.#write(held, nodes);
    }
  }

  /** Liveness changed: every mark and age is made anew, before the next paint. */
  refresh(): void {
    for (const [id, set] of this.#slots) {
      const held = this.#options.values.get(id);
      if (held) for (const nodes of set) this.#write(held, nodes);
    }
    this.tick();
  }

  /** Once a second. */
  tick(): void {
    for (const slot of this.#ages) this.#writeAge(slot);
    for (const span of this.#spans) this.#writeSpan(span);
  }

  #writeSpan({ node, time }: { readonly time: number; readonly node: Text }): void {
    write(node, time > 0 ? duration(this.#options.link.asOf() - time) : "");
  }

  #writeAge({ host, node, of }: AgeSlot): void {
    const age = "device" in of ? this.deviceAge(of.device) : this.#seriesAgeOf(of.series);
    write(node, age.text);
    mark(host, "data-age", age.tone);
  }

  #seriesAgeOf(series: number): Age {
    const held = this.#options.values.get(series);
    return held ? this.#ageOf(held) : { text: "", tone: "plain" };
  }

  #ageOf(held: HeldSeries): Age {
    const { link } = this.#options;
    if (held.time === 0) return { text: "", tone: "plain" };
    const [quality, why] = splitQuality(held.quality);
    return ageOf({
      time: held.time,
      now: link.asOf(),
      cadenceMs: held.info.facts.cadence_ms ?? 0,
      stale: quality === "stale",
      retained: quality === "uncertain" && why === "retained",
      live: (link.live || link.filling) && held.proven,
      zone: link.zone,
    });
  }

  /** The age on a device's card: of its primary metric, unless the device is offline or was never heard. */
  deviceAge(device: string): Age {
    const { devices, link, primary } = this.#options;
    const entry = devices.get(device);
    if (!entry) return { text: "", tone: "plain" };
    if (entry.gone || entry.status === "offline") {
      const age = entry.statusTime > 0 ? coarse(link.asOf() - entry.statusTime) : "";
      return { text: words.offline(age), tone: "stale" };
    }
    const held = primary(device);
    if (held && held.time > 0) return this.#ageOf(held);
    return entry.status === "unknown"
      ? { text: words.neverReported, tone: "stale" }
      : { text: "", tone: "plain" };
  }
}
