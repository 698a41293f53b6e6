/** Time travel: the wall as it was, plainly not live; and back in the present with nothing left of the past. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Broker } from "../support/broker.ts";
import { leave, openBrowser, phone, visit } from "../support/browser.ts";
import { Device } from "../support/device.ts";
import { Hub } from "../support/hub.ts";
import {
  ages,
  card,
  eventually,
  headline,
  isLive,
  mainNumber,
  unmarked,
  until,
  untilLive,
} from "../support/screen.ts";
import { acceptance } from "../support/services.ts";

acceptance("time travel", () => {
  let broker: Broker;
  let hub: Hub;
  let browser: Browser;
  let page: Page;
  let device: Device;
  let warm = 0;

  const boiler = async () => {
    const cell = card(page, "boiler");
    return (await cell.count()) === 0 ? "" : mainNumber(cell);
  };

  beforeAll(async () => {
    [broker, browser] = await Promise.all([Broker.start(), openBrowser()]);
    hub = await Hub.start({ MQTT__URL: broker.url });
    device = await Device.connect(broker.port);
    page = await visit(browser, `${hub.url}/?view=cards`);
    device.say("hall/boiler", { temperature: 20.5 });
    await until(async () => (await boiler()) === "20.5", "the first reading");
    warm = Date.now();
    // The moment that is travelled to lies between two readings.
    await page.waitForTimeout(1500);
    device.say("hall/boiler", { temperature: 90.5 });
    device.say("hall/newcomer", { temperature: 1.5 });
    await until(async () => (await boiler()) === "90.5", "the second reading");
    await until(async () => (await card(page, "newcomer").count()) === 1, "the newcomer");
  });

  afterAll(async () => {
    device?.leave();
    await leave(page);
    await browser?.close();
    await hub?.close();
    await broker?.close();
  });

  it("shows the wall as it was, marked as not live, and nothing of the present", async () => {
    await page.goto(`${hub.url}/?view=cards&t=${warm + 500}&still=1`);
    await eventually(() => headline(page)).toBe("Replay, not live.");
    await eventually(boiler).toBe("20.5");
    expect(await card(page, "newcomer").count()).toBe(0);
    device.say("hall/boiler", { temperature: 55.5 });
    await page.getByRole("button", { name: "Play", exact: true }).click();
    await eventually(boiler).toBe("90.5");
    await eventually(() => card(page, "newcomer").count()).toBe(1);
    expect(await isLive(page)).toBe(false);
    expect(await unmarked(page)).toBe(0);
    await eventually(() => ages(page)).toEqual([
      expect.stringMatching(/^read /),
      expect.stringMatching(/^read /),
    ]);
    expect(await page.title()).toBe("Replay: Overview");
  });

  it("goes to a moment by date with the keyboard alone", async () => {
    await page.keyboard.press("r");
    const field = page.locator('input[type="datetime-local"]');
    await field.focus();
    const shown = await field.inputValue();
    expect(shown.startsWith("20")).toBe(true);
    await page.keyboard.press("Enter");
    await eventually(() => page.url()).toContain("t=");
    await eventually(() => headline(page)).toBe("Replay, not live.");
  });

  it("lands in the true present", async () => {
    await eventually(() => page.locator(".strip .btn").count()).toBeGreaterThan(1);
    await page.keyboard.press("0");
    await untilLive(page);
    await eventually(boiler).toBe("55.5");
    expect(page.url()).not.toContain("t=");
    device.say("hall/boiler", { temperature: 56.5 });
    await eventually(boiler).toBe("56.5");
    await eventually(() => card(page, "boiler").locator(".age").textContent()).toBe("live");
  });

  it("fits a phone, with its time and its way back", async () => {
    const small = await visit(browser, `${hub.url}/?t=${warm + 500}&still=1`, phone);
    await eventually(() => small.locator(".strip .say").innerText()).toMatch(
      /^Replay: .*\d\d:\d\d/,
    );
    const wide = await small.evaluate(() => document.documentElement.scrollWidth);
    expect(wide).toBe(390);
    await small.getByRole("button", { name: "Live", exact: true }).click();
    await untilLive(small);
    await leave(small);
  });
});
