/**
 * The made-up hub: a log with positions, the newest value of each series, and sessions that speak `hub.v1`.
 *
 * It keeps the promises a page relies on (order, resume, pause, summary) for a few clients and one machine.
 */

import type { Searchable } from "../src/data/matching.ts";
import type { QualityRow, ReadingRow, StatusRow, SummaryRow, Value } from "../src/wire/messages.ts";
import { type Device, type Metric, plant, statusOf } from "./plant.ts";

/** A series with its newest value. */
export interface Held {
  readonly key: number;
  readonly device: Device;
  readonly metric: Metric;
  time: number;
  value: Value;
  quality: string;
  /** Position of its last change. */
  changed: number;
  /** Position at which only its quality changed, or 0. */
  doubted: number;
  due: number;
}

/** What the hub does to its clients and itself, switched by `/dev/feed?…`. */
export interface Switches {
  broker: boolean;
  brokerSince: number;
  refuseUntil: number;
  readonly silent: Set<string>;
}

export class Hub {
  readonly epoch = Date.now().toString(36).slice(-4);
  readonly series: Held[] = [];
  readonly #byDevice = new Map<Device, Held[]>();
  readonly switches: Switches;
  seq = 1;
  readonly #started: number;

  constructor(now: number) {
    this.#started = now;
    this.switches = { broker: true, brokerSince: now, refuseUntil: 0, silent: new Set() };
    for (const device of plant) {
      const own: Held[] = [];
      this.#byDevice.set(device, own);
      for (const metric of device.metrics) {
        const held = this.#first(device, metric, now);
        this.series.push(held);
        own.push(held);
      }
    }
  }

  #first(device: Device, metric: Metric, now: number): Held {
    const age = { silent: 11 * 60_000, offline: 34 * 60_000, unknown: 26 * 3_600_000 };
    const old = age[device.fault as keyof typeof age];
    // A slow device sent its last reading some time ago, not at the moment the hub began.
    const time = old ? now - old : now - ((device.seed * 977) % 1) * metric.periodMs;
    return {
      key: 100 + this.series.length,
      device,
      metric,
      time: Math.round(time),
      value: metric.at(time / 1000, device.seed),
      quality: firstQuality(device, metric),
      changed: this.seq,
      doubted: 0,
      due: time + metric.periodMs,
    };
  }

  /** Reads every device that is due, and marks those silent for longer than three of their periods. */
  step(now: number): void {
    if (!this.switches.broker) return;
    this.seq += 1;
    for (const held of this.series) {
      if (isMute(held.device.fault)) continue;
      if (this.switches.silent.has(held.device.id)) this.#age(held, now);
      else if (now >= held.due) this.#read(held, now);
    }
  }

  #read(held: Held, now: number): void {
    held.time = now;
    held.value = held.metric.at(now / 1000, held.device.seed);
    held.quality = firstQuality(held.device, held.metric);
    held.changed = this.seq;
    held.due = now + held.metric.periodMs;
  }

  #age(held: Held, now: number): void {
    if (held.quality === "stale" || now - held.time < Math.max(15_000, 3 * held.metric.periodMs))
      return;
    held.quality = "stale";
    held.doubted = this.seq;
  }

  status(device: Device, now: number): StatusRow {
    const [status, age, reason] = statusOf(device);
    return [device.id, status, now === 0 ? this.#started - age : now - age, reason];
  }

  /** The status rows of all devices as they were when the hub began: none changes later. */
  statuses(): readonly StatusRow[] {
    return plant.map((device) => this.status(device, 0));
  }

  rows(held: readonly Held[], after: number): ReadingRow[] {
    return this.#heard(held)
      .filter((one) => one.changed > after)
      .sort((a, b) => a.changed - b.changed)
      .map((one) =>
        one.quality === "good"
          ? [one.key, one.time, one.value]
          : [one.key, one.time, one.value, one.quality],
      );
  }

  qualities(held: readonly Held[], after: number, now: number): QualityRow[] {
    return held
      .filter((one) => one.doubted > after)
      .map((one): QualityRow => [one.key, one.quality, now]);
  }

  /** Series that ever had a value. */
  #heard(held: readonly Held[]): readonly Held[] {
    return held.filter((one) => one.device.fault !== "unknown");
  }

  /** What `GET /devices?q=` searches. */
  searchable(device: Device, now: number): Searchable {
    const held = this.#byDevice.get(device) ?? [];
    const [, status] = this.status(device, now);
    return {
      device: device.id,
      name: device.name ?? device.id,
      place: device.place,
      source: device.source,
      model: device.model ?? "",
      status: status ?? "unknown",
      severity: null,
      tags: [],
      seen: Math.max(...held.map((one) => one.time)),
      series: this.#heard(held).map(({ metric, quality, value }) => ({
        metric: metric.name,
        unit: metric.unit,
        value,
        quality,
      })),
    };
  }

  /** Counts of every place, whole hub first. */
  summary(): SummaryRow[] {
    const places = new Map<string, number[]>();
    for (const device of plant) {
      const held = this.#byDevice.get(device) ?? [];
      const [status] = statusOf(device);
      // Each device counts once, by its worst cause.
      const causes = [
        status === "offline",
        status === "unknown",
        held.some((one) => one.quality === "stale"),
        held.some((one) => /^(uncertain|bad)/.test(one.quality)),
      ];
      const worst = causes.indexOf(true);
      const add = [1, ...causes.map((_, index) => Number(index === worst))];
      for (const path of ancestors(device.place)) {
        const sums = places.get(path) ?? [0, 0, 0, 0, 0, 0, 0, 0, 0];
        places.set(path, sums);
        add.forEach((n, index) => {
          sums[index] = (sums[index] ?? 0) + n;
        });
      }
    }
    return [...places]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, sums]) => [path, ...sums] as unknown as SummaryRow);
  }
}

function isMute(fault: Device["fault"]): boolean {
  return fault === "silent" || fault === "offline" || fault === "unknown" || fault === "retained";
}

function firstQuality(device: Device, metric: Metric): string {
  if (device.fault === "silent" || device.fault === "unknown") return "stale";
  if (device.fault === "retained") return "uncertain:retained";
  if (device.fault === "clock") return "uncertain:clock";
  if (device.fault === "sensor" && metric === device.metrics[0]) return "bad:sensor";
  return "good";
}

function ancestors(place: string): string[] {
  const levels = place.split("/");
  return ["", ...levels.map((_, index) => levels.slice(0, index + 1).join("/"))];
}
