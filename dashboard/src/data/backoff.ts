/** When to try again: full jitter between 0.5 s and a bound that doubles up to 30 s. */

const leastMs = 500;
const mostMs = 30_000;
const firstBoundMs = 1000;

/**
 * The pause before the next attempt, in ms.
 *
 * `failed`: attempts that failed in a row, from 0. `random` in 0…1. A thousand screens that lost one hub at once come
 * back spread out instead of together.
 */
export function retryDelay(failed: number, random: number): number {
  const bound = Math.min(mostMs, firstBoundMs * 2 ** Math.min(failed, 10));
  return leastMs + random * (bound - leastMs);
}

/** The pause a `bye` asked for, anywhere between its bounds. */
export function askedDelay([least, most]: readonly [number, number], random: number): number {
  return least + random * Math.max(0, most - least);
}
