/**
 * Work for the screen, within 4 ms of each frame.
 *
 * Values are written device by device, because a device's values change together; what does not fit stays dirty for
 * the next frame. When 30 frames in a row were too full, values are fetched half as often, and the page says so.
 */
import type { Timers } from "../data/clock.ts";

const budgetMs = 4;
const fullFrames = 30;
/** Once this many frames in a row had room to spare, the rate is doubled again. */
const easyFrames = 300;
const slowest = 4;

/** Schedules frames; the browser's `requestAnimationFrame`, or a test's. */
export type Frames = (act: () => void) => () => void;

export class FrameLoop {
  readonly #timers: Timers;
  readonly #frames: Frames;
  readonly #jobs = new Map<string, () => void>();
  readonly #onFrame: () => void;
  readonly #onSlower: () => void;
  #cancel: (() => void) | null = null;
  #full = 0;
  #easy = 0;
  /** 1, 2 or 4: values are fetched at this fraction of their rate. */
  slowdown = 1;
  /** Frames that did not finish their work; shown on the status page. */
  overfull = 0;

  /** `onFrame`: called before anything is painted; `onSlower`: the slowdown changed. */
  constructor(
    timers: Timers,
    frames: Frames,
    { onFrame, onSlower }: { readonly onFrame: () => void; readonly onSlower: () => void },
  ) {
    this.#timers = timers;
    this.#frames = frames;
    this.#onFrame = onFrame;
    this.#onSlower = onSlower;
  }

  /** Queues work under a name; the same name replaces what was queued, so a frame never does a thing twice. */
  add(name: string, job: () => void): void {
    this.#jobs.set(name, job);
    this.#cancel ??= this.#frames(() => this.#frame());
  }

  /** Takes queued work back. */
  remove(name: string): void {
    this.#jobs.delete(name);
  }

  get idle(): boolean {
    return this.#jobs.size === 0;
  }

  #frame(): void {
    this.#cancel = null;
    this.#onFrame();
    const end = this.#timers.monotonic() + budgetMs;
    for (const [name, job] of this.#jobs) {
      this.#jobs.delete(name);
      job();
      if (this.#timers.monotonic() >= end) break;
    }
    this.#judge(this.#jobs.size > 0);
    if (this.#jobs.size > 0) this.#cancel ??= this.#frames(() => this.#frame());
  }

  #judge(overfull: boolean): void {
    if (overfull) {
      this.overfull += 1;
      this.#full += 1;
      this.#easy = 0;
      if (this.#full >= fullFrames) this.#change(Math.min(slowest, this.slowdown * 2));
      return;
    }
    this.#full = 0;
    this.#easy += 1;
    if (this.#easy >= easyFrames && this.slowdown > 1) this.#change(this.slowdown / 2);
  }

  #change(slowdown: number): void {
    this.#full = 0;
    this.#easy = 0;
    if (slowdown === this.slowdown) return;
    this.slowdown = slowdown;
    this.#onSlower();
  }

  dispose(): void {
    this.#cancel?.();
    this.#jobs.clear();
  }
}
