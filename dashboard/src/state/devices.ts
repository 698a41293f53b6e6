/** All devices the hub knows, in wall order: place, then natural name; what appears later, at the end of its place. */
import { deviceLabel } from "../data/labels.ts";
import { byPath, naturally } from "../data/natural.ts";
import type { DeviceRow, Status, StatusRow } from "../wire/messages.ts";

/** A device as the catalogue holds it. */
export interface DeviceEntry {
  readonly device: string;
  name: string;
  place: string;
  source: string;
  model: string;
  status: Status;
  /** Hub time at which the status began, ms; 0: none told. */
  statusTime: number;
  statusReason: string;
  /** Hub time at which it appeared while this page was open; 0: it was there before. */
  readonly added: number;
  /** The name it is ordered by; a later rename does not move it. */
  readonly orderName: string;
  /** The hub forgot it; it stays on the wall as offline. */
  gone: boolean;
}

function placeOf(device: string, place: string | null): string {
  return place ?? device.slice(0, Math.max(0, device.lastIndexOf("/")));
}

export class Devices {
  readonly #entries = new Map<string, DeviceEntry>();
  #order: readonly string[] | null = null;
  /** The hub has told all there are. */
  complete = false;

  get size(): number {
    return this.#entries.size;
  }

  get(device: string): DeviceEntry | undefined {
    return this.#entries.get(device);
  }

  get all(): Iterable<DeviceEntry> {
    return this.#entries.values();
  }

  /** Takes rows in; gives the devices that changed. `now`: hub time, ms. */
  add(rows: readonly DeviceRow[], now: number): readonly string[] {
    const changed: string[] = [];
    for (const [device, source, named, place, model] of rows) {
      const held = this.#entries.get(device);
      const name = named ?? deviceLabel(device);
      if (!held) this.#appear(device, name, placeOf(device, place), now);
      const entry = this.#entries.get(device);
      if (!entry) continue;
      const where = placeOf(device, place);
      const same =
        held !== undefined &&
        !entry.gone &&
        entry.source === source &&
        entry.name === name &&
        entry.place === where &&
        entry.model === (model ?? "");
      if (same) continue;
      if (entry.place !== where) this.#order = null;
      Object.assign(entry, { source, name, place: where, model: model ?? "", gone: false });
      changed.push(device);
    }
    return changed;
  }

  #appear(device: string, name: string, place: string, now: number): void {
    this.#entries.set(device, {
      device,
      name,
      place,
      source: "",
      model: "",
      status: null,
      statusTime: 0,
      statusReason: "",
      added: this.complete ? now : 0,
      orderName: name,
      gone: false,
    });
    this.#order = null;
  }

  /** The hub forgot these. */
  remove(devices: readonly string[]): void {
    for (const device of devices) {
      const entry = this.#entries.get(device);
      if (entry) entry.gone = true;
    }
  }

  /** Takes statuses in; gives the devices whose status changed. */
  status(rows: readonly StatusRow[]): readonly string[] {
    const changed: string[] = [];
    for (const [device, status, time, reason] of rows) {
      const entry = this.#entries.get(device);
      if (!entry) continue;
      const same =
        entry.status === status && entry.statusTime === time && entry.statusReason === reason;
      if (same) continue;
      entry.status = status;
      entry.statusTime = time;
      entry.statusReason = reason ?? "";
      if (status === null) entry.gone = true;
      changed.push(device);
    }
    return changed;
  }

  /** The list is whole. `present`: all there are, when it was told anew; others were forgotten meanwhile. */
  finish(present: readonly string[] | null): void {
    this.complete = true;
    if (present === null) return;
    const there = new Set(present);
    for (const entry of this.#entries.values()) if (!there.has(entry.device)) entry.gone = true;
  }

  /** Devices in wall order; the same array until a device appears or moves. */
  get order(): readonly string[] {
    this.#order ??= [...this.#entries.values()].sort(inWallOrder).map((entry) => entry.device);
    return this.#order;
  }

  /** How many devices speak each source, most first. */
  sources(): readonly (readonly [string, number])[] {
    const counts = new Map<string, number>();
    for (const { gone, source } of this.#entries.values())
      if (!gone) counts.set(source, (counts.get(source) ?? 0) + 1);
    return [...counts].sort(([a, n], [b, m]) => m - n || naturally(a, b));
  }
}

function inWallOrder(a: DeviceEntry, b: DeviceEntry): number {
  if (a.place !== b.place) return byPath(a.place, b.place);
  // 0 first: those that were there before, by name; then newcomers in order of appearance.
  if (a.added !== b.added) return a.added - b.added;
  return naturally(a.orderName, b.orderName) || naturally(a.device, b.device);
}
