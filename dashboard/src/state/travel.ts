/** Time travel: the moment in the page's address, and where the hub says the replay is. */
import type { Timers } from "../data/clock.ts";
import type { Travel } from "../data/port.ts";
import type { ReplayFrame } from "../wire/messages.ts";

/** Fields of an address that name a moment. */
export const travelFields: ReadonlySet<string> = new Set(["t", "x", "still"]);

/** Speeds on offer; the hub takes 0.5 to 100. */
export const speeds = [1, 2, 10, 30, 100] as const;

/** The moment an address asks for (`t=<from>[/<to>]&x=<speed>`, Unix ms), or null for the present. */
export function parseTravel(search: string): Travel | null {
  const query = new URLSearchParams(search);
  const [from, to] = (query.get("t") ?? "").split("/").map(Number);
  if (from === undefined || !Number.isFinite(from) || from <= 0) return null;
  const speed = Number(query.get("x") ?? 1);
  const known = speed >= 0.5 && speed <= 100 ? speed : 1;
  const end = to !== undefined && Number.isFinite(to) && to > from ? { to } : {};
  return { from, speed: known, paused: query.get("still") === "1", ...end };
}

/** A query with another moment in it, or without one. */
export function travelQuery(search: string, travel: Travel | null): string {
  const query = new URLSearchParams(search);
  for (const name of travelFields) query.delete(name);
  if (travel !== null) {
    query.set("t", `${Math.round(travel.from)}${travel.to === undefined ? "" : `/${travel.to}`}`);
    if (travel.speed !== 1) query.set("x", String(travel.speed));
    if (travel.paused === true) query.set("still", "1");
  }
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}

/** Between two reports time goes on by itself, but never far: a hub that stalls must not be outrun. */
const trustedMs = 1000;

/** The time of then on this page. */
export class PastMoment {
  readonly #timers: Timers;
  #state: ReplayFrame | null = null;
  #at = 0;
  #told = 0;

  constructor(timers: Timers, from: number) {
    this.#timers = timers;
    this.#told = from;
    this.#at = timers.monotonic();
  }

  /** What the hub said last; null: nothing yet. */
  get state(): ReplayFrame | null {
    return this.#state;
  }

  take(state: ReplayFrame): void {
    this.#state = state;
    this.#told = state.now ?? this.#told;
    this.#at = this.#timers.monotonic();
  }

  now(): number {
    const { ended = null, loading = true, paused = true, speed = 1 } = this.#state ?? {};
    if (paused || loading || ended !== null) return this.#told;
    return this.#told + Math.min(trustedMs, this.#timers.monotonic() - this.#at) * speed;
  }
}
