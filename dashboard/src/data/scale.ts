/**
 * The range a trend line's box stands for.
 *
 * It holds the data and the limits, at least the kind's least span, and zero where the kind has a zero base. It grows
 * at once and shrinks only after a minute in which less than 60 % of it was used: a line that rescales under the eye
 * shows events that never happened.
 */
import type { Kind } from "./kinds.ts";

const shrinkAfterMs = 60_000;
const wellUsed = 0.6;

/** What the range must hold. */
export interface Extent {
  readonly low: number;
  readonly high: number;
  /** Largest magnitude of the last 24 h. */
  readonly largest: number;
  readonly median: number;
}

export interface Range {
  readonly low: number;
  readonly high: number;
}

function leastSpan({ span }: Kind, extent: Extent): number {
  if (span.of === "unit") return span.span;
  const size = span.of === "max" ? extent.largest : Math.abs(extent.median);
  return span.share * size || Number.EPSILON;
}

/** The range that would be right if there had been none before. */
export function rangeFor(kind: Kind, extent: Extent): Range {
  let { low, high } = extent;
  if (kind.zero) {
    low = Math.min(low, 0);
    high = Math.max(high, 0);
  }
  const lacking = leastSpan(kind, extent) - (high - low);
  if (lacking <= 0) return { low, high };
  // With a zero base the span opens away from zero, else on both sides of the data.
  if (kind.zero && low === 0) return { low, high: high + lacking };
  if (kind.zero && high === 0) return { low: low - lacking, high };
  return { low: low - lacking / 2, high: high + lacking / 2 };
}

/** The range of one trend line over time. */
export class TrendScale {
  readonly #kind: Kind;
  #range: Range | null = null;
  #underusedSince = 0;

  constructor(kind: Kind) {
    this.#kind = kind;
  }

  /** The range that was drawn with last; null before. */
  get range(): Range | null {
    return this.#range;
  }

  /** The range to draw with, given what it must hold at hub time `now` in ms. */
  update(extent: Extent, now: number): Range {
    const wanted = rangeFor(this.#kind, extent);
    const held = this.#range;
    if (held === null) {
      this.#range = wanted;
      return wanted;
    }
    if (extent.low < held.low || extent.high > held.high) {
      this.#range = {
        low: Math.min(held.low, wanted.low),
        high: Math.max(held.high, wanted.high),
      };
      this.#underusedSince = 0;
    } else this.#maybeShrink(wanted, held, now);
    return this.#range ?? wanted;
  }

  #maybeShrink(wanted: Range, held: Range, now: number): void {
    if (wanted.high - wanted.low >= wellUsed * (held.high - held.low)) {
      this.#underusedSince = 0;
      return;
    }
    if (this.#underusedSince === 0) this.#underusedSince = now;
    else if (now - this.#underusedSince >= shrinkAfterMs) {
      this.#range = wanted;
      this.#underusedSince = 0;
    }
  }
}
