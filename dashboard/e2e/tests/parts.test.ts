/** Parts of the page that are fetched later: one that does not come is named, and there is a way out. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { desktop, leave, visit } from "../support/browser.ts";
import type { Device } from "../support/device.ts";
import { eventually, untilLive } from "../support/screen.ts";
import { acceptance } from "../support/services.ts";
import { Stage } from "../support/stage.ts";

/** What is not fetched with the page itself. */
const late = /\/assets\/(page|palette|device)-/;

acceptance("a part of the page that does not come", () => {
  let stage: Stage;
  let device: Device;
  let page: Page | undefined;

  beforeAll(async () => {
    stage = await Stage.open();
    device = await stage.device();
    device.every(500, (n) => device.say("site/hall/pump-1", { temperature: 20 + (n % 10) / 10 }));
  });

  afterAll(() => stage?.close());

  const withhold = async (opened: Page): Promise<void> => {
    await opened.route(late, (route) => route.abort());
  };

  /** The overview, before any other part could be fetched. */
  const overview = async (prepare: (opened: Page) => Promise<void>): Promise<Page> => {
    await leave(page);
    page = await visit(stage.browser, stage.hub.url, desktop, prepare);
    await untilLive(page);
    await page.locator(".wall a[href]").first().waitFor();
    return page;
  };
  const open = (shown: Page) => shown.locator(".wall a[href]").first().click();
  const title = (shown: Page) => shown.locator("main h1").innerText();
  const panel = (shown: Page) => shown.locator("main .panel").innerText();

  it("is named, and comes with its looks when it is asked for again", async () => {
    const shown = await overview(withhold);
    await open(shown);
    await eventually(() => title(shown)).toBe("The device page could not be loaded.");
    expect(await panel(shown)).toContain("The hub answers, but this part of the page did not");
    await shown.unroute(late);
    await shown.getByRole("button", { name: "Try again" }).click();
    await eventually(() => title(shown)).toBe("pump-1");
    // Its own style sheet had failed, too.
    const display = await shown
      .locator(".metrics")
      .first()
      .evaluate((metrics) => metrics.computedStyleMap().get("border-top-left-radius")?.toString());
    expect(display).not.toBe("0px");
  });

  it("is offered by loading the page anew when the hub was updated meanwhile", async () => {
    const shown = await overview(async (opened) => {
      await opened.route(late, (route) => route.fulfill({ status: 404, body: "" }));
    });
    await shown.route(`${stage.hub.url}/`, (route) =>
      route.fulfill({ body: "<html>another</html>" }),
    );
    await open(shown);
    await eventually(() => panel(shown)).toContain("The hub was updated since this screen was");
    expect(await shown.getByRole("button", { name: "Try again" }).count()).toBe(0);
    await shown.unrouteAll();
    await shown.getByRole("button", { name: "Reload" }).click();
    await eventually(() => title(shown)).toBe("pump-1");
    expect(new URL(shown.url()).pathname).toBe("/d/site/hall/pump-1");
  });

  it("comes by itself once the hub is back, also above the page", async () => {
    const shown = await overview(withhold);
    await stage.hub.stop();
    await shown.keyboard.press("Control+k");
    const dialog = shown.getByRole("dialog");
    await eventually(() => dialog.innerText()).toContain("The hub does not answer.");
    await shown.unroute(late);
    await stage.hub.start();
    await eventually(() => shown.getByRole("combobox").count(), 60_000).toBe(1);
    await shown.keyboard.press("Escape");
    await eventually(() => dialog.count()).toBe(0);
  });
});
