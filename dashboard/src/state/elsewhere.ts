/**
 * Devices off the screen that are stale or uncertain, and search results only the hub can give.
 *
 * The page holds series only of what it shows; for the rest it asks the HTTP API, whose search speaks the same grammar.
 */
import type { Timers } from "../data/clock.ts";

/** Devices a page of the answer may hold. */
const pageSize = 10_000;
const mostPages = 10;
const askEveryMs = 5000;

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
}

/** Which devices the hub counts as stale or uncertain; asked again when its counts change. */
export class Elsewhere {
  readonly #options: ElsewhereOptions;
  #stale: ReadonlySet<string> = new Set();
  #uncertain: ReadonlySet<string> = new Set();
  #counts = "0/0";
  #asking = false;
  #again = false;
  #cancel: (() => void) | null = null;

  constructor(options: ElsewhereOptions) {
    this.#options = options;
  }

  of(device: string): "stale" | "uncertain" | null {
    if (this.#stale.has(device)) return "stale";
    return this.#uncertain.has(device) ? "uncertain" : null;
  }

  /** Devices that are stale by the hub's word. */
  get stale(): ReadonlySet<string> {
    return this.#stale;
  }

  /** The hub's counts came. */
  counted(stale: number, uncertain: number): void {
    const counts = `${stale}/${uncertain}`;
    if (counts === this.#counts) return;
    this.#counts = counts;
    if (this.#asking || this.#cancel) {
      this.#again = true;
      return;
    }
    void this.#ask();
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    const [stale, uncertain, bad] = await Promise.all(
      ["quality:stale", "quality:uncertain", "quality:bad"].map(this.#options.ask),
    );
    this.#asking = false;
    if (stale) this.#stale = new Set(stale);
    if (uncertain || bad) this.#uncertain = new Set([...(uncertain ?? []), ...(bad ?? [])]);
    this.#cancel = this.#options.timers.after(askEveryMs, () => {
      this.#cancel = null;
      if (!this.#again) return;
      this.#again = false;
      void this.#ask();
    });
    if (stale || uncertain || bad) this.#options.onChange();
  }

  dispose(): void {
    this.#cancel?.();
  }
}
