/**
 * How many readings each one stands for that a slow link still shows.
 *
 * The hub merges readings for a client that cannot keep up. What came per second before the lag, over what comes per
 * second during it, is the honest `1 of n`.
 */

const windowMs = 10_000;

export class Slowness {
  /** Readings and when they came, of the last 10 s before a lag. */
  #before: { readonly at: number; readonly n: number }[] = [];
  #perSecond = 0;
  #behindSince: number | null = null;
  #shown = 0;

  /** A data frame stood for `n` readings and brought `rows`. `now`: monotonic ms. */
  sent(n: number, rows: number, now: number): void {
    if (this.#behindSince !== null) {
      this.#shown += rows;
      return;
    }
    this.#before.push({ at: now, n });
    const kept = this.#before.findIndex((one) => one.at > now - windowMs);
    if (kept > 0) this.#before = this.#before.slice(kept);
  }

  /** A catch-up page brought rows. */
  shown(rows: number): void {
    if (this.#behindSince !== null) this.#shown += rows;
  }

  /** The hub said that this client is behind, or has caught up. */
  lag(behind: boolean, now: number): void {
    if (!behind) {
      this.#behindSince = null;
      this.#before = [];
      return;
    }
    if (this.#behindSince !== null) return;
    const first = this.#before[0];
    const span = first ? Math.max(1000, now - first.at) : windowMs;
    // What came after the first frame came within the span; the first itself came before it.
    const readings = this.#before.slice(1).reduce((sum, one) => sum + one.n, 0);
    this.#perSecond = (1000 * readings) / span;
    this.#behindSince = now;
    this.#shown = 0;
  }

  /** At least 2 while behind, 1 otherwise. */
  oneOf(now: number): number {
    if (this.#behindSince === null) return 1;
    const expected = (this.#perSecond * (now - this.#behindSince)) / 1000;
    return Math.max(2, Math.round(expected / Math.max(1, this.#shown)));
  }
}
