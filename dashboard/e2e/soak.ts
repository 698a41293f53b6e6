/**
 * A page that stays open for long: `npm run soak -- 10` watches it for ten minutes of live data.
 *
 * The simulated demo fleet speaks through a real Mosquitto and hub to a desktop's wall, a phone's and a device page,
 * while devices of the test appear, vanish, come back, fall silent and count through the powers of ten. Printed are
 * the sum of the `layout-shift` entries with all that moved, and, each time after a garbage collection, the heap, the
 * nodes and the listeners: they must not grow with time, only with the fleet.
 *
 * V8 interprets here and compiles nothing: its machine code counts as heap and grows for an hour as one function after
 * the other becomes busy enough, 30 kB a minute that are no objects. `JIT=on` shows the heap with it.
 */
import type { Browser, CDPSession, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Broker } from "./support/broker.ts";
import { desktop, leave, openBrowser, phone, visit } from "./support/browser.ts";
import { Hub, simulate } from "./support/hub.ts";
import { counted, untilLive } from "./support/screen.ts";
import { acceptance } from "./support/services.ts";
import { type Shift, shiftsOf, sumOf, watchShifts } from "./support/shifts.ts";
import { Troubles } from "./support/troubles.ts";

const minutes = Number(process.env["MINUTES"] ?? 10);
const engine = process.env["JIT"] === "on" ? [] : ["--js-flags=--jitless"];
/** New devices take their places and charts get their first column in this time, in ms: the page is still filling. */
const fillingMs = 30_000;
const readEveryMs = Math.min(60_000, (minutes * 60_000) / 4);

/** The views that are watched: address and screen. */
const views = {
  "desktop, cards": ["/?view=cards", desktop],
  "desktop, list": ["/?view=list", desktop],
  "phone, list": ["/", phone],
  "device page": ["/d/soak/bench/counter", desktop],
} as const;

interface Reading {
  readonly minute: number;
  readonly heapBytes: number;
  readonly nodes: number;
  readonly listeners: number;
}

/** A watched page and what was read off it. */
class Watched {
  readonly name: string;
  readonly shifts: Shift[] = [];
  readonly readings: Reading[] = [];
  readonly page: Page;
  readonly #devtools: CDPSession;

  private constructor(name: string, page: Page, devtools: CDPSession) {
    this.name = name;
    this.page = page;
    this.#devtools = devtools;
  }

  static async begin(name: string, page: Page): Promise<Watched> {
    await watchShifts(page);
    return new Watched(name, page, await page.context().newCDPSession(page));
  }

  async read(minute: number): Promise<void> {
    this.shifts.push(...(await shiftsOf(this.page)));
    await this.#devtools.send("HeapProfiler.collectGarbage");
    const { usedSize } = await this.#devtools.send("Runtime.getHeapUsage");
    const { jsEventListeners, nodes } = await this.#devtools.send("Memory.getDOMCounters");
    this.readings.push({ minute, heapBytes: usedSize, nodes, listeners: jsEventListeners });
  }

  /** The table's rows, and a line for each thing that moved. */
  told(): string[] {
    const rows = this.readings.map(
      ({ heapBytes, listeners, minute, nodes }) =>
        `${this.name.padEnd(16)} ${minute.toFixed(1).padStart(6)} min ${(heapBytes / 1e6)
          .toFixed(2)
          .padStart(
            7,
          )} MB ${String(nodes).padStart(6)} nodes ${String(listeners).padStart(5)} listeners`,
    );
    const moved = this.shifts
      .filter(({ byReader }) => !byReader)
      .map((shift) => `  moved ${shift.value.toExponential(1)}: ${shift.moved.join("; ")}`);
    const name = this.name.padEnd(16);
    return [
      ...rows,
      `${name} heap grows by ${Math.round(this.growth() / 1000)} kB a minute in the second half`,
      `${name} layout shift ${sumOf(this.shifts)}`,
      ...moved,
    ];
  }

  /** Bytes of heap a minute in the second half: the slope of the line with the least squares. */
  growth(): number {
    const late = this.readings.slice(this.readings.length >> 1);
    const mean = (of: (reading: Reading) => number): number =>
      late.reduce((sum, reading) => sum + of(reading), 0) / late.length;
    const [minute, bytes] = [mean((one) => one.minute), mean((one) => one.heapBytes)];
    const over = mean((one) => (one.minute - minute) * (one.heapBytes - bytes));
    return over / mean((one) => (one.minute - minute) ** 2);
  }
}

const rest = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, Math.max(0, ms));
  });

acceptance("a page that stays open", () => {
  const ends: (() => Promise<void>)[] = [];
  let browser: Browser;
  let broker: Broker;
  let hub: Hub;

  beforeAll(async () => {
    [broker, browser] = await Promise.all([Broker.start(), openBrowser(...engine)]);
    ends.push(() => broker.close());
    hub = await Hub.start({ MQTT__URL: broker.url });
    ends.push(() => hub.close());
    const fleet = simulate("demo", broker.url);
    ends.push(() => fleet.stop());
  });

  afterAll(async () => {
    await browser?.close();
    for (const end of ends.reverse()) await end();
  });

  it(`moves nothing but numbers that grow and keeps its size for ${minutes} min`, {
    timeout: minutes * 60_000 + 300_000,
  }, async () => {
    const troubles = await Troubles.begin(broker.port);
    ends.push(async () => troubles.end());
    const pages = new Map<string, Page>();
    for (const [name, [path, screen]] of Object.entries(views)) {
      const page = await visit(browser, hub.url + path, screen);
      await untilLive(page);
      pages.set(name, page);
    }
    await rest(fillingMs);
    const watched: Watched[] = [];
    for (const [name, page] of pages) watched.push(await Watched.begin(name, page));
    const start = performance.now();
    const lasted = (): number => (performance.now() - start) / 60_000;
    const seen = { offline: 0, stale: 0 };
    for (let next = 0; lasted() < minutes; next += readEveryMs) {
      for (const one of watched) await one.read(lasted());
      while (performance.now() - start < Math.min(next + readEveryMs, minutes * 60_000)) {
        for (const state of ["offline", "stale"] as const)
          seen[state] = Math.max(
            seen[state],
            await counted(pages.get("desktop, cards") as Page, state),
          );
        await rest(500);
      }
    }
    for (const one of watched) await one.read(lasted());
    const { came, went } = troubles;
    const lines = watched.flatMap((one) => one.told());
    process.stdout.write(
      `\n${minutes} min; ${came} devices came, ${went} went; at most ${seen.offline} offline and ${seen.stale} stale at once\n${lines.join("\n")}\n`,
    );
    for (const page of pages.values()) await leave(page);
    expect(seen.offline).toBeGreaterThan(0);
    // On a card the unit follows its number when that takes more room than its kind usually does: nothing else moves.
    const moved = watched.flatMap(({ name, shifts }) =>
      shifts.flatMap((shift) =>
        shift.byReader ? [] : shift.moved.map((each) => `${name}: ${each}`),
      ),
    );
    expect(moved.filter((each) => !each.includes(": unit "))).toEqual([]);
  });
});
