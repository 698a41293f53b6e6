/** The two live regions: what happened to the link, and what the reader's own action did. Never values. */
import { type ReadonlySignal, signal } from "@preact/signals";
import type { Timers } from "../data/clock.ts";
import type { Announcer } from "./dashboard.ts";

/** Alerts come at most this often; the newest of those held back is said. */
const alertEveryMs = 10_000;
const quietMs = 500;

export class AnnouncerState implements Announcer {
  readonly #timers: Timers;
  readonly #alert = signal("");
  readonly #status = signal("");
  #lastAlert = Number.NEGATIVE_INFINITY;
  #waiting = "";
  #cancelAlert: (() => void) | null = null;
  #cancelStatus: (() => void) | null = null;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  get alert(): ReadonlySignal<string> {
    return this.#alert;
  }

  get status(): ReadonlySignal<string> {
    return this.#status;
  }

  say(text: string): void {
    this.#cancelStatus?.();
    this.#cancelStatus = null;
    this.#status.value = text;
  }

  /** Says a text 500 ms after the last call: while someone types it stays silent. */
  saySoon(text: string): void {
    this.#cancelStatus?.();
    this.#cancelStatus = this.#timers.after(quietMs, () => this.say(text));
  }

  /** Link, broker and history, lost and back. */
  warn(text: string): void {
    this.#waiting = text;
    if (this.#cancelAlert) return;
    const wait = this.#lastAlert + alertEveryMs - this.#timers.monotonic();
    if (wait <= 0) this.#warnNow();
    else this.#cancelAlert = this.#timers.after(wait, () => this.#warnNow());
  }

  #warnNow(): void {
    this.#cancelAlert = null;
    this.#lastAlert = this.#timers.monotonic();
    this.#alert.value = this.#waiting;
  }

  dispose(): void {
    this.#cancelAlert?.();
    this.#cancelStatus?.();
  }
}
