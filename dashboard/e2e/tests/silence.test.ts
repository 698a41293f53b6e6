/** Devices that fall silent or go: who is marked, what the list does under a pointer, and that nothing changes place. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { leave, visit } from "../support/browser.ts";
import { Cable } from "../support/cable.ts";
import type { Device } from "../support/device.ts";
import {
  ages,
  card,
  counted,
  eventually,
  headline,
  isLive,
  order,
  until,
  untilLive,
} from "../support/screen.ts";
import { acceptance } from "../support/services.ts";
import { Stage } from "../support/stage.ts";

/** Each in a place of its own: five of one place would be one row. */
const places = ["north", "south", "east", "west", "harbour", "campus", "field", "depot"];

/** For `page.evaluate`: from now on names that the attention list has twice are kept for {@link twice}. */
function watchTwice(): void {
  const seen = new Set<string>();
  const look = (): void => {
    const names = [...document.querySelectorAll(".rows .name")].map(
      (name) => name.textContent ?? "",
    );
    for (const [index, name] of names.entries()) if (names.indexOf(name) < index) seen.add(name);
  };
  new MutationObserver(look).observe(document.body, {
    subtree: true,
    childList: true,
    characterData: true,
  });
  Object.assign(globalThis, { listedTwice: seen });
}

function twice(): string[] {
  return [...(globalThis as unknown as { listedTwice: Set<string> }).listedTwice];
}

