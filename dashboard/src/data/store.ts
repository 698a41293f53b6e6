/**
 * The newest value of every series, by a number that outlives connections.
 *
 * Wire keys mean something on one connection only; they are mapped here once and never seen by the page.
 */

import type { Quality, SeriesRow, Value } from "../wire/messages.ts";
import { flags, type SeriesInfo } from "./port.ts";

const names = ["good", "uncertain", "bad", "stale"];

/** Bits for a quality, its reason left out. Unknown ones count as uncertain: never trust what is not understood. */
export function qualityFlag(quality: Quality): number {
  const colon = quality.indexOf(":");
  const index = names.indexOf(colon < 0 ? quality : quality.slice(0, colon));
  return (index < 0 ? 1 : index) << 2;
}

function typeFlag(value: Value): number {
  if (typeof value === "number") return flags.number;
  if (typeof value === "boolean") return flags.boolean;
  return value === null ? flags.none : flags.text;
}

/** Values ready to be handed to the page. */
export interface Batch {
  readonly keys: Uint32Array;
  readonly value: Float64Array;
  readonly time: Float64Array;
  readonly flag: Uint8Array;
  readonly text: readonly string[];
  readonly doubts: readonly (readonly [number, string])[];
  readonly n: number;
}

export class Store {
  readonly #ids = new Map<string, number>();
  readonly #infos: (SeriesInfo | undefined)[] = [];
  readonly #values: (Value | undefined)[] = [];
  readonly #times: number[] = [];
  readonly #qualities: Quality[] = [];
  readonly #proven: boolean[] = [];
  /** This connection's keys. */
  readonly #keys = new Map<number, number>();
  #wanted: ReadonlySet<number> = new Set();
  readonly #dirty = new Set<number>();
  readonly #doubted = new Set<number>();
  #readings = 0;

  get wanted(): ReadonlySet<number> {
    return this.#wanted;
  }

  info(id: number): SeriesInfo | undefined {
    return this.#infos[id];
  }

  /** A new connection: its keys are new, and no value has been heard on it yet. */
  reset(): void {
    this.#keys.clear();
    this.#proven.fill(false);
  }

  /** Introduces series; gives those that are new or changed. */
  introduce(rows: readonly SeriesRow[]): readonly SeriesInfo[] {
    const changed: SeriesInfo[] = [];
    // In the order of keys, which is the order a device itself named them in when it was first heard.
    const inOrder = [...rows].sort(([a], [b]) => a - b);
    for (const [key, device, metric, unit, datatype, facts = {}] of inOrder) {
      const name = `${device}\n${metric}`;
      let id = this.#ids.get(name);
      if (id === undefined) {
        id = this.#infos.length;
        this.#ids.set(name, id);
        this.#infos.push(undefined);
        this.#values.push(undefined);
        this.#times.push(0);
        this.#qualities.push("good");
        this.#proven.push(false);
      }
      this.#keys.set(key, id);
      const info: SeriesInfo = { id, device, metric, unit, datatype, facts };
      const held = this.#infos[id];
      if (held && sameInfo(held, info)) continue;
      this.#infos[id] = info;
      changed.push(info);
    }
    return changed;
  }

  /** Ends series; gives their ids. Their last values stay: a removed device is shown as it was. */
  retire(keys: readonly number[]): readonly number[] {
    const ids: number[] = [];
    for (const key of keys) {
      const id = this.#keys.get(key);
      this.#keys.delete(key);
      if (id !== undefined) ids.push(id);
    }
    return ids;
  }

  /** Takes a reading; gives its series, or −1 for a key nobody introduced. */
  read(key: number, time: number, value: Value, quality: Quality): number {
    const id = this.#keys.get(key);
    if (id === undefined) return -1;
    this.#values[id] = value;
    this.#times[id] = time;
    this.#doubt(id, quality);
    this.#proven[id] = true;
    this.#readings += 1;
    if (this.#wanted.has(id)) this.#dirty.add(id);
    return id;
  }

  /** Takes a quality that changed without a reading. */
  judge(key: number, quality: Quality): void {
    const id = this.#keys.get(key);
    if (id === undefined) return;
    this.#doubt(id, quality);
    this.#tell(id);
  }

  #tell(id: number): void {
    if (this.#wanted.has(id) && this.#values[id] !== undefined) this.#dirty.add(id);
  }

  #doubt(id: number, quality: Quality): void {
    if (this.#qualities[id] === quality) return;
    this.#qualities[id] = quality;
    this.#doubted.add(id);
  }

  /** All series of these devices are known as they are now: the hub said so. */
  prove(devices: ReadonlySet<string>): void {
    for (const id of this.#keys.values()) {
      if (this.#proven[id] || !devices.has(this.#infos[id]?.device ?? "")) continue;
      this.#proven[id] = true;
      this.#tell(id);
    }
  }

  /** Says which values the page wants; those new to it come with the next batch, with their qualities. */
  want(keys: ReadonlySet<number>): void {
    for (const id of keys) {
      if (this.#wanted.has(id) || this.#values[id] === undefined) continue;
      this.#dirty.add(id);
      this.#doubted.add(id);
    }
    this.#wanted = keys;
    for (const id of this.#dirty) if (!keys.has(id)) this.#dirty.delete(id);
  }

  get hasNews(): boolean {
    return this.#dirty.size > 0;
  }

  /** Gives what changed since the last batch and forgets that it did. */
  take(): Batch {
    const size = this.#dirty.size;
    const keys = new Uint32Array(size);
    const value = new Float64Array(size);
    const time = new Float64Array(size);
    const flag = new Uint8Array(size);
    const text: string[] = [];
    const doubts: [number, string][] = [];
    let index = 0;
    for (const id of this.#dirty) {
      const held = this.#values[id] ?? null;
      const quality = this.#qualities[id] ?? "good";
      keys[index] = id;
      time[index] = this.#times[id] ?? 0;
      flag[index] = typeFlag(held) | qualityFlag(quality) | (this.#proven[id] ? flags.proven : 0);
      if (typeof held === "string") value[index] = text.push(held) - 1;
      else value[index] = Number(held);
      if (this.#doubted.delete(id)) doubts.push([id, quality]);
      index += 1;
    }
    this.#dirty.clear();
    const n = this.#readings;
    this.#readings = 0;
    return { keys, value, time, flag, text, doubts, n };
  }
}

function sameInfo(a: SeriesInfo, b: SeriesInfo): boolean {
  return (
    a.unit === b.unit &&
    a.datatype === b.datatype &&
    a.facts.kind === b.facts.kind &&
    a.facts.name === b.facts.name &&
    a.facts.cadence_ms === b.facts.cadence_ms &&
    a.facts.settable === b.facts.settable
  );
}
