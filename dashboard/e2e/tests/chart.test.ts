/** The chart of a device: no line crosses a hole in its readings, and its cause is told, also before it is over. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { leave, visit } from "../support/browser.ts";
import { Cable } from "../support/cable.ts";
import type { Device } from "../support/device.ts";
import { eventually, headline, strip, untilLive } from "../support/screen.ts";
import { acceptance } from "../support/services.ts";
import { Stage } from "../support/stage.ts";

/** Minutes that a chart's table has a row for, oldest first, as hours and minutes. */
const minutes = (page: Page): Promise<string[]> =>
  page.locator(".chart-table tbody th").allInnerTexts();

/** Columns of the chart's canvas without a stroke, as runs of at least `least` px: `[from, to]`, shares of the width. */
function emptyRuns(least: number): [number, number][] {
  const canvas = document.querySelector<HTMLCanvasElement>(".chart canvas");
  const pen = canvas?.getContext("2d", { willReadFrequently: true });
  if (!canvas || !pen) return [];
  const { height, width } = canvas;
  const { data } = pen.getImageData(0, 0, width, height);
  const [red = 0, green = 0, blue = 0] = (
    getComputedStyle(document.documentElement)
      .getPropertyValue("--ink1")
      .match(/[0-9a-f]{2}/gi) ?? []
  ).map((part) => Number.parseInt(part, 16));
  const inked = (x: number): boolean => {
    // The line is drawn in the middle: axis labels at the edges are not looked at.
    for (let y = 8; y < height * 0.85; y += 1) {
      const at = (y * width + x) * 4;
      const near =
        Math.abs((data[at] ?? 0) - red) +
        Math.abs((data[at + 1] ?? 0) - green) +
        Math.abs((data[at + 2] ?? 0) - blue);
      // A line between two rows of pixels is half in each; its shade is fainter still.
      if (near < 60 && (data[at + 3] ?? 0) > 100) return true;
    }
    return false;
  };
  const runs: [number, number][] = [];
  let from = 0;
  for (let x = 0; x <= width; x += 1) {
    if (x < width && !inked(x)) continue;
    if (x - from >= least) runs.push([from / width, x / width]);
    from = x + 1;
  }
  return runs;
}

/** The line under the chart. */
const foot = async (page: Page): Promise<string> =>
  (await page.locator(".chart-foot span").first().textContent()) ?? "";

/** For how many seconds the strip says that something is lost. */
const awayFor = async (page: Page): Promise<number> =>
  Number(/, (\d+) s ago/.exec(await strip(page))?.[1] ?? 0);

acceptance("the chart of a device", () => {
  let stage: Stage;
  let device: Device;
  let page: Page;

  beforeAll(async () => {
    stage = await Stage.open();
    device = await stage.device();
  });

  afterAll(() => stage?.close());

  it("draws no line across minutes in which nothing was measured", async () => {
    // The device tells its own times: 12 to 8 minutes ago, a silence, then 4 minutes ago until now.
    const told = [...steps(12, 8, 40), ...steps(4, 0.2, 40)];
    device.say("site/hall/tank-1", { level: 50, ts: Date.now() - 12.1 * 60_000 });
    page = await visit(stage.browser, `${stage.hub.url}/d/site/hall/tank-1`);
    await untilLive(page);
    await page.locator(".metrics .v").first().waitFor();
    for (const ago of told) {
      device.say("site/hall/tank-1", { level: 50 + (ago % 1) * 10, ts: Date.now() - ago * 60_000 });
      // Each one is on the screen before the next, so that none is merged away.
      const value = page.locator(".metrics .v").first();
      const before = await value.textContent();
      await eventually(() => value.textContent(), 3000)
        .not.toBe(before)
        .catch(() => undefined);
    }
    // The device had spoken before this page was opened: only what the page has of it can begin now.
    expect(await page.locator(".chart-foot").innerText()).not.toContain("First reading");
    await page.getByRole("button", { name: "Table" }).click();
    await eventually(async () => (await minutes(page)).length).toBeGreaterThanOrEqual(6);
    await page.getByRole("button", { name: "Chart" }).click();
    await eventually(
      async () => (await page.evaluate(emptyRuns, 40)).length,
    ).toBeGreaterThanOrEqual(2);
    const gaps = (await page.evaluate(emptyRuns, 40)).filter(([from]) => from > 0.15);
    expect(gaps.some(([from, to]) => to - from > 0.15)).toBe(true);
    await page.getByRole("button", { name: "Table" }).click();
    await eventually(() => page.locator(".chart-table td[colspan]").allInnerTexts()).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^No reading from .+ to .+\. Before this page was opened\.$/),
      ]),
    );
  });

  it("says why readings are missing, while they are and afterwards", {
    // The hub takes its time before it asks a lost broker again: up to half a minute.
    timeout: 240_000,
  }, async () => {
    const cable = await Cable.open(stage.hub.port);
    const speak = (voice: Device): (() => void) =>
      voice.every(500, (n) => voice.say("site/hall/pump-1", { temperature: 20 + (n % 10) / 10 }));
    let hush = speak(device);
    const watcher = await visit(stage.browser, `${cable.url}/d/site/hall/pump-1`);
    await untilLive(watcher);
    await eventually(() => watcher.locator(".facts").innerText()).toMatch(/normally every 0\.\d s/);
    expect(await foot(watcher)).not.toContain("No reading");

    hush();
    await eventually(() => foot(watcher)).toMatch(/^No reading since .+\. The device is silent\.$/);
    hush = speak(device);
    await eventually(() => foot(watcher)).toMatch(
      /^No reading from .+ to .+\. The device was silent\.$/,
    );

    cable.cut();
    await eventually(() => headline(watcher)).toBe("This browser has lost the hub.");
    await eventually(() => foot(watcher)).toMatch(/ since .+\. This browser has lost the hub\./);
    await eventually(() => awayFor(watcher)).toBeGreaterThan(7);
    cable.mend();
    await untilLive(watcher);
    await eventually(() => foot(watcher)).toMatch(/ to .+\. This browser had lost the hub\. And 1/);

    hush();
    await stage.broker.kill();
    await eventually(() => foot(watcher)).toMatch(/ since .+\. The hub has lost its broker\./);
    await eventually(() => awayFor(watcher)).toBeGreaterThan(7);
    await stage.broker.start();
    // The device is back before the hub is, however busy the machine: what is missing is then the broker's doing alone.
    const returned = await stage.device();
    speak(returned);
    await eventually(() => headline(watcher), 60_000).toBe("");
    await eventually(() => foot(watcher)).toMatch(/ to .+\. The hub had lost its broker\. And 2/);
    await watcher.getByRole("button", { name: "Table" }).click();
    const told = async () =>
      (await watcher.locator(".chart-table td[colspan]").allInnerTexts()).map(
        (text) => text.split(". ")[1],
      );
    expect(await told()).toEqual([
      "The hub had lost its broker.",
      "This browser had lost the hub.",
      "The device was silent.",
    ]);
    returned.leave();
    await leave(watcher);
    await cable.close();
  });
});

/** Times in minutes before now, from `from` down to `to`. */
function steps(from: number, to: number, count: number): number[] {
  return Array.from({ length: count }, (_, n) => from + ((to - from) * n) / (count - 1));
}
