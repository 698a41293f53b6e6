/**
 * The hub's time on this computer.
 *
 * It is kept against the monotonic clock, so that setting this computer's clock changes nothing. The offset comes from
 * the answer with the shortest round trip of the last eight, as in NTP's clock filter (RFC 5905 §10).
 */

/** Timers and clocks, given from outside so that tests decide what time it is. */
export interface Timers {
  /** Wall clock, Unix ms. */
  now(): number;
  /** Monotonic clock, ms; comparable between page and worker. */
  monotonic(): number;
  /** Calls once after `ms`; gives what cancels it. */
  after(ms: number, act: () => void): () => void;
  /** 0 ≤ x < 1. */
  random(): number;
}

/** The browser's own. */
export const browserTimers: Timers = {
  now: () => Date.now(),
  monotonic: () => performance.timeOrigin + performance.now(),
  after: (ms, act) => {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};

const remembered = 8;

export class HubClock {
  #samples: { readonly rtt: number; readonly offset: number }[] = [];
  #offset: number;

  /** `offset`: what to believe until the hub has spoken. */
  constructor(offset: number) {
    this.#offset = offset;
  }

  /** Hub time − monotonic time, ms. */
  get offset(): number {
    return this.#offset;
  }

  /** The hub said `hubNow` in an answer that took `rtt` ms and arrived at monotonic time `arrived`. */
  answer(hubNow: number, rtt: number, arrived: number): void {
    this.#samples.push({ rtt, offset: hubNow + rtt / 2 - arrived });
    if (this.#samples.length > remembered) this.#samples.shift();
    let best = this.#samples[0];
    for (const sample of this.#samples) if (best && sample.rtt <= best.rtt) best = sample;
    if (best) this.#offset = best.offset;
  }

  /** The hub said `hubNow` unasked: good enough until there is an answer. */
  hint(hubNow: number, arrived: number): void {
    if (this.#samples.length === 0) this.#offset = hubNow - arrived;
  }

  /** After sleep nothing known before holds. */
  forget(): void {
    this.#samples = [];
  }
}

const jumpMs = 2000;
/** Asked at least once a second; asked later than this, the page stood still. */
const stillMs = 4000;

/**
 * Notices that nothing can be taken for granted any more: the computer slept or its clock was set (wall and monotonic
 * clock drift apart by more than 2 s), or the page stood still (a stopped process, a frozen tab, a debugger).
 */
export class JumpDetector {
  readonly #timers: Timers;
  #gap: number;
  #asked: number;

  constructor(timers: Timers) {
    this.#timers = timers;
    this.#asked = timers.monotonic();
    this.#gap = timers.now() - this.#asked;
  }

  /** True once after each jump. */
  check(): boolean {
    const monotonic = this.#timers.monotonic();
    const still = monotonic - this.#asked > stillMs;
    this.#asked = monotonic;
    const gap = this.#timers.now() - monotonic;
    const jumped = Math.abs(gap - this.#gap) > jumpMs;
    if (jumped) this.#gap = gap;
    return jumped || still;
  }
}