acceptance("devices that fall silent", () => {
  let stage: Stage;
  let cable: Cable;
  let page: Page;
  let steady: Device;
  const mortal = new Map<string, Device>();

  /** A device with a will, at its place, that is heard. */
  const revive = async (place: string): Promise<void> => {
    const topic = `${place}/pump-${place}`;
    const device = await stage.device({
      topic: `${topic}/status`,
      payload: "offline",
    });
    device.say(`${topic}/status`, "online");
    device.say(topic, { temperature: 40.5 });
    mortal.set(place, device);
  };
  const vanish = (place: string): void => mortal.get(place)?.vanish();
  /** All of them go offline, or come back; it is over once the page has counted them. */
  const turn = async (round: number): Promise<void> => {
    const device = await stage.device();
    const isDown = round % 2 === 0;
    for (const place of places) {
      device.say(`${place}/pump-${place}/status`, isDown ? "offline" : "online");
      if (!isDown) device.say(`${place}/pump-${place}`, { temperature: 40 + round });
    }
    await eventually(() => counted(page, "offline")).toBe(isDown ? places.length : 0);
    device.leave();
  };
  const rows = (): Promise<{ name: string; y: number }[]> =>
    page.locator(".rows li").evaluateAll((items) =>
      items.map((item) => ({
        name: item.querySelector(".name")?.textContent ?? "",
        y: Math.round(item.getBoundingClientRect().y),
      })),
    );

  beforeAll(async () => {
    stage = await Stage.open();
    cable = await Cable.open(stage.hub.port);
    steady = await stage.device();
    for (const n of [1, 2, 3])
      steady.every(500, () => steady.say(`hall/fan-${n}`, { temperature: 20.5 + n }));
    await Promise.all(places.map(revive));
    // High enough for every card: those far below the screen do not exist in the page.
    page = await visit(stage.browser, `${cable.url}/?view=cards`, {
      viewport: { width: 1440, height: 2600 },
    });
    await untilLive(page);
    const all = places.length + 3;
    await until(async () => (await order(page)).length === all, "every device is on the wall");
  });

  afterAll(async () => {
    await cable?.close();
    await stage?.close();
  });

  it("marks the one that stopped, and says how often it normally speaks", async () => {
    const height = async () => (await page.locator(".strip").boundingBox())?.height;
    const before = await height();
    const other = await stage.device();
    const stop = other.every(500, () => other.say("hall/fan-4", { temperature: 30.5 }));
    await card(page, "fan-4").waitFor();
    // Eight intervals teach the hub its rhythm; the device page says when it is learnt.
    const watcher = await visit(stage.browser, `${stage.hub.url}/d/hall/fan-4`);
    await eventually(() => watcher.locator(".facts").innerText()).toMatch(/normally every 0\.\d s/);
    await leave(watcher);
    stop();
    await eventually(() => card(page, "fan-4").locator(".age").textContent()).toMatch(/^stale · /);
    // Ages are written once a second, reasons when the card is drawn again: either may come first.
    await eventually(() => card(page, "fan-4").locator(".why").textContent()).toMatch(
      /^(new · )?Silent since .+, normally every 0\.\d s$/,
    );
    for (const n of [1, 2, 3])
      expect(await card(page, `fan-${n}`).locator(".age").textContent()).toBe("live");
    expect((await ages(page)).filter((age) => age.startsWith("stale"))).toHaveLength(1);
    await eventually(() => counted(page, "stale")).toBe(1);
    expect(await counted(page, "never reported")).toBe(0);
    expect(before).toBe(40);
    expect(await height()).toBe(before);
    other.leave();
  });

  it("keeps the rows of the attention list where they are while a pointer rests on it", async () => {
    for (const place of ["north", "south"]) vanish(place);
    await eventually(async () => (await rows()).length).toBeGreaterThanOrEqual(2);
    await eventually(() => counted(page, "offline")).toBe(2);
    await eventually(async () => (await rows()).map(({ name }) => name)).toContain("pump-south");
    await page.locator(".rows li").first().hover();
    const before = await rows();
    for (const place of ["east", "west", "harbour"]) vanish(place);
    await eventually(() => page.locator(".attention .foot").innerText()).toContain("3 new");
    expect(await rows()).toEqual(before);
    await page.mouse.move(720, 880);
    await eventually(async () => (await rows()).map(({ name }) => name)).toContain("pump-harbour");
  });

  it("lists a device once while it comes back", async () => {
    const topic = "yard/gate";
    const will = { topic: `${topic}/status`, payload: "offline" };
    const listed = async () => (await rows()).filter(({ name }) => name === "gate").length;
    const gate = await stage.device(will);
    gate.say(will.topic, "online");
    const hush = gate.every(200, (n) => gate.say(topic, { temperature: 10 + (n % 9) / 10 }));
    await eventually(() => card(page, "gate").locator(".age").textContent()).toBe("live");
    // Once the hub has learnt its rhythm its silence is stale, before its will says that it is gone.
    const watcher = await visit(stage.browser, `${stage.hub.url}/d/yard/gate`);
    await eventually(() => watcher.locator(".facts").innerText()).toMatch(/normally every/);
    await leave(watcher);
    hush();
    await eventually(() => card(page, "gate").locator(".age").textContent()).toMatch(/^stale/);
    gate.vanish();
    await eventually(() => card(page, "gate").locator(".age").textContent()).toMatch(/^offline/);
    await eventually(listed).toBe(1);
    await page.evaluate(watchTwice);
    const back = await stage.device(will);
    back.say(will.topic, "online");
    await eventually(() => card(page, "gate").locator(".why").textContent()).toMatch(/Back since/);
    back.every(200, (n) => back.say(topic, { temperature: 10 + (n % 9) / 10 }));
    await eventually(() => card(page, "gate").locator(".age").textContent()).toBe("live");
    // Its row stays, struck, for a while.
    await eventually(listed).toBe(0);
    expect(await page.evaluate(twice)).toEqual([]);
    back.leave();
  });

  it("keeps every card's place through a hundred state changes and three lost connections", async () => {
    const before = await order(page);
    for (let round = 0; round < 14; round += 1) await turn(round);
    await eventually(() => counted(page, "offline")).toBe(0);
    expect(await order(page)).toEqual(before);
    for (let loss = 0; loss < 3; loss += 1) {
      cable.cut();
      await eventually(() => headline(page)).toBe("This browser has lost the hub.");
      expect(await order(page)).toEqual(before);
      cable.mend();
      // It comes back by itself; the button only saves the wait, and may be gone by now.
      await page
        .getByRole("button", { name: "Try now" })
        .click({ timeout: 1000 })
        .catch(() => undefined);
      await eventually(() => isLive(page)).toBe(true);
    }
    expect(await order(page)).toEqual(before);
  });
});
