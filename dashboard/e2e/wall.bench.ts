/**
 * How smooth a full wall is: 1,000 devices at 10 Hz as tiles, on a computer four times slower than this one.
 *
 * `npm run bench:wall` prints frames per second, the main thread's share and what the page says of itself. It asserts
 * nothing about speed: that depends on the machine and on what else it does.
 */

import type { Browser, Page } from "playwright-core";
import { afterAll, it } from "vitest";
import { Broker } from "./support/broker.ts";
import { desktop, leave, openBrowser, visit } from "./support/browser.ts";
import { Hub, load } from "./support/hub.ts";
import type { Running } from "./support/process.ts";
import { strip, until, untilLive } from "./support/screen.ts";
import { acceptance } from "./support/services.ts";

const devices = 1000;
const slowdown = 4;
const seconds = Number(process.env["SECONDS"] ?? 20);
/** A desk, and a wall at 4K that shows most of them at once. */
const screens = {
  "1440 × 900": desktop,
  "3840 × 2160": { viewport: { width: 3840, height: 2160 } },
} as const;

/** Frames painted in so many ms. */
function frames(ms: number): Promise<number> {
  return new Promise((resolve) => {
    const start = performance.now();
    let count = 0;
    const next = (now: number): void => {
      count += 1;
      if (now - start < ms) requestAnimationFrame(next);
      else resolve((count * 1000) / (now - start));
    };
    requestAnimationFrame(next);
  });
}

acceptance("a full wall", () => {
  const running: { stop: () => Promise<void> }[] = [];
  let browser: Browser;

  afterAll(async () => {
    await browser?.close();
    for (const one of running.reverse()) await one.stop();
  });

  it("is measured", { timeout: 300_000 }, async () => {
    const broker = await Broker.start();
    running.push({ stop: () => broker.close() });
    const hub = await Hub.start({ MQTT__URL: broker.url });
    running.push({ stop: () => hub.close() });
    browser = await openBrowser();
    const crowd: Running = load(broker.url, {
      devices,
      rate: devices * 10,
      seconds: 4 * seconds + 120,
    });
    running.push(crowd);
    const rows: [string, Measured][] = [];
    for (const [name, screen] of Object.entries(screens))
      for (const factor of [1, slowdown]) {
        const page = await visit(browser, `${hub.url}/?view=tiles`, screen);
        await untilLive(page);
        await until(async () => (await page.locator(".wall .tile").count()) > 50, "a full wall");
        rows.push([`${name}, CPU ${factor} ×`, await measure(page, factor)]);
        await leave(page);
      }
    process.stdout.write(`\n${devices} devices × 10 Hz as tiles, ${seconds} s each\n`);
    for (const [name, { fps, said, shares }] of rows)
      process.stdout.write(
        `${name.padEnd(20)} ${fps.toFixed(1)} fps  ${shares.join("  ")}\n         ${said}\n`,
      );
  });
});

/** What a run came to: frames per second, shares of the main thread, and what the strip said. */
interface Measured {
  readonly fps: number;
  readonly shares: readonly string[];
  readonly said: string;
}

/** The browser's own accounts of the main thread, and what they are called here. */
const accounts = {
  TaskDuration: "main thread",
  ScriptDuration: "script",
  RecalcStyleDuration: "style",
  LayoutDuration: "layout",
} as const;

async function measure(page: Page, factor: number): Promise<Measured> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: factor });
  await devtools.send("Performance.enable", { timeDomain: "timeTicks" });
  const read = async () => {
    const { metrics } = await devtools.send("Performance.getMetrics");
    return new Map(metrics.map(({ name, value }) => [name, value]));
  };
  const before = await read();
  const fps = await page.evaluate(frames, seconds * 1000);
  const after = await read();
  const spent = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
  const shares = Object.entries(accounts).map(
    ([name, called]) => `${called} ${((spent(name) / spent("Timestamp")) * 100).toFixed(0)} %`,
  );
  return { fps, shares, said: (await strip(page)).slice(0, 110) };
}
