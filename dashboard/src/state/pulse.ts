/** Four times a second at most: the only pace at which signals change. What looks at every device has a slower one. */
import type { Timers } from "../data/clock.ts";

/** 4 Hz. */
const usualMs = 250;

export class Pulse {
  readonly #timers: Timers;
  readonly #everyMs: number;
  readonly #due = new Set<() => void>();
  #cancel: (() => void) | null = null;
  #last = Number.NEGATIVE_INFINITY;

  constructor(timers: Timers, everyMs = usualMs) {
    this.#timers = timers;
    this.#everyMs = everyMs;
  }

  /** Runs `task` at the next beat, once, however often it is asked for. At rest the next beat is now. */
  mark(task: () => void): void {
    this.#due.add(task);
    if (this.#cancel) return;
    const wait = Math.max(0, this.#last + this.#everyMs - this.#timers.monotonic());
    this.#cancel = this.#timers.after(wait, () => this.#beat());
  }

  #beat(): void {
    this.#cancel = null;
    this.#last = this.#timers.monotonic();
    const due = [...this.#due];
    this.#due.clear();
    for (const task of due) task();
  }

  dispose(): void {
    this.#cancel?.();
    this.#due.clear();
  }
}
