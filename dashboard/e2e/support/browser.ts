/** Debian's Chromium, and pages in it: each in a profile of its own, with the project's typeface. */
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { needed, root } from "./services.ts";

/** What a page may take to load on a busy machine, in ms. */
const loadMs = 30_000;

export const desktop: BrowserContextOptions = { viewport: { width: 1440, height: 900 } };
export const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
};
/** A desktop screen of 1440 × 900 at 200 % zoom: half the room, twice the pixels. */
export const zoomed: BrowserContextOptions = {
  viewport: { width: 720, height: 450 },
  deviceScaleFactor: 2,
};

export const themes = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  contrast: { colorScheme: "light", contrast: "more" },
} as const satisfies Record<string, BrowserContextOptions>;

/** Opens the browser; `more`: switches besides the usual ones. */
export function openBrowser(...more: readonly string[]): Promise<Browser> {
  return chromium.launch({
    executablePath: needed("chromium"),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      // Text is smoothed in greys, and colours are those of the style sheet: pixels are tested.
      "--disable-lcd-text",
      "--force-color-profile=srgb",
      ...more,
    ],
    env: {
      ...(process.env as Record<string, string>),
      FONTCONFIG_FILE: join(root, "tests/support/fonts.conf"),
    },
  });
}

/** A page in a fresh profile. Close its context with {@link leave}. */
export async function visit(
  browser: Browser,
  address: string,
  options: BrowserContextOptions = desktop,
  prepare: (page: Page) => Promise<void> = async () => undefined,
): Promise<Page> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(loadMs);
  const page = await context.newPage();
  await prepare(page);
  await page.goto(address);
  return page;
}

/** Closes a page and its profile. */
export async function leave(page: Page | undefined): Promise<void> {
  await page?.context().close();
}
