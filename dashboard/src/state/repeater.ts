/** Things that are done again and again, with an owner that ends them. */
import type { Timers } from "../data/clock.ts";

export class Repeater {
  readonly #timers: Timers;
  readonly #cancels = new Map<string, () => void>();

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Repeats until disposed; chained, so that slow turns never pile up. */
  every(name: string, ms: number, act: () => void): void {
    this.#cancels.set(
      name,
      this.#timers.after(ms, () => {
        act();
        this.every(name, ms, act);
      }),
    );
  }

  dispose(): void {
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
  }
}
