/** Time that stands still until a test moves it. */
import type { Timers } from "../../src/data/clock.ts";

interface Planned {
  readonly at: number;
  readonly act: () => void;
}

export class ManualTimers implements Timers {
  /** Wall clock minus monotonic clock, ms. */
  wall = 1_766_500_000_000 - 1000;
  #now = 1000;
  #planned: Planned[] = [];
  /** What `random` gives. */
  chance = 0;

  now(): number {
    return this.#now + this.wall;
  }

  monotonic(): number {
    return this.#now;
  }

  random(): number {
    return this.chance;
  }

  after(ms: number, act: () => void): () => void {
    const planned = { at: this.#now + ms, act };
    this.#planned.push(planned);
    return () => {
      this.#planned = this.#planned.filter((one) => one !== planned);
    };
  }

  /** Lets time pass; everything due runs at its own moment, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const due = this.#planned.filter((one) => one.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#planned = this.#planned.filter((one) => one !== due);
      this.#now = Math.max(this.#now, due.at);
      due.act();
    }
    this.#now = end;
  }

  /** Time passes without anything running: the computer works on something else. */
  burn(ms: number): void {
    this.#now += ms;
  }

  /** How many timers are armed. */
  get armed(): number {
    return this.#planned.length;
  }
}
