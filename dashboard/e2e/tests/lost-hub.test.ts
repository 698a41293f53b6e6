/** The browser loses the hub, sleeps, or has a wrong clock: what is not proven live is never shown as live. */
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { desktop, leave, visit } from "../support/browser.ts";
import { Cable } from "../support/cable.ts";
import { wrongClock } from "../support/clock.ts";
import type { Device } from "../support/device.ts";
import {
  ages,
  card,
  eventually,
  headline,
  isLive,
  order,
  strip,
  unmarked,
  untilLive,
} from "../support/screen.ts";
import { acceptance } from "../support/services.ts";
import { Stage } from "../support/stage.ts";

/**
 * What a page shows once it paints anything after its clock has jumped, as on waking; until then the screen is what it
 * was before the sleep. Also how long that took, in ms.
 */
function paintAfterWaking(
  jumpMs: number,
): Promise<{ live: string | null; unmarked: number; tookMs: number }> {
  return new Promise((resolve) => {
    const start = performance.now();
    const observer = new MutationObserver(() => {
      observer.disconnect();
      const values = [...document.querySelectorAll(".wall a[href]:not(.is-quiet) .num")];
      resolve({
        live: document.documentElement.getAttribute("data-live"),
        unmarked: values.filter((one) => one.textContent && !one.getAttribute("data-mark")).length,
        tookMs: performance.now() - start,
      });
    });
    observer.observe(document.documentElement, {
      subtree: true,
      childList: true,
      attributes: true,
      characterData: true,
    });
    (globalThis as unknown as { setClock: (ms: number) => void }).setClock(jumpMs);
  });
}

const lost = "This browser has lost the hub.";

