/** Time travel: the wall as it was, plainly not live; and back in the present with nothing left of the past. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { leave, phone, visit } from "../support/browser.ts";
import type { Device } from "../support/device.ts";
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
import { Stage } from "../support/stage.ts";

acceptance("time travel", () => {
  let stage: Stage;
  let page: Page;
  let device: Device;
  let warm = 0;

  const boiler = async () => {
    const cell = card(page, "boiler");
    return (await cell.count()) === 0 ? "" : mainNumber(cell);
  };

  beforeAll(async () => {
    stage = await Stage.open();
    device = await stage.device();
    page = await visit(stage.browser, `${stage.hub.url}/?view=cards`);
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

  afterAll(() => stage?.close());

  it("shows the wall as it was, marked as not live, and nothing of the present", async () => {
    await page.goto(`${stage.hub.url}/?view=cards&t=${warm + 500}&still=1`);
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

  it("goes to another moment by its date", async () => {
    const second = Math.floor(warm / 1000) * 1000;
    const local = second - new Date(second).getTimezoneOffset() * 60_000;
    await page.keyboard.press("r");
    const field = page.locator('input[type="datetime-local"]');
    await field.fill(new Date(local).toISOString().slice(0, 19));
    await page.keyboard.press("Enter");
    await eventually(() => new URL(page.url()).searchParams.get("t")).toBe(String(second));
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
    const small = await visit(stage.browser, `${stage.hub.url}/?t=${warm + 500}&still=1`, phone);
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
