/**
 * Devices off the screen that are stale or uncertain, and search results only the hub can give.
 *
 * The page holds series only of what it shows; for the rest it asks the HTTP API, whose search speaks the same grammar.
 */
import type { Timers } from "../data/clock.ts";

/** Devices a page of the answer may hold. */
const pageSize = 10_000;
const mostPages = 10;
/** It is asked at most this often, and at least as often as the second while anything is stale or uncertain. */
const askEveryMs = 5000;
const askAnywayMs = 30_000;

/** Asks the hub which devices match a query; null when it cannot say. */
export type AskDevices = (query: string) => Promise<readonly string[] | null>;

/** The HTTP API of the page's own hub. */
export function askOver(fetcher: typeof fetch, origin: string): AskDevices {
  return async (query) => {
    const found: string[] = [];
    let cursor = "";
    for (let page = 0; page < mostPages; page += 1) {
      const address = new URL("/api/v1/devices", origin);
      address.searchParams.set("q", query);
      address.searchParams.set("limit", String(pageSize));
      if (cursor !== "") address.searchParams.set("cursor", cursor);
      const read = await readPage(fetcher, address);
      if (read === null) return null;
      found.push(...read.devices);
      if (read.next === "") return found;
      cursor = read.next;
    }
    return found;
  };
}

interface Page {
  readonly devices: readonly string[];
  readonly next: string;
}

async function readPage(fetcher: typeof fetch, address: URL): Promise<Page | null> {
  try {
    const response = await fetcher(address, { headers: { accept: "application/json" } });
    if (!response.ok) return null;
    const body = (await response.json()) as { devices?: unknown; next?: unknown };
    if (!Array.isArray(body.devices)) return null;
    const devices = body.devices
      .map((row: unknown) => (row as { device?: unknown } | null)?.device)
      .filter((device): device is string => typeof device === "string");
    return { devices, next: typeof body.next === "string" ? body.next : "" };
  } catch {
    // Without an answer the page goes on with what it knows itself.
    return null;
  }
}

export interface ElsewhereOptions {
  readonly ask: AskDevices;
  readonly timers: Timers;
  readonly onChange: () => void;
  /** False while the page is hidden: what nobody sees is not asked for. */
  readonly visible: () => boolean;
}

/**
 * Which devices the hub counts as stale or uncertain.
 *
 * It is asked again when its counts of any place change, at most every 5 s. One device that recovers while another of
 * its place falls silent changes no count: so as long as there are any it is asked every half minute, too.
 */
export class Elsewhere {
  readonly #options: ElsewhereOptions;
  #stale: ReadonlySet<string> = new Set();
  #uncertain: ReadonlySet<string> = new Set();
  /** Counts that were told and not asked about yet. */
  #news = false;
  #any = false;
  #asking = false;
  #askedAt = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | null = null;

  constructor(options: ElsewhereOptions) {
    this.#options = options;
  }

  of(device: string): "stale" | "uncertain" | null {
    if (this.#stale.has(device)) return "stale";
    return this.#uncertain.has(device) ? "uncertain" : null;
  }

  /** The hub told counts: whether any place's changed, and whether anything is stale or uncertain at all. */
  counted({ any, changed }: { readonly changed: boolean; readonly any: boolean }): void {
    this.#any = any;
    if (changed) this.#news = true;
    this.#next();
  }

  /** The page is shown, or heard the hub again: what was told before may be over. */
  doubt(): void {
    this.#news = true;
    this.#next();
  }

  /** Plans the next question: soon after news, else when the answer has become old. */
  #next(): void {
    if (this.#asking) return;
    this.#cancel?.();
    this.#cancel = null;
    if (!this.#any && this.#stale.size + this.#uncertain.size === 0) return;
    const { timers } = this.#options;
    const due = this.#askedAt + (this.#news ? askEveryMs : askAnywayMs) - timers.monotonic();
    if (due <= 0) void this.#ask();
    else this.#cancel = timers.after(due, () => void this.#ask());
  }

  async #ask(): Promise<void> {
    const { ask, onChange, timers, visible } = this.#options;
    this.#cancel = null;
    // News are kept, and asked about once the page is shown.
    if (!visible()) return;
    this.#asking = true;
    this.#news = false;
    this.#askedAt = timers.monotonic();
    const [stale, uncertain, bad] = await Promise.all(
      ["quality:stale", "quality:uncertain", "quality:bad"].map(ask),
    );
    this.#asking = false;
    const before = this.#told();
    if (stale) this.#stale = new Set(stale);
    if (uncertain || bad) this.#uncertain = new Set([...(uncertain ?? []), ...(bad ?? [])]);
    if (this.#told() !== before) onChange();
    this.#next();
  }

  #told(): string {
    return JSON.stringify([[...this.#stale].sort(), [...this.#uncertain].sort()]);
  }

  dispose(): void {
    this.#cancel?.();
  }
}
