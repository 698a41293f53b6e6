/**
 * What the worker is asked to hand over, and when.
 *
 * Values are pulled: the next batch is asked for once this one is on the screen, and not before its time. A slow page
 * gets bigger batches, not more of them.
 */
import type { Timers } from "../data/clock.ts";
import type { TrendWindow } from "../data/port.ts";
import type { Port } from "./environment.ts";
import type { FrameLoop } from "./frame-loop.ts";
import type { Values } from "./values.ts";

/** What the page looks at is told again at most this often. */
const seeMs = 30;
const defaultIntervalMs = 250;

export interface DeliveryOptions {
  readonly timers: Timers;
  readonly port: Port;
  readonly loop: FrameLoop;
  readonly values: Values;
  /** Series with an open trend line. */
  readonly watched: () => ReadonlyMap<number, TrendWindow>;
}

export class Delivery {
  readonly #options: DeliveryOptions;
  #shown: readonly string[] = [];
  #intervalMs = defaultIntervalMs;
  #pulled = Number.NEGATIVE_INFINITY;
  #cancelPull: (() => void) | null = null;
  #cancelSee: (() => void) | null = null;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** Asks for the next batch now. */
  pull(): void {
    this.#cancelPull?.();
    this.#cancelPull = null;
    this.#pulled = this.#options.timers.monotonic();
    this.#options.port.post({ t: "next" });
  }

  /** Asks for the next batch once all of this one is drawn. */
  pullWhenDrawn(): void {
    const { loop, timers } = this.#options;
    loop.add("pull", () => {
      if (!loop.idle) {
        this.pullWhenDrawn();
        return;
      }
      const due = this.#pulled + this.#intervalMs * loop.slowdown;
      this.#cancelPull?.();
      this.#cancelPull = timers.after(Math.max(0, due - timers.monotonic()), () => this.pull());
    });
  }

  /** The screen shows other devices. */
  show(devices: readonly string[], intervalMs: number): void {
    this.#shown = devices;
    this.#intervalMs = intervalMs;
    this.#options.port.post({ t: "show", devices, intervalMs });
    this.seeSoon();
  }

  /** Series or trend lines on the screen changed. */
  seeSoon(): void {
    this.#cancelSee ??= this.#options.timers.after(seeMs, () => {
      this.#cancelSee = null;
      this.#see();
    });
  }

  #keys(): Uint32Array {
    const { values } = this.#options;
    return Uint32Array.from(
      this.#shown.flatMap((device) => values.of(device).map((one) => one.info.id)),
    );
  }

  #see(): void {
    const watched = this.#options.watched();
    this.#options.port.post({
      t: "see",
      keys: this.#keys(),
      trends: Uint32Array.from(watched.keys()),
      windows: [...watched.values()],
    });
  }

  /** Asks how the last hour of what is shown was. */
  askEvidence(): void {
    this.#options.port.post({ t: "evidence", keys: this.#keys() });
  }

  dispose(): void {
    this.#cancelPull?.();
    this.#cancelSee?.();
  }
}