acceptance("a browser that loses the hub", () => {
  let stage: Stage;
  let cable: Cable;
  let device: Device;
  let page: Page;
  const open = async (path: string, aheadMs: number | null = null): Promise<Page> => {
    page = await visit(stage.browser, cable.url + path, desktop, async (fresh) => {
      if (aheadMs !== null) await wrongClock(fresh, aheadMs);
    });
    await untilLive(page);
    return page;
  };

  beforeAll(async () => {
    stage = await Stage.open();
    device = await stage.device();
    device.every(400, (n) => device.say("site/hall/pump-1", { temperature: 20 + (n % 10) / 10 }));
    device.every(400, (n) => device.say("site/hall/pump-2", { power: 700 + (n % 7) }));
    device.say("site/hall/valve-1", { position: 47 });
  });

  beforeEach(async () => {
    cable = await Cable.open(stage.hub.port);
  });

  afterEach(async () => {
    await leave(page);
    await cable.close();
  });

  afterAll(() => stage?.close());

  it("says so within 8 s of going offline, and calls nothing live from then on", async () => {
    await open("/?view=cards");
    await eventually(() => ages(page)).toContain("live");
    await page.evaluate(() => {
      const seen = { at: 0, since: performance.now() };
      Object.assign(globalThis, { seen });
      new MutationObserver(() => {
        const bold = document.querySelector(".strip .say b");
        if (seen.at === 0 && bold?.textContent?.includes("lost the hub"))
          seen.at = performance.now();
      }).observe(document.body, { subtree: true, childList: true, characterData: true });
    });
    // The browser is told that it is offline, and nothing passes any more.
    await page.context().setOffline(true);
    cable.freeze();
    await eventually(() => headline(page)).toBe(lost);
    const took = await page.evaluate(() => {
      const { seen } = globalThis as unknown as { seen: { at: number; since: number } };
      return seen.at - seen.since;
    });
    expect(took).toBeLessThan(8000);
    expect((await ages(page)).filter((age) => /live/i.test(age))).toEqual([]);
    expect(await unmarked(page)).toBe(0);
    expect(await page.locator("s.broken").count()).toBe(1);
    expect(await page.title()).toMatch(/^Not live: /);
    expect(await strip(page)).toMatch(
      /Everything below is as of .+ ago\. The plant may have changed since\./,
    );
  });

  it("lifts no value's doubt before that value's own row has come back", async () => {
    await open("/?view=cards");
    await eventually(() => unmarked(page)).toBeGreaterThanOrEqual(3);
    cable.cut();
    await eventually(() => headline(page)).toBe(lost);
    await eventually(() => unmarked(page)).toBe(0);
    // From here on the page notes when a value loses its mark.
    await page.evaluate(() => {
      const lifted: number[] = [];
      Object.assign(globalThis, { lifted });
      new MutationObserver((changes) => {
        for (const { oldValue, target } of changes)
          if (oldValue === "unproven" && !(target as Element).getAttribute("data-mark"))
            lifted.push(Date.now());
      }).observe(document.body, {
        subtree: true,
        attributes: true,
        attributeOldValue: true,
        attributeFilter: ["data-mark"],
      });
    });
    cable.mend();
    cable.holdAfter(/"type":"subscribed"/);
    const sockets = cable.sockets;
    await eventually(() => cable.sockets).toBeGreaterThan(sockets);
    await eventually(() => headline(page)).toBe("Connected. Catching up…");
    expect(await unmarked(page)).toBe(0);
    const released = Date.now();
    cable.mend();
    await untilLive(page);
    await eventually(() => unmarked(page)).toBeGreaterThanOrEqual(3);
    const lifted = await page.evaluate(
      () => (globalThis as unknown as { lifted: number[] }).lifted,
    );
    expect(lifted.length).toBeGreaterThanOrEqual(3);
    expect(Math.min(...lifted)).toBeGreaterThanOrEqual(released);
    expect(await headline(page)).toBe("");
  });

  it("finds the hub again after the hub itself was restarted", async () => {
    await open("/?view=cards");
    await eventually(async () => (await order(page)).length).toBe(3);
    const before = await order(page);
    await stage.hub.stop();
    await eventually(() => strip(page)).toMatch(/restarting|lost the hub/);
    await eventually(() => unmarked(page)).toBe(0);
    await stage.hub.start();
    await eventually(() => isLive(page), 60_000).toBe(true);
    await eventually(() => card(page, "pump-1").locator(".age").textContent()).toBe("live");
    expect((await order(page)).filter((name) => name.startsWith("pump"))).toEqual(
      before.filter((name) => name.startsWith("pump")),
    );
  });

  it("hatches everything in the first paint after a sleep, and until the hub has answered", async () => {
    await open("/?view=cards", 0);
    await eventually(() => unmarked(page)).toBeGreaterThanOrEqual(2);
    cable.freeze();
    const first = await page.evaluate(paintAfterWaking, 3_600_000);
    expect(first).toMatchObject({ live: "no", unmarked: 0 });
    expect(first.tookMs).toBeLessThan(2000);
    expect(await headline(page)).toMatch(/Catching up…|lost the hub/);
    cable.mend();
    await untilLive(page);
    await eventually(() => unmarked(page)).toBeGreaterThanOrEqual(2);
    // The computer's clock is an hour ahead now; ages are still the hub's.
    expect(await card(page, "pump-1").locator(".age").textContent()).toBe("live");
  });

  it("shows the hub's time and ages on a computer whose clock is 10 min ahead, and says so once", async () => {
    const ahead = 10 * 60_000;
    await open("/?view=cards", ahead);
    expect(await page.evaluate(() => Date.now() - performance.timeOrigin)).toBeGreaterThan(
      ahead - 5000,
    );
    await eventually(() => card(page, "pump-1").locator(".age").textContent()).toBe("live");
    const notice = "This computer's clock is 10 min ahead of the hub. Times shown are the hub's.";
    await eventually(() => strip(page)).toContain(notice);
    const offClock = async () => {
      const [text, now] = [await page.locator(".clock").innerText(), new Date()];
      const [hours = 0, minutes = 0, seconds = 0] = text.split(/[: ]/).map(Number);
      const shown = (hours * 60 + minutes) * 60 + seconds;
      const true_ = (now.getHours() * 60 + now.getMinutes()) * 60 + now.getSeconds();
      return Math.abs(shown - true_);
    };
    await eventually(offClock).toBeLessThan(5);
    await page.getByRole("button", { name: "Understood" }).click();
    await eventually(() => strip(page)).not.toContain("clock");
    cable.cut();
    await eventually(() => headline(page)).toBe(lost);
    cable.mend();
    await untilLive(page);
    await eventually(() => page.locator(".strip .chip").count()).toBeGreaterThan(0);
    expect(await strip(page)).not.toContain("clock");
    // The newest row of a chart's table is of the hub's now, not of this computer's.
    await card(page, "pump-1").click();
    await page.getByRole("button", { name: "Table" }).click();
    await eventually(() => page.locator(".chart-table tbody tr").count()).toBeGreaterThan(0);
    const times = await page
      .locator(".chart-table tbody tr th, .chart-table tbody tr td:first-child")
      .allInnerTexts();
    const hub_ = new Date();
    const near = [0, 60_000].map((ago) =>
      new Date(hub_.getTime() - ago).toTimeString().slice(0, 5),
    );
    expect(times.some((time) => near.some((minute) => time.includes(minute)))).toBe(true);
  });
});
