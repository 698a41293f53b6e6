/** What other ecosystems' devices look like on the wall: their places, their names, and values of any length. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { leave, visit } from "../support/browser.ts";
import type { Device } from "../support/device.ts";
import { card, eventually, mainNumber, order, untilLive } from "../support/screen.ts";
import { acceptance } from "../support/services.ts";
import { shiftsOf, watchShifts } from "../support/shifts.ts";
import { Stage } from "../support/stage.ts";

const application = "17c82e96-be0c-4f1d-9e31-0d5f5a3b7c11";

/** An uplink as ChirpStack 4 publishes it. */
function uplink(eui: string, name: string): [topic: string, message: object] {
  const deviceInfo = { applicationName: "doors", deviceName: name, devEui: eui, tags: {} };
  return [
    `application/${application}/device/${eui}/event/up`,
    { time: new Date().toISOString(), deviceInfo, fPort: 2, object: { openings: 12 } },
  ];
}

acceptance("devices of other ecosystems", () => {
  let stage: Stage;
  let device: Device;
  let page: Page | undefined;
  const open = async (path: string): Promise<Page> => {
    await leave(page);
    page = await visit(stage.browser, stage.hub.url + path);
    await untilLive(page);
    return page;
  };

  beforeAll(async () => {
    stage = await Stage.open();
    device = await stage.device();
    device.say(...uplink("24e124122a000010", "door-10"));
    device.say(...uplink("24e124122a000011", "door-11"));
    device.say("zigbee2mqtt/bridge/state", { state: "online" });
    device.say("site/it/server", {
      temperature_c: { value: 41.5, unit: "°C" },
      energy_of_the_whole_rack: { value: 1_712_928, unit: "kWh" },
      disk_free: 41_193_147_820,
    });
  });

  afterAll(() => stage?.close());

  it("are in the tree where they are on the wall, and are found there", async () => {
    const shown = await open("/?view=list");
    await card(shown, "door-10").waitFor();
    const places = shown.locator("#places li a .name");
    await eventually(() => places.allInnerTexts()).toContain("Doors");
    expect((await places.allInnerTexts()).filter((text) => text.includes("17c82e96"))).toEqual([]);
    await places.filter({ hasText: /^Doors$/ }).click();
    await eventually(() => order(shown)).toEqual(["door-10", "door-11"]);
  });

  it("show their status where they have no value to show", async () => {
    const shown = await open("/?view=tiles&place=zigbee2mqtt");
    const bridge = shown.locator(".wall a[href]:visible");
    await eventually(() => bridge.locator(".num").allTextContents()).toContain("Online");
    await bridge.first().click();
    await eventually(() => shown.locator("main").innerText()).toContain("No readings have come");
  });

  it("give a label in a list the whole width of its column, however long its value is", async () => {
    const shown = await open("/?view=list&place=site/it");
    const server = card(shown, "server");
    const numbers = server.locator(".num:visible");
    const texts = async () => (await numbers.allTextContents()).map((text) => text.trim());
    await eventually(async () => (await texts()).sort()).toEqual(["1,712,928", "41.19", "41.5"]);
    const labels = server.locator(".label:visible");
    expect((await labels.allTextContents()).sort()).toEqual([
      "Disk free",
      "Energy of the whole rack",
      "Temperature",
    ]);
    const narrowed = (boxes: Element[]) =>
      boxes.filter((box) => box.clientWidth !== box.parentElement?.clientWidth).length;
    expect(await labels.evaluateAll(narrowed)).toBe(0);
  });

  it("keep the point of a measurement that was sent with one, so that its unit stays put", async () => {
    const say = (text: string): void =>
      device.say("site/lab/oven", `{"temperature": {"value": ${text}, "unit": "°C"}}`);
    say("23.0");
    const shown = await open("/?view=cards&place=site/lab");
    const oven = card(shown, "oven");
    await eventually(() => mainNumber(oven)).toBe("23.0");
    await watchShifts(shown);
    say("23.4");
    await eventually(() => mainNumber(oven)).toBe("23.4");
    say("24.0");
    await eventually(() => mainNumber(oven)).toBe("24.0");
    expect(await shiftsOf(shown)).toEqual([]);
  });
});
