/** What most acceptance tests begin with: a broker, a hub that is connected to it, and a browser. */
import type { Browser } from "playwright-core";
import { Broker } from "./broker.ts";
import { openBrowser } from "./browser.ts";
import { Device, type Will } from "./device.ts";
import { Hub } from "./hub.ts";

/** All of it ends with {@link close}, and with it every page and device. */
export class Stage {
  readonly broker: Broker;
  readonly hub: Hub;
  readonly browser: Browser;
  readonly #devices: Device[] = [];

  private constructor(broker: Broker, hub: Hub, browser: Browser) {
    this.broker = broker;
    this.hub = hub;
    this.browser = browser;
  }

  static async open(): Promise<Stage> {
    const [broker, browser] = await Promise.all([Broker.start(), openBrowser()]);
    try {
      return new Stage(broker, await Hub.start({ MQTT__URL: broker.url }), browser);
    } catch (error) {
      await browser.close();
      await broker.close();
      throw error;
    }
  }

  /** Connects a device to the broker, with its will if it has one. */
  async device(will?: Will): Promise<Device> {
    const device = await Device.connect(this.broker.port, will);
    this.#devices.push(device);
    return device;
  }

  async close(): Promise<void> {
    for (const device of this.#devices) device.leave();
    await this.browser.close();
    await this.hub.close();
    await this.broker.close();
  }
}
