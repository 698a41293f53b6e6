/**
 * Takes pictures of every page in every theme and both sizes, to be looked at beside the design's.
 *
 * `node scripts/shots.mjs [address] [folder]`; the address is a running hub or `npm run dev:feed`, the folder is made.
 * Chromium is Debian's; `CHROMIUM` names another.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

const [base = "http://127.0.0.1:8080", folder = "test-results/shots"] = process.argv.slice(2);
/** Long enough for first values and trend lines, in ms. */
const settleMs = Number(process.env.SETTLE_MS ?? 4000);

const themes = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  contrast: { colorScheme: "light", contrast: "more" },
  forced: { colorScheme: "dark", forcedColors: "active" },
};
const sizes = {
  desktop: { viewport: { width: 1440, height: 900 } },
  phone: {
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
  },
};
const pages = {
  cards: "/?view=cards",
  list: "/?view=list",
  tiles: "/?view=tiles",
  status: "/status",
};

mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
for (const [theme, media] of Object.entries(themes))
  for (const [size, screen] of Object.entries(sizes)) {
    const context = await browser.newContext({ ...media, ...screen });
    const page = await context.newPage();
    const save = (name) => page.screenshot({ path: join(folder, `${name}-${size}-${theme}.png`) });
    for (const [name, path] of Object.entries(pages)) {
      await page.goto(base + path);
      await page.waitForTimeout(settleMs);
      await save(name);
    }
    await page.goto(base);
    await page.waitForTimeout(settleMs);
    await page.locator(".wall a:visible").first().click();
    await page.waitForTimeout(settleMs);
    await save("device");
    await context.close();
  }
await browser.close();
