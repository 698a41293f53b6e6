/** What an operator reads off the screen. */
import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";

/** Anything the product promises "soon" comes within this on a busy machine, in ms. */
export const soonMs = 20_000;

/** Polls until a reading of the page is as it should be. */
export function eventually<T>(read: () => Promise<T> | T, within = soonMs) {
  return expect.poll(read, { timeout: within, interval: 50 });
}

/** Polls until something holds; unlike {@link eventually} it may stand outside a test. */
export async function until(holds: () => Promise<boolean> | boolean, what: string): Promise<void> {
  const end = performance.now() + soonMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`Not within ${soonMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The link of a device on the wall. */
export function card(page: Page, name: string): Locator {
  const exactly = new RegExp(`^${name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`);
  const named = page.locator(".name", { hasText: exactly });
  return page.locator(".wall a[href]", { has: named });
}

/** The main number of a device on the wall, without the space that keeps its room. */
export async function mainNumber(cell: Locator): Promise<string> {
  return ((await cell.locator(".one .num").textContent()) ?? "").trim();
}

/** The text of the strip under the bar, in one line. */
export async function strip(page: Page): Promise<string> {
  const text = await page.locator(".strip").innerText();
  return text.replace(/\s+/g, " ").trim();
}

/** The sentence in the strip that speaks first; empty while it counts devices. */
export async function headline(page: Page): Promise<string> {
  const bold = page.locator(".strip .say b");
  return (await bold.count()) === 0 ? "" : ((await bold.first().textContent()) ?? "");
}

/** True while the page says of itself that it is live. */
export async function isLive(page: Page): Promise<boolean> {
  return (await page.locator("html").getAttribute("data-live")) === "yes";
}

/** Waits until the page says that it is live. */
export async function untilLive(page: Page): Promise<void> {
  await until(() => isLive(page), "the page is live");
}

/** Texts of all ages on the wall. */
export function ages(page: Page): Promise<string[]> {
  return page.locator(".wall a[href] .age").allTextContents();
}

/** Names on the wall, in the order a reader sees them: by rows, then from left to right. */
export async function order(page: Page): Promise<string[]> {
  const boxes = await page.locator(".wall a[href]").evaluateAll((cells) =>
    cells
      .filter((cell) => getComputedStyle(cell).visibility === "visible")
      .map((cell) => {
        const { left, top } = cell.getBoundingClientRect();
        return { top: Math.round(top), left, name: cell.querySelector(".name")?.textContent ?? "" };
      }),
  );
  return boxes.sort((a, b) => a.top - b.top || a.left - b.left).map(({ name }) => name);
}

/** A number of the strip's chips by its word; 0 without such a chip. */
export async function counted(page: Page, word: string): Promise<number> {
  const chips = await page.locator(".strip .chip").allInnerTexts();
  const found = chips.find((chip) => chip.includes(word));
  return found === undefined ? 0 : Number(found.replace(/[^\d]/g, ""));
}

/** Values on the screen that are shown as live: no mark of doubt, not in a card that is quiet. */
export function unmarked(page: Page): Promise<number> {
  return page
    .locator(".wall a[href]:not(.is-quiet) .num")
    .evaluateAll(
      (hosts) =>
        hosts.filter((host) => host.textContent !== "" && !host.getAttribute("data-mark")).length,
    );
}
