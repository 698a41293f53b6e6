/** The wall against a real hub: it fills, values change, numbers stay put, retained is not live, addresses are views. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Broker } from "../support/broker.ts";
import { leave, openBrowser, visit } from "../support/browser.ts";
import { Device } from "../support/device.ts";
import { Hub } from "../support/hub.ts";
import { card, eventually, isLive, mainNumber, order, untilLive } from "../support/screen.ts";
import { acceptance } from "../support/services.ts";
import { shiftsOf, watchShifts } from "../support/shifts.ts";

acceptance("the wall", () => {
  let broker: Broker;
  let hub: Hub;
  let browser: Browser;
  let device: Device;
  const pages: Page[] = [];
  const open = async (path: string): Promise<Page> => {
    const page = await visit(browser, hub.url + path);
    pages.push(page);
    return page;
  };

  beforeAll(async () => {
    [broker, browser] = await Promise.all([Broker.start(), openBrowser()]);
    device = await Device.connect(broker.port);
    device.say("site/archive/meter-1", { temperature: 12.5 }, { retain: true });
    hub = await Hub.start({ MQTT__URL: broker.url });
    device.every(300, (n) => device.say("site/hall/pump-1", { temperature: 20 + (n % 10) / 10 }));
    device.every(300, () => device.say("site/hall/pump-2", { temperature: 31.5, running: true }));
  });

  afterAll(async () => {
    await Promise.all(pages.map(leave));
    device?.leave();
    await browser?.close();
    await hub?.close();
    await broker?.close();
  });

  it("shows a device that nobody announced, and follows its values", async () => {
    const page = await open("/");
    await card(page, "pump-1").waitFor();
    const seen = new Set<string>();
    await eventually(async () => {
      seen.add(await mainNumber(card(page, "pump-1")));
      return seen.size;
    }).toBeGreaterThan(3);
    expect([...seen].every((text) => text === "" || /^2\d\.\d$/.test(text))).toBe(true);
    await eventually(() => card(page, "pump-1").locator(".age").textContent()).toBe("live");
    device.say("site/hall/pump-3", { temperature: 8.25 });
    await card(page, "pump-3").waitFor();
  });

  it("leaves nothing of another device in a row that is used again", async () => {
    for (let n = 0; n < 40; n += 1) {
      device.say(`site/rich/full-${n}`, { temperature: 20.5, humidity: 41, co2: 612, battery: 80 });
      device.say(`site/sparse/lone-${n}`, { level: 67.5 });
    }
    const page = await open("/?view=list");
    const shown = page.locator(".wall a[href]:visible");
    const labels = (name: string) =>
      shown.filter({ hasText: name }).locator(".sec .label").allTextContents();
    await eventually(async () => (await labels("full-")).some(Boolean)).toBe(true);
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
    await eventually(async () => (await labels("lone-")).length).toBeGreaterThan(20);
    expect((await labels("lone-")).filter(Boolean)).toEqual([]);
    expect((await labels("full-")).filter((text) => text === "Level")).toEqual([]);
  });

  it("never calls a value live that only a retained message knows", async () => {
    const page = await open("/");
    const meter = card(page, "meter-1");
    await eventually(() => mainNumber(meter)).toBe("12.5");
    await untilLive(page);
    await eventually(() => card(page, "pump-1").locator(".age").textContent()).toBe("live");
    await eventually(() => meter.locator(".why").textContent()).toBe("Retained, of unknown age");
    expect(await meter.locator(".age").textContent()).not.toContain("live");
    expect(await meter.locator(".one .num").getAttribute("data-mark")).toBe("uncertain");
  });

  it("keeps prefix, decimals and width when a value swings about 1,000 kW", async () => {
    const page = await open("/");
    // Its first value decides the decimals: 999.9 has one.
    const say = (power: number): void =>
      device.say("site/hall/incomer", { power: { value: power, unit: "kW" } });
    say(999.9);
    const incomer = card(page, "incomer");
    const number = incomer.locator(".one .num");
    await eventually(() => number.textContent()).toBe("999.9");
    const end = device.every(400, (n) => say(n % 2 ? 999.9 : 1000.1));
    // It has taken its room once it has been at its widest: from then on nothing of it moves.
    await eventually(() => number.textContent()).toBe("1,000.1");
    await watchShifts(page);
    const seen = new Map<string, { unit: string; left: number; width: number }>();
    await eventually(async () => {
      const [text, place] = await incomer.locator(".one").evaluate((one) => {
        const [digits, unit] = [one.querySelector(".num"), one.querySelector(".unit")];
        const { width } = one.getBoundingClientRect();
        const left = Math.round(unit?.getBoundingClientRect().left ?? 0);
        return [digits?.textContent ?? "", { unit: unit?.textContent ?? "", left, width }] as const;
      });
      if (text !== "") seen.set(text.trim(), place);
      return [...seen.keys()].sort();
    }).toEqual(["1,000.1", "999.9"]);
    const [first, second] = [...seen.values()];
    expect(first).toEqual(second);
    expect(first?.unit.trim()).toBe("kW");
    expect(await shiftsOf(page)).toEqual([]);

    await incomer.click();
    const row = page.locator(".metrics tr", { hasText: "Power" });
    await eventually(() => row.locator(".v").innerText()).toMatch(/^(999\.9|1,000\.1)/);
    await eventually(() => page.locator(".pick", { hasText: "Power" }).innerText()).toContain("kW");
    await page.getByRole("button", { name: "Table" }).click();
    const cells = page.locator(".chart-table td");
    await eventually(
      async () => (await cells.allInnerTexts()).filter((text) => /\d \W*kW|kW/.test(text)).length,
    ).toBeGreaterThan(0);
    const written = (await cells.allInnerTexts()).filter((text) => text.includes("kW"));
    expect(written.filter((text) => !/^(999\.\d|1,000\.\d)\s?kW$/.test(text.trim()))).toEqual([]);
    end();
  });

  it("opens every address in a fresh profile as the same view, without a token", async () => {
    const views = [
      "/?view=list&sort=name",
      "/?view=tiles&place=site%2Fhall",
      "/?q=pump-2&view=cards",
      "/d/site/hall/pump-2?m=temperature",
      "/status",
    ];
    for (const path of views) {
      const [one, other] = await Promise.all([open(path), open(path)]);
      const view = async (page: Page) => ({
        live: await isLive(page),
        address: page.url(),
        title: await page.title(),
        heading: await page.locator("h1").allInnerTexts(),
        pressed: await page.locator("[aria-pressed=true]").allInnerTexts(),
        names: await order(page),
      });
      await eventually(async () => {
        const [here, there] = await Promise.all([view(one), view(other)]);
        return here.live && JSON.stringify(here) === JSON.stringify(there) ? "same" : [here, there];
      }).toBe("same");
      expect(one.url()).toBe(hub.url + path);
      expect(one.url()).not.toMatch(/token|secret|key=/i);
      await leave(pages.pop());
      await leave(pages.pop());
    }
  });
});
