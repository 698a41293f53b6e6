/** Which devices are on the screen, and the subscription that follows. */
import type { Timers } from "../data/clock.ts";
import type { Viewport } from "./dashboard.ts";

/** Calls within this time become one. */
const coalesceMs = 30;
/** What scrolled away stays subscribed so long: scrolling back shows values at once. */
const lingerMs = 5000;
/** Lingering ones are let go beyond one list of filters. */
const mostDevices = 256;

export interface ViewportOptions {
  readonly timers: Timers;
  /** Devices to subscribe to, in a stable order, and the shortest interval anyone asked for. */
  readonly onChange: (devices: readonly string[], intervalMs: number) => void;
}

export class ViewportState implements Viewport {
  readonly #options: ViewportOptions;
  readonly #owners = new Map<
    string,
    { readonly devices: ReadonlySet<string>; readonly intervalMs: number }
  >();
  /** Devices that scrolled away, and when. */
  readonly #left = new Map<string, number>();
  #cancel: (() => void) | null = null;
  #cancelLinger: (() => void) | null = null;
  #sent = "";
  /** What the subscription covers. */
  #watched: ReadonlySet<string> = new Set();

  constructor(options: ViewportOptions) {
    this.#options = options;
  }

  /** Whether a device's values are subscribed to: what is held of others may be long out of date. */
  watches(device: string): boolean {
    return this.#watched.has(device);
  }

  show(owner: string, devices: readonly string[], intervalMs: number): void {
    this.#replace(owner, { devices: new Set(devices), intervalMs });
  }

  hide(owner: string): void {
    if (this.#owners.has(owner)) this.#replace(owner, null);
  }

  #replace(
    owner: string,
    next: { readonly devices: ReadonlySet<string>; readonly intervalMs: number } | null,
  ): void {
    const before = this.#owners.get(owner)?.devices ?? new Set<string>();
    if (next) this.#owners.set(owner, next);
    else this.#owners.delete(owner);
    const now = this.#options.timers.monotonic();
    for (const device of before) if (!next?.devices.has(device)) this.#left.set(device, now);
    this.#cancel ??= this.#options.timers.after(coalesceMs, () => this.#send());
  }

  #send(): void {
    this.#cancel = null;
    const now = this.#options.timers.monotonic();
    const shown = new Set<string>();
    for (const { devices } of this.#owners.values()) for (const one of devices) shown.add(one);
    const union = new Set(shown);
    for (const [device, at] of [...this.#left].reverse()) {
      if (shown.has(device) || now - at >= lingerMs) this.#left.delete(device);
      else if (union.size < mostDevices) union.add(device);
    }
    if (this.#left.size > 0) {
      this.#cancelLinger?.();
      this.#cancelLinger = this.#options.timers.after(lingerMs, () => this.#send());
    }
    const intervals = [...this.#owners.values()].map((one) => one.intervalMs);
    const intervalMs = Math.min(1000, ...intervals);
    // Sorted: the same set is the same selection, which a reconnect can resume.
    const devices = [...union].sort();
    const said = `${intervalMs}\n${devices.join("\n")}`;
    if (said === this.#sent) return;
    this.#sent = said;
    this.#watched = union;
    this.#options.onChange(devices, intervalMs);
  }

  dispose(): void {
    this.#cancel?.();
    this.#cancelLinger?.();
  }
}
