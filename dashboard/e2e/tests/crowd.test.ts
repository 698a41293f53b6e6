/** Thousands of devices, no mouse, and a slow line: focus is never lost, and what is left out is counted. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { leave, visit } from "../support/browser.ts";
import { Cable } from "../support/cable.ts";
import { load } from "../support/hub.ts";
import type { Running } from "../support/process.ts";
import { card, eventually, headline, mainNumber, strip, untilLive } from "../support/screen.ts";
import { acceptance } from "../support/services.ts";
import { Stage } from "../support/stage.ts";

const devices = 2500;

/** Where the keyboard is: what has focus, and whether it can be seen. */
function focused(): { tag: string; name: string; seen: boolean } {
  const one = document.activeElement;
  const box = one?.getBoundingClientRect();
  return {
    tag: one?.tagName.toLowerCase() ?? "",
    name: one?.querySelector(".name")?.textContent ?? one?.getAttribute("aria-label") ?? "",
    seen: box !== undefined && box.bottom > 88 && box.top < window.innerHeight,
  };
}

acceptance("a crowd of devices", () => {
  let stage: Stage;
  let crowd: Running;
  let page: Page;

  beforeAll(async () => {
    stage = await Stage.open();
    crowd = load(stage.broker.url, { devices, metrics: 20, rate: 500, seconds: 600 });
  });

  afterAll(async () => {
    await crowd?.stop();
    await stage?.close();
  });

  it("can be walked through without a mouse, and focus never falls on the page itself", async () => {
    page = await visit(stage.browser, `${stage.hub.url}/?view=list`);
    await untilLive(page);
    await eventually(async () =>
      Number((await page.locator(".strip .chip").first().innerText()).replace(/\D/g, "")),
    ).toBe(devices);
    const where = () => page.evaluate(focused);
    const inWall = () => page.evaluate(() => document.activeElement?.closest(".wall") !== null);
    for (let step = 0; step < 120 && !(await inWall()); step += 1) {
      await page.keyboard.press("Tab");
      expect((await where()).tag).not.toBe("body");
    }
    expect(await inWall()).toBe(true);
    const first = (await where()).name;
    for (const key of [
      ...Array(60).fill("PageDown"),
      ...Array(20).fill("ArrowDown"),
      "PageUp",
      "j",
      "k",
    ]) {
      await page.keyboard.press(key);
      expect(await where()).toMatchObject({ tag: "a", seen: true });
    }
    expect((await where()).name).not.toBe(first);
    await page.keyboard.press("End");
    await eventually(where).toMatchObject({ tag: "a", seen: true });
    const last = (await where()).name;
    // Scrolling the row away by other means must not drop the focus either.
    await page.evaluate(() => window.scrollTo(0, 0));
    await eventually(() => page.evaluate(() => window.scrollY)).toBe(0);
    expect(await where()).toMatchObject({ tag: "a", name: last });
    await page.keyboard.press("Home");
    await eventually(where).toMatchObject({ tag: "a", name: first, seen: true });
  });

  it("does every journey by keys: open, back, search, palette, density, theme, pages", async () => {
    const tag = async () => (await page.evaluate(focused)).tag;
    const press = async (...keys: string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key);
    };
    await press("Enter");
    await page.locator(".ident h1").waitFor();
    await eventually(tag).not.toBe("body");
    await press("Escape");
    await page.locator(".wall").waitFor();
    await eventually(tag).not.toBe("body");
    await press("/");
    await page.keyboard.type("device-7");
    await eventually(() => page.url()).toContain("q=");
    await press("Escape", "Escape");
    await eventually(tag).not.toBe("body");
    await press("Control+k");
    await page.locator("dialog[open]").waitFor();
    await page.keyboard.type("status");
    await eventually(() => page.locator("dialog[open] [role=option]").count()).toBeGreaterThan(0);
    await press("Enter");
    await eventually(() => page.url()).toContain("/status");
    await eventually(tag).not.toBe("body");
    await press("g", "o");
    await page.locator(".wall").waitFor();
    await eventually(tag).not.toBe("body");
    const theme = await page.locator("html").getAttribute("data-theme");
    await press("t", "t");
    await eventually(() => page.locator("html").getAttribute("data-theme")).not.toBe(theme);
    await press("?");
    await page.locator("dialog[open]").waitFor();
    await press("Escape");
    await eventually(() => page.locator("dialog[open]").count()).toBe(0);
    await eventually(tag).not.toBe("body");
    await leave(page);
  });

  it("says on a slow line that it shows 1 of n, stays connected, and still brings the newest value", async () => {
    const cable = await Cable.open(stage.hub.port);
    const device = await stage.device();
    device.say("a-first/marker", { temperature: 1.5 });
    cable.slow(50_000);
    // Some hundred devices on the screen with twenty metrics each: more than the line carries.
    page = await visit(stage.browser, `${cable.url}/?view=list`, {
      viewport: { width: 1440, height: 3000 },
    });
    await eventually(() => card(page, "marker").count(), 60_000).toBe(1);
    const sockets = cable.sockets;
    const faster = load(stage.broker.url, { devices: 200, metrics: 20, rate: 1000, seconds: 600 });
    await eventually(() => strip(page), 60_000).toMatch(/showing 1 of \d+ readings/);
    device.say("a-first/marker", { temperature: 77.5 });
    await eventually(() => mainNumber(card(page, "marker")), 60_000).toBe("77.5");
    expect(await headline(page)).toBe("");
    expect(cable.sockets).toBe(sockets);
    await faster.stop();
    device.leave();
    await leave(page);
    await cable.close();
  }, 200_000);
});
