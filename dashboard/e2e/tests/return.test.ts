/** The browser finds the hub again: each value is live once its own row has come, and not a moment sooner. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { visit } from "../support/browser.ts";
import { Cable, type Passed } from "../support/cable.ts";
import type { Device } from "../support/device.ts";
import { eventually, headline, unmarked, until, untilLive } from "../support/screen.ts";
import { acceptance } from "../support/services.ts";
import { Stage } from "../support/stage.ts";

const boxes = 60;
/** So many that what a device sends of itself makes more than one page of a snapshot (64 KiB). */
const counters = 45;
const lost = "This browser has lost the hub.";
/** A frame with readings in it. */
const rows = /"type":"(snapshot|data)".*"rows":\[\[/;

/** A value that lost its mark of doubt: `box-7 power`, and when, in Unix ms. */
interface Lifted {
  readonly value: string;
  readonly at: number;
}

/** For `page.evaluate`: notes from now on which value loses its doubt, and when. */
function noteLifted(): void {
  const lifted: Lifted[] = [];
  Object.assign(globalThis, { lifted });
  new MutationObserver((changes) => {
    for (const { oldValue, target } of changes) {
      const host = target as Element;
      if (oldValue !== "unproven" || host.getAttribute("data-mark")) continue;
      const name = host.closest("a")?.querySelector(".name")?.textContent ?? "";
      const label = host.closest(".one, .sec")?.querySelector(".label")?.textContent ?? "";
      lifted.push({ value: `${name} ${label.toLowerCase()}`, at: Date.now() });
    }
  }).observe(document.body, {
    subtree: true,
    attributes: true,
    attributeOldValue: true,
    attributeFilter: ["data-mark"],
  });
}

/** When each value's row first went to the browser: by the keys that this connection's `series` frames gave. */
function rowsIn(passed: readonly Passed[]): ReadonlyMap<string, number> {
  const names = new Map<number, string>();
  const first = new Map<string, number>();
  for (const { at, text } of passed) {
    const frame = JSON.parse(text);
    if (frame.type === "series")
      for (const [key, device, metric] of frame.add)
        names.set(key, `${device.split("/").at(-1)} ${metric}`);
    if (frame.type !== "snapshot" && frame.type !== "data") continue;
    for (const [key] of frame.rows) {
      const value = names.get(key) ?? "";
      if (!first.has(value)) first.set(value, at);
    }
  }
  return first;
}

acceptance("a browser that finds the hub again", () => {
  let stage: Stage;
  let cable: Cable;
  let device: Device;
  let page: Page;
  let shown = 0;
  let ticks = 0;
  const lifted = (): Promise<Lifted[]> =>
    page.evaluate(() => (globalThis as unknown as { lifted: Lifted[] }).lifted);
  const lose = async (): Promise<void> => {
    cable.cut();
    await eventually(() => headline(page)).toBe(lost);
    await eventually(() => unmarked(page)).toBe(0);
    await page.evaluate(noteLifted);
    // Every value changes while the browser is away: each has a row to wait for.
    const before = ticks;
    await eventually(() => ticks).toBeGreaterThan(before + 1);
  };

  beforeAll(async () => {
    stage = await Stage.open();
    cable = await Cable.open(stage.hub.port);
    device = await stage.device();
    const more = Array.from({ length: counters }, (_, index) => `counter_${index}`);
    device.every(1000, (n) => {
      ticks = n;
      const counted = Object.fromEntries(more.map((name) => [name, n]));
      for (let box = 0; box < boxes; box += 1)
        device.say(`rack/shelf/box-${box}`, {
          temperature: 20 + ((n + box) % 10) / 10,
          humidity: 40 + ((n + box) % 20),
          power: 700 + ((n + box) % 50),
          voltage: 230 + ((n + box) % 5),
          ...counted,
        });
    });
    page = await visit(stage.browser, `${cable.url}/?view=cards`, {
      viewport: { width: 1440, height: 2600 },
    });
    await untilLive(page);
    await until(async () => {
      shown = await unmarked(page);
      return shown >= 4 * boxes;
    }, "every card has its four values");
  });

  afterAll(async () => {
    await cable?.close();
    await stage?.close();
  });

  it("lifts the doubt of those values alone whose rows have come", async () => {
    await lose();
    const passed = cable.listen();
    cable.mend();
    cable.holdAfter(rows);
    // The first page has come, the others wait in the cable: what is live is what that page brought.
    await eventually(async () => (await lifted()).length).toBeGreaterThan(0);
    const arrived = rowsIn(passed);
    const onScreen = new Set(
      await page
        .locator(".wall a[href]")
        .evaluateAll((cells) =>
          cells.flatMap((cell) =>
            [...cell.querySelectorAll(".one, .sec")].map(
              (place) =>
                `${cell.querySelector(".name")?.textContent} ${place.querySelector(".label")?.textContent?.toLowerCase()}`,
            ),
          ),
        ),
    );
    const due = [...arrived.keys()].filter((value) => onScreen.has(value)).sort();
    expect(due.length).toBeGreaterThan(0);
    expect(due.length).toBeLessThan(shown);
    await eventually(async () => (await lifted()).map(({ value }) => value).sort()).toEqual(due);
    expect(await headline(page)).toBe("Connected. Catching up…");
    expect(await unmarked(page)).toBe(due.length);
    cable.mend();
    await eventually(() => unmarked(page)).toBe(shown);
    const all = rowsIn(passed);
    const early = (await lifted()).filter(({ at, value }) => at < (all.get(value) ?? at));
    expect(early).toEqual([]);
  });

  it("is fresh all over again soon after it has the hub's word", async () => {
    await lose();
    const passed = cable.listen();
    cable.mend();
    await untilLive(page);
    await eventually(() => unmarked(page)).toBe(shown);
    const arrived = rowsIn(passed);
    const back = await lifted();
    expect(back.length).toBeGreaterThanOrEqual(shown);
    expect(back.filter(({ at, value }) => at < (arrived.get(value) ?? at))).toEqual([]);
    const welcomed = passed.find(({ text }) => text.includes('"type":"welcome"'))?.at ?? 0;
    const took = Math.max(...back.map(({ at }) => at)) - welcomed;
    // How long depends on the machine, so it is told and not asserted; the design's aim is 2 s.
    process.stdout.write(`${shown} values are live again ${took} ms after the hub's welcome\n`);
  });
});
