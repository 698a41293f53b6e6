/**
 * When readings could not reach this page, and why: what a hole in a chart is explained by.
 *
 * The page knows what it has lived through: it lost the hub, it was hidden, the hub lost its broker, a device was
 * offline. A hole that none of these covers is the device's own silence.
 */

/** Why nothing came, the highest cause first. */
export type OutageCause = "hub" | "hidden" | "broker" | "offline";
/** What else a hole may be: the device's silence, or from before this page listened. */
export type HoleCause = OutageCause | "silent" | "unknown";

/** A stretch without readings, in ms of the hub's time. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  /** It lasts: no reading has ended it. */
  readonly open: boolean;
}

/** How a device speaks. */
export interface Rhythm {
  /** Learnt by the hub, in ms; 0: none. */
  readonly cadenceMs: number;
  /** What is usual between two of the readings at hand, in ms. */
  readonly usual: number;
}

const causes: readonly OutageCause[] = ["hub", "hidden", "broker", "offline"];
/** Spans that are remembered: of the page itself, and of each device. */
const mostSpans = 200;
const mostOfDevice = 20;

interface Span {
  readonly cause: OutageCause;
  readonly from: number;
  /** Infinity while it lasts. */
  to: number;
}

export class Outages {
  readonly #page: Span[] = [];
  readonly #devices = new Map<string, Span[]>();
  #watched = Number.POSITIVE_INFINITY;

  /** The page hears the hub since a hub time, ms; only the first counts. */
  watchedSince(time: number): void {
    this.#watched = Math.min(this.#watched, time);
  }

  /** Something went wrong at a hub time, ms. It goes on if it did already. `device`: for that one alone. */
  begin(cause: OutageCause, from: number, device?: string): void {
    const spans = this.#spansOf(device) ?? [];
    if (spans.some((span) => span.cause === cause && span.to === Number.POSITIVE_INFINITY)) return;
    spans.push({ cause, from, to: Number.POSITIVE_INFINITY });
    if (spans.length > (device === undefined ? mostSpans : mostOfDevice)) spans.shift();
    if (device !== undefined) this.#devices.set(device, spans);
  }

  /** It is over since a hub time, ms. */
  end(cause: OutageCause, to: number, device?: string): void {
    for (const span of this.#spansOf(device) ?? [])
      if (span.cause === cause && span.to === Number.POSITIVE_INFINITY)
        span.to = Math.max(span.from, to);
  }

  /**
   * Why a device's readings of a stretch are missing.
   *
   * What is `usual` between two of its readings, in ms, needs no cause: an outage explains a hole when it covers the
   * rest. What no outage explains was the device's silence, if this page was there to hear it.
   */
  why(device: string, hole: Stretch, usual: number): HoleCause {
    const spans = [...this.#page, ...(this.#devices.get(device) ?? [])];
    const needed = hole.to - hole.from - usual;
    let [covered, largest, main] = [0, 0, null as OutageCause | null];
    for (const cause of causes) {
      const size = overlap(
        spans.filter((span) => span.cause === cause),
        hole,
      );
      if (size > 0 && size >= needed) return cause;
      covered += size;
      if (size <= largest) continue;
      largest = size;
      main = cause;
    }
    // Several in a row: the longest is named.
    if (main !== null && covered >= needed) return main;
    return hole.open || hole.from >= this.#watched ? "silent" : "unknown";
  }

  /**
   * Whether readings of a stretch are missing, rather than that there were none.
   *
   * Of a device without a rhythm, because it speaks when something changes, silence is no hole: its last value holds.
   */
  isHole(device: string, stretch: Stretch, { cadenceMs, usual }: Rhythm): boolean {
    return cadenceMs > 0 || this.why(device, stretch, usual) !== "silent";
  }

  #spansOf(device: string | undefined): Span[] | undefined {
    return device === undefined ? this.#page : this.#devices.get(device);
  }
}

function overlap(spans: readonly Span[], hole: Stretch): number {
  return spans.reduce(
    (sum, { from, to }) => sum + Math.max(0, Math.min(to, hole.to) - Math.max(from, hole.from)),
    0,
  );
}
