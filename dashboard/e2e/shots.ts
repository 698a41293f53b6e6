/**
 * Pictures for the README, of the real demo: `npm run shots` writes them to `docs/images`.
 *
 * The demo runs until its trend lines have something to show (`MINUTES`, 8 unless set): a page knows the past only as
 * far as it has seen it, so the same page is kept and walked through. Then the pictures wait for the demo's mild
 * troubles, a device that is silent and one that is offline. The picture of a lost broker is of the same fleet at a
 * Mosquitto that is stopped.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, expect, it } from "vitest";
import { Broker } from "./support/broker.ts";
import { desktop, leave, openBrowser, phone, themes, visit } from "./support/browser.ts";
import { Demo, Hub, simulate } from "./support/hub.ts";
import { counted, eventually, headline, until, untilLive } from "./support/screen.ts";
import { acceptance, root } from "./support/services.ts";

/** A place whose devices fill the picture; where the silent one of the demo is. */
const utilities = "/?place=plant-north%2Futilities";
const chiller = "/d/plant-north/utilities/chiller-1";
const folder = join(root, "docs/images");
const runMs = Number(process.env["MINUTES"] ?? 8) * 60_000;
const mostBytes = 300_000;
/** Values and trend lines of what has just come into view are there after this, in ms. */
const settleMs = 3000;

/** The demo has a device offline and one silent at least this often, in ms. */
const troubleMs = 500_000;

const rest = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, Math.max(0, ms));
  });

async function save(page: Page, name: string): Promise<void> {
  await rest(settleMs);
  const picture = await page.screenshot();
  expect(picture.length, `${name}.png in bytes`).toBeLessThan(mostBytes);
  await writeFile(join(folder, `${name}.png`), picture);
}

async function density(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name, exact: true }).click();
}

/** One place's cards in both themes. */
async function atOnePlace(page: Page): Promise<void> {
  await save(page, "overview-light");
  await page.emulateMedia(themes.dark);
  await save(page, "overview-dark");
}

/** The whole fleet in the other densities, and the status page. */
async function atTheDesk(page: Page): Promise<void> {
  await page.emulateMedia(themes.dark);
  await density(page, "Tiles");
  await save(page, "tiles-dark");
  await page.emulateMedia(themes.light);
  await density(page, "List");
  await save(page, "list-light");
  await page.locator(".nav a", { hasText: "Status" }).click();
  await page.locator(".status-page .panel").nth(2).waitFor();
  await save(page, "status-light");
}

acceptance("pictures", () => {
  const ends: (() => Promise<void>)[] = [];
  let browser: Browser;

  afterAll(async () => {
    await browser?.close();
    for (const end of ends.reverse()) await end();
  });

  it("are taken", { timeout: runMs + 2 * troubleMs + 300_000 }, async () => {
    await mkdir(folder, { recursive: true });
    const [demo, broker] = await Promise.all([Demo.start(), Broker.start()]);
    ends.push(
      () => demo.close(),
      () => broker.close(),
    );
    const hub = await Hub.start({ MQTT__URL: broker.url });
    ends.push(() => hub.close());
    const fleet = simulate("demo", broker.url);
    ends.push(() => fleet.stop());
    browser = await openBrowser();
    const light = { ...desktop, ...themes.light };
    const [place, desk, hand, device, handheld, lost] = await Promise.all([
      visit(browser, demo.url + utilities, light),
      visit(browser, `${demo.url}/`, light),
      visit(browser, `${demo.url}/`, { ...phone, ...themes.light }),
      visit(browser, demo.url + chiller, light),
      visit(browser, demo.url + chiller, { ...phone, ...themes.dark }),
      visit(browser, hub.url + utilities, light),
    ]);
    const all = [place, desk, hand, device, handheld];
    const opened = performance.now();
    for (const page of [...all, lost]) await untilLive(page);
    await rest(runMs - (performance.now() - opened));
    await eventually(() => counted(desk, "offline"), troubleMs).toBeGreaterThan(0);
    await eventually(() => counted(desk, "stale"), troubleMs).toBeGreaterThan(0);
    for (const page of all) await until(async () => (await headline(page)) === "", "live");
    await atOnePlace(place);
    await atTheDesk(desk);
    await save(hand, "phone-light");
    await save(device, "device-light");
    await save(handheld, "phone-device-dark");
    await Promise.all(all.map(leave));
    await broker.kill();
    await eventually(() => headline(lost)).toBe("The hub has lost its broker.");
    await eventually(() => lost.locator(".strip").innerText()).toMatch(/ago/);
    await save(lost, "broker-lost");
    await leave(lost);
  });
});
