/** The hub loses its broker: the page says so once, blames no device for it, and finds back by itself. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { visit } from "../support/browser.ts";
import type { Device } from "../support/device.ts";
import {
  ages,
  card,
  counted,
  eventually,
  headline,
  strip,
  unmarked,
  untilLive,
} from "../support/screen.ts";
import { acceptance } from "../support/services.ts";
import { Stage } from "../support/stage.ts";

acceptance("a hub that loses its broker", () => {
  let stage: Stage;
  let page: Page;
  const publish = async (): Promise<Device> => {
    const device = await stage.device();
    device.every(500, (n) => device.say("site/hall/pump-1", { temperature: 20 + (n % 10) / 10 }));
    device.every(500, () => device.say("site/hall/pump-2", { temperature: 31.5 }));
    return device;
  };

  beforeAll(async () => {
    stage = await Stage.open();
  });

  afterAll(() => stage?.close());

  it("names the broker, breaks the chain there, and lets nobody turn stale meanwhile", async () => {
    const device = await publish();
    page = await visit(stage.browser, `${stage.hub.url}/d/site/hall/pump-1`);
    // Both have a rhythm by now: without the broker they would be stale after 5 s.
    await eventually(() => page.locator(".facts").innerText()).toMatch(/normally every 0\.\d s/);
    await page.goto(`${stage.hub.url}/?view=cards`);
    await untilLive(page);
    await eventually(() => ages(page)).toEqual(["live", "live"]);
    expect(await counted(page, "stale")).toBe(0);
    device.leave();
    await stage.broker.stop();

    await eventually(() => headline(page)).toBe("The hub has lost its broker.");
    expect(await strip(page)).toMatch(
      /No device can reach it since .+ ago\. Values below are the last that arrived\./,
    );
    const legs = page.locator(".chain s");
    expect(await legs.first().getAttribute("class")).toBe("broken");
    expect(await legs.last().getAttribute("class")).toBe("");
    expect(await unmarked(page)).toBe(0);
    // Past every device's limit, and still nobody is called stale.
    await eventually(async () =>
      Number(/, (\d+) s ago/.exec(await strip(page))?.[1] ?? 0),
    ).toBeGreaterThanOrEqual(9);
    expect((await ages(page)).filter((age) => /stale|live/.test(age))).toEqual([]);
    const stale = await fetch(`${stage.hub.url}/api/v1/devices?q=quality:stale`);
    expect(((await stale.json()) as { devices: unknown[] }).devices).toEqual([]);
  });

  it("is live again once the broker is back, without a touch", async () => {
    await stage.broker.start();
    const device = await publish();
    await eventually(() => headline(page), 60_000).toBe("");
    await untilLive(page);
    await eventually(() => card(page, "pump-1").locator(".age").textContent()).toBe("live");
    expect(await counted(page, "stale")).toBe(0);
    device.leave();
  });
});
