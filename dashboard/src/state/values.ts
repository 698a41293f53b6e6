/** The newest values on the page's side, with their formatters. Nothing here is a signal. */
import { kindOf } from "../data/kinds.ts";
import { type Formatted, missing, SeriesFormat } from "../data/numbers.ts";
import { type FromWorker, flags, type SeriesInfo } from "../data/port.ts";
import type { Value } from "../wire/messages.ts";

type Batch = Extract<FromWorker, { t: "frame" }>;

/** A series as the page holds it. */
export class HeldSeries {
  info: SeriesInfo;
  format: SeriesFormat;
  value: Value = null;
  /** Unix ms; 0: no value yet. */
  time = 0;
  quality = "good";
  /** Heard, or known unchanged, on this connection. */
  proven = false;
  /** No longer in the hub's list; its last value stays. */
  gone = false;
  #text: Formatted = { number: missing, unit: "" };
  /** When a value came that was not put in words yet, hub time in ms; 0: none. */
  #came = 0;

  constructor(info: SeriesInfo) {
    this.info = info;
    this.format = makeFormat(info);
  }

  /** A value came at a hub time, ms. */
  take(value: Value, now: number): void {
    this.value = value;
    this.#came = now;
  }

  /** The value as it is shown. Made when it is read: a batch is taken in at once, but drawn over several frames. */
  get text(): Formatted {
    if (this.#came > 0) this.#text = this.format.take(this.value, this.#came);
    this.#came = 0;
    return this.#text;
  }
}

/** A quality without its reason, and the reason. */
export function splitQuality(quality: string): readonly [string, string] {
  const colon = quality.indexOf(":");
  return colon < 0 ? [quality, ""] : [quality.slice(0, colon), quality.slice(colon + 1)];
}

function makeFormat(info: SeriesInfo): SeriesFormat {
  const { datatype, facts, metric, unit } = info;
  const kind = kindOf({ metric, unit, datatype, deviceClass: facts.kind });
  return new SeriesFormat({ metric, unit, kind, datatype, deviceClass: facts.kind }, locale());
}

/** The reader's locale for digit grouping. */
export function locale(): string {
  return typeof navigator === "undefined" ? "en" : navigator.language || "en";
}

export class Values {
  readonly #series: (HeldSeries | undefined)[] = [];
  readonly #byDevice = new Map<string, Set<number>>();

  get(series: number): HeldSeries | undefined {
    return this.#series[series];
  }

  /** A device's series, in no order. */
  of(device: string): readonly HeldSeries[] {
    const found: HeldSeries[] = [];
    for (const id of this.#byDevice.get(device) ?? []) {
      const held = this.#series[id];
      if (held) found.push(held);
    }
    return found;
  }

  /** Takes series in; gives the devices they belong to. */
  introduce(add: readonly SeriesInfo[], remove: readonly number[]): ReadonlySet<string> {
    const devices = new Set<string>();
    for (const info of add) {
      this.#put(info);
      devices.add(info.device);
    }
    for (const id of remove) {
      const held = this.#series[id];
      if (!held) continue;
      held.gone = true;
      devices.add(held.info.device);
    }
    return devices;
  }

  #put(info: SeriesInfo): void {
    const held = this.#series[info.id];
    if (held) {
      const same = held.info.unit === info.unit && held.info.datatype === info.datatype;
      held.info = info;
      held.gone = false;
      if (!same) held.format = makeFormat(info);
      return;
    }
    this.#series[info.id] = new HeldSeries(info);
    const ids = this.#byDevice.get(info.device) ?? new Set();
    ids.add(info.id);
    this.#byDevice.set(info.device, ids);
  }

  /** Takes a batch in; calls `changed` for each series, and whether its quality changed. */
  take(batch: Batch, now: number, changed: (held: HeldSeries, judged: boolean) => void): void {
    const doubts = new Map(batch.doubts);
    for (const [index, id] of batch.keys.entries()) {
      const held = this.#series[id];
      if (!held) continue;
      const flag = batch.flag[index] ?? 0;
      held.take(decoded(flag, batch.value[index] ?? 0, batch.text), now);
      held.time = batch.time[index] ?? 0;
      const proven = (flag & flags.proven) !== 0;
      const quality = doubts.get(id) ?? held.quality;
      const judged = quality !== held.quality || proven !== held.proven;
      held.quality = quality;
      held.proven = proven;
      changed(held, judged);
    }
  }

  /** The connection ended: nothing is proven any more. */
  unprove(): void {
    for (const held of this.#series) if (held) held.proven = false;
  }
}

function decoded(flag: number, value: number, text: readonly string[]): Value {
  switch (flag & flags.typeMask) {
    case flags.number:
      return value;
    case flags.boolean:
      return value === 1;
    case flags.text:
      return text[value] ?? null;
    default:
      return null;
  }
}
