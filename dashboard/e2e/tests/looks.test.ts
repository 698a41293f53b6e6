/** How the demo looks: no hue without an alarm, nothing moves by itself, room and reach at every size, axe-core clean. */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { desktop, leave, openBrowser, phone, themes, visit, zoomed } from "../support/browser.ts";
import { Demo } from "../support/hub.ts";
import { record, sideways, smallTargets } from "../support/layout.ts";
import { huesOf } from "../support/pixels.ts";
import { counted, eventually, order, untilLive } from "../support/screen.ts";
import { acceptance } from "../support/services.ts";
import { shiftsOf, sumOf, watchShifts } from "../support/shifts.ts";

/** Text smoothed in greys has no more chroma than the neutrals themselves. */
const mostChroma = 0.04;
const device = "/d/plant-north/utilities/chiller-1";
const addresses = ["/?view=cards", "/?view=list", "/?view=tiles", device, "/status"];

interface Violation {
  readonly id: string;
  readonly nodes: readonly {
    readonly target: readonly string[];
    readonly failureSummary?: string;
  }[];
}

acceptance("the look of the demo", () => {
  let demo: Demo;
  let browser: Browser;
  let axe: string;

  /** The page of an address, once what it shows is live. */
  const settle = async (page: Page, path: string): Promise<void> => {
    if (page.url() !== demo.url + path) await page.goto(demo.url + path);
    await untilLive(page);
    await page.locator("main h1, .wall").first().waitFor({ state: "attached" });
    if (path === device) await page.locator(".metrics .v").first().waitFor();
    else if (path === "/status") await page.locator(".status-page .panel").nth(2).waitFor();
    else await eventually(async () => (await order(page)).length).toBeGreaterThan(0);
  };
  const eachPage = async (
    page: Page,
    look: (path: string) => Promise<void>,
    paths: readonly string[] = addresses,
  ): Promise<void> => {
    for (const path of paths) {
      await settle(page, path);
      await look(path);
    }
    await leave(page);
  };

  const complaints = async (page: Page): Promise<string[]> => {
    await page.evaluate(axe);
    const violations = await page.evaluate(async () => {
      const { axe } = globalThis as unknown as {
        axe: { run: (options: object) => Promise<{ violations: Violation[] }> };
      };
      return (await axe.run({ resultTypes: ["violations"] })).violations;
    });
    return violations.map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .map(({ target }) => target.join(" "))
          .slice(0, 3)
          .join("; ")}`,
    );
  };

  beforeAll(async () => {
    const source = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
    [demo, browser, axe] = await Promise.all([
      Demo.start(),
      openBrowser(),
      readFile(source, "utf8"),
    ]);
  });

  afterAll(async () => {
    await browser?.close();
    await demo?.close();
  });

  it("fills the wall with the demo's fleet", async () => {
    // High enough for all of it: what is far below the screen does not exist in the page.
    const page = await visit(browser, `${demo.url}/?view=tiles`, {
      viewport: { width: 1440, height: 4000 },
    });
    await settle(page, "/?view=tiles");
    await eventually(async () => (await order(page)).length).toBeGreaterThanOrEqual(40);
    await eventually(() =>
      page
        .locator(".wall a[href] .num")
        .evaluateAll((all) => all.filter((one) => one.textContent).length),
    ).toBeGreaterThan(30);
    await leave(page);
  });

  for (const theme of ["light", "dark"] as const)
    it(`has no hue anywhere while nothing is in alarm, ${theme}`, async () => {
      const page = await visit(browser, demo.url + addresses[0], { ...desktop, ...themes[theme] });
      await eachPage(page, async (path) => {
        const hues = await huesOf(browser, await page.screenshot(), mostChroma);
        expect({ path, ...hues }).toMatchObject({ path, count: 0, first: "" });
      });
    });

  it("moves nothing and animates nothing in 20 s of live data", async () => {
    const page = await visit(browser, `${demo.url}/?view=cards`);
    await settle(page, "/?view=cards");
    // The fleet is complete once nobody new has come for a while: a new device does take its place.
    let [known, since] = [0, performance.now()];
    await eventually(async () => {
      const now = await counted(page, "devices");
      if (now !== known) [known, since] = [now, performance.now()];
      return performance.now() - since;
    }, 60_000).toBeGreaterThan(8000);
    await watchShifts(page);
    const seen = await page.evaluate(record, 20_000);
    expect(seen.frames).toBeGreaterThan(60);
    expect(seen.animations).toEqual([]);
    const shifts = await shiftsOf(page);
    // A unit follows its number when that takes more room than its kind usually does; nothing else may move.
    const moved = shifts.flatMap((shift) => shift.moved);
    expect(moved.filter((each) => !each.startsWith("unit "))).toEqual([]);
    expect(sumOf(shifts)).toBeLessThan(0.0001);
    // The browser does tell: what is pushed aside is noted.
    await page.locator(".tops").evaluate((tops) => {
      (tops as HTMLElement).style.marginTop = "40px";
    });
    await eventually(async () => sumOf(await shiftsOf(page))).toBeGreaterThan(0);
    await leave(page);
  });

  it("needs no sideways scrolling at 200 % zoom, and targets have at least 24 px", async () => {
    const page = await visit(browser, demo.url + addresses[0], zoomed);
    await eachPage(page, async (path) => {
      expect({ path, sideways: await page.evaluate(sideways) }).toEqual({ path, sideways: 0 });
      expect({ path, small: await page.evaluate(smallTargets, 24) }).toEqual({ path, small: [] });
    });
  });

  it("needs no sideways scrolling on a phone, and targets have at least 44 px", async () => {
    const page = await visit(browser, demo.url + addresses[0], phone);
    await eachPage(page, async (path) => {
      expect({ path, sideways: await page.evaluate(sideways) }).toEqual({ path, sideways: 0 });
      expect({ path, small: await page.evaluate(smallTargets, 44) }).toEqual({ path, small: [] });
    });
  });

  for (const [theme, media] of Object.entries(themes))
    it(`gives axe-core nothing to complain about, ${theme}`, async () => {
      for (const size of [desktop, phone]) {
        const page = await visit(browser, demo.url + addresses[0], { ...size, ...media });
        await eachPage(page, async (path) => {
          expect({ path, found: await complaints(page) }).toEqual({ path, found: [] });
        });
      }
    });

  it("gives axe-core nothing to complain about in palette, menu, keys, chain and origin", async () => {
    const page = await visit(browser, demo.url + device);
    await settle(page, device);
    const dialogs = [
      () => page.keyboard.press("Control+k"),
      () => page.keyboard.press("?"),
      () => page.locator(".who").click(),
      () => page.locator(".chain").click(),
      () => page.locator(".metrics .c-from button, .metrics .c-from a").first().click(),
    ];
    for (const open of dialogs) {
      await open();
      // Closed is not gone: until its element is, letter keys are still the dialog's.
      const dialog = page.locator("dialog, [role=dialog]");
      await dialog.first().waitFor();
      expect(await complaints(page)).toEqual([]);
      await page.keyboard.press("Escape");
      await eventually(() => dialog.count()).toBe(0);
    }
    await leave(page);
  });
});
