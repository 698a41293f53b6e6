/**
 * What this page is subscribed to, and how far each selection is known.
 *
 * One catalogue (`#` without metrics, with counts) and the devices on the screen, in lists of at most 256 exact ids.
 * After a reconnect a selection that did not change is resumed at its position; one that changed starts anew.
 */
import { type Subscription, subscribe, unsubscribe } from "../wire/commands.ts";
import type { HubFrame, Position } from "../wire/messages.ts";

const catalogueId = 1;
const firstVisibleId = 2;
/** Filters a subscription may hold. */
const mostFilters = 256;

/** One subscription as this page knows it. */
export interface Held {
  readonly id: number;
  devices: readonly string[];
  readonly catalogue: boolean;
  intervalMs: number;
  /** Complete up to here; null: nothing yet. */
  position: Position | null;
  channel: number | null;
  resumed: boolean;
  /** Asked for and not complete yet: snapshot pages are still coming. */
  filling: boolean;
  /** A pong with this number proves that a resumed selection has caught up. */
  provenBy: number;
}

type Channelled = Extract<HubFrame, { channel: number }>;

export class Subscriptions {
  readonly #send: (frame: string) => boolean;
  readonly #held = new Map<number, Held>();
  readonly #byChannel = new Map<number, Held[]>();
  #epoch = "";

  constructor(send: (frame: string) => boolean) {
    this.#send = send;
    this.#add(catalogueId, ["#"], true, 1000);
  }

  get all(): Iterable<Held> {
    return this.#held.values();
  }

  #add(id: number, devices: readonly string[], catalogue: boolean, intervalMs: number): Held {
    const held: Held = {
      id,
      devices,
      catalogue,
      intervalMs,
      position: null,
      channel: null,
      resumed: false,
      filling: true,
      provenBy: Number.POSITIVE_INFINITY,
    };
    this.#held.set(id, held);
    return held;
  }

  /** A new connection: everything is asked for again, from where it is known. */
  start(epoch: string): void {
    this.#epoch = epoch;
    this.#byChannel.clear();
    for (const held of this.#held.values()) this.#ask(held);
  }

  #ask(held: Held): void {
    held.channel = null;
    held.filling = true;
    held.resumed = false;
    held.provenBy = Number.POSITIVE_INFINITY;
    const asked: Subscription = held.catalogue
      ? { id: held.id, devices: held.devices, metrics: [], summary: true }
      : { id: held.id, devices: held.devices, interval_ms: held.intervalMs };
    this.#send(subscribe(held.position === null ? asked : { ...asked, since: held.position }));
  }

  /** Shows these devices; only lists that changed are asked for again. */
  show(devices: readonly string[], intervalMs: number): void {
    const chunks: (readonly string[])[] = [];
    for (let at = 0; at < devices.length; at += mostFilters)
      chunks.push(devices.slice(at, at + mostFilters));
    for (const [index, chunk] of chunks.entries())
      this.#replace(firstVisibleId + index, chunk, intervalMs);
    for (const id of [...this.#held.keys()])
      if (id >= firstVisibleId + chunks.length) this.#end(id);
  }

  #replace(id: number, devices: readonly string[], intervalMs: number): void {
    const held = this.#held.get(id);
    if (held && held.intervalMs === intervalMs && same(held.devices, devices)) return;
    this.#leave(held);
    this.#ask(this.#add(id, devices, false, intervalMs));
  }

  #end(id: number): void {
    this.#leave(this.#held.get(id));
    this.#held.delete(id);
    this.#send(unsubscribe(id));
  }

  #leave(held: Held | undefined): void {
    if (held?.channel == null) return;
    const others = (this.#byChannel.get(held.channel) ?? []).filter((one) => one !== held);
    if (others.length > 0) this.#byChannel.set(held.channel, others);
    else this.#byChannel.delete(held.channel);
  }

  /** The hub granted a subscription. */
  granted(frame: Extract<HubFrame, { type: "subscribed" }>, nextPing: number): Held | undefined {
    const held = this.#held.get(frame.id);
    if (!held) return undefined;
    this.#leave(held);
    held.channel = frame.channel;
    held.resumed = frame.resumed;
    held.provenBy = nextPing;
    // Not resumed: what was known of this selection is no place to resume from any more.
    if (!frame.resumed) held.position = null;
    this.#byChannel.set(frame.channel, [...(this.#byChannel.get(frame.channel) ?? []), held]);
    return held;
  }

  /** Those a frame is for; none for a channel this page left. */
  of(frame: Channelled): readonly Held[] {
    return this.#byChannel.get(frame.channel) ?? [];
  }

  /**
   * Notes how far a frame brings its channel.
   *
   * Devices, series and statuses that come before the snapshot carry its sequence, but the values are still to come:
   * they are no place to resume from.
   */
  advance(frame: Channelled): void {
    for (const held of this.of(frame)) {
      if (frame.type === "snapshot") {
        held.position = frame.position;
        held.filling = frame.more;
      } else if (frame.type === "data" || frame.type === "quality") {
        if (held.filling && !held.resumed) continue;
        held.position = `${this.#epoch}:${frame.seq}`;
      } else if ("seq" in frame && !held.filling) held.position = `${this.#epoch}:${frame.seq}`;
    }
  }

  /** Resumed selections that this pong proves complete. */
  provenBy(pong: number): readonly Held[] {
    const proven = [...this.#held.values()].filter(
      (held) => held.channel !== null && held.resumed && held.filling && pong >= held.provenBy,
    );
    for (const held of proven) held.filling = false;
    return proven;
  }

  /** Everything asked for is complete. */
  get complete(): boolean {
    for (const held of this.#held.values()) if (held.filling) return false;
    return true;
  }
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((device, index) => device === b[index]);
}
