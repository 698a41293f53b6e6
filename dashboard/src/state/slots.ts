/**
 * Text nodes that show values and ages.
 *
 * A value reaches its node through the frame loop, device by device; a node is written only when its text differs, and
 * a host's marks only when they change. Ages are written once a second by one timer.
 */
import { type Age, type AgeFacts, ageOf, exactAgeOf } from "../data/ages.ts";
import { type Formatted, joined, missing, thin } from "../data/numbers.ts";
import { words } from "../data/strings.ts";
import { coarse, duration } from "../data/times.ts";
import type { Dispose, Slots, ValueNodes, Written } from "./dashboard.ts";
import type { DeviceEntry, Devices } from "./devices.ts";
import type { FrameLoop } from "./frame-loop.ts";
import type { LinkState } from "./link.ts";
import { type HeldSeries, splitQuality, type Values } from "./values.ts";

interface AgeSlot {
  readonly of: { readonly device: string } | { readonly series: number };
  readonly node: Written;
  readonly host: Element | undefined;
  /** For a sentence: of the reading itself, to the tenth of a second. */
  readonly exact: boolean;
}

export interface SlotsOptions {
  readonly values: Values;
  readonly devices: Devices;
  readonly link: LinkState;
  readonly loop: FrameLoop;
  /** The series a device's age is about. */
  readonly primary: (device: string) => HeldSeries | undefined;
}

const nothing: Formatted = { number: "", unit: "" };

function write(node: Written, text: string): void {
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

/** The device is offline, or the hub has forgotten it. */
function isAway(entry: DeviceEntry | undefined): boolean {
  return entry !== undefined && (entry.gone || entry.status === "offline");
}

export class SlotRegistry implements Slots {
  readonly #options: SlotsOptions;
  readonly #slots = new Map<number, Set<ValueNodes>>();
  readonly #ages = new Set<AgeSlot>();
  readonly #spans = new Set<{ readonly time: number; readonly node: Written }>();
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

  age(device: string, node: Written, host?: Element): Dispose {
    return this.#bindAge({ of: { device }, node, host, exact: false });
  }

  seriesAge(series: number, node: Written, host?: Element): Dispose {
    return this.#bindAge({ of: { series }, node, host, exact: false });
  }

  lastReading(device: string, node: Written, host?: Element): Dispose {
    return this.#bindAge({ of: { device }, node, host, exact: true });
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

  since(time: number, node: Written): Dispose {
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
    // The last that was heard before it went: no reading of now, whatever its quality was then.
    if (held.time > 0 && isAway(this.#options.devices.get(held.info.device))) return "stale";
    const { filling, live } = this.#options.link;
    if (held.time > 0 && !((live || filling) && held.proven)) return "unproven";
    return quality === "uncertain" ? "uncertain" : "";
  }

  #write(held: HeldSeries, { host, number, unit }: ValueNodes): void {
    // Not heard and not known to be missing either: nothing stands there until the snapshot has come.
    const unread = held.time === 0 && !held.proven;
    const text = unread ? nothing : held.text;
    if (!unread) number.expect?.(held.format.room);
    if (unit) {
      write(number, text.number);
      write(unit, text.unit === "" ? "" : `${thin}${text.unit}`);
    } else write(number, joined(text));
    mark(host, "data-mark", this.markOf(held));
    if (!host) return;
    if (held.value === null && !unread) host.setAttribute("data-missing", "");
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

  /** A device's status changed: what its values are marked with may have, too. */
  statusChanged(device: string): void {
    for (const held of this.#options.values.of(device)) this.changed(held);
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

  #writeSpan({ node, time }: { readonly time: number; readonly node: Written }): void {
    write(node, time > 0 ? duration(this.#options.link.asOf() - time) : "");
  }

  #writeAge({ exact, host, node, of }: AgeSlot): void {
    const age = exact
      ? this.#lastReadingOf(of)
      : "device" in of
        ? this.deviceAge(of.device)
        : this.#seriesAgeOf(of.series);
    write(node, age.text);
    mark(host, "data-age", age.tone);
  }

  #lastReadingOf(of: AgeSlot["of"]): Age {
    const { primary, values } = this.#options;
    const held = "device" in of ? primary(of.device) : values.get(of.series);
    return held && held.time > 0 ? this.#ageOf(held, exactAgeOf) : { text: missing, tone: "plain" };
  }

  #seriesAgeOf(series: number): Age {
    const held = this.#options.values.get(series);
    return held ? this.#ageOf(held) : { text: "", tone: "plain" };
  }

  #ageOf(held: HeldSeries, say: (facts: AgeFacts) => Age = ageOf): Age {
    const { link } = this.#options;
    if (held.time === 0) return { text: "", tone: "plain" };
    const [quality, why] = splitQuality(held.quality);
    return say({
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
    if (isAway(entry)) {
      const age = entry.statusTime > 0 ? coarse(link.asOf() - entry.statusTime) : "";
      return { text: words.offline(age), tone: "stale" };
    }
    const held = primary(device);
    if (held && held.time > 0) return this.#ageOf(held);
    if (entry.status !== "unknown") return { text: "", tone: "plain" };
    // It did report once, before it fell silent or before the hub started: never say that it never did.
    if (entry.statusReason === "silent" && entry.statusTime > 0)
      return { text: words.stale(coarse(link.asOf() - entry.statusTime)), tone: "stale" };
    const text = entry.statusReason === "restart" ? words.notYetHeard : words.neverReported;
    return { text, tone: "stale" };
  }
}
