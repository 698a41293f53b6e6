/** The real hub: `hub run` and `hub demo` as a user starts them, on free ports. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Running } from "./process.ts";
import { needed, root } from "./services.ts";

/** How a Python program of the project is started. */
function python(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  return new Running({
    command: needed("python"),
    args: ["-m", ...args],
    cwd: tmpdir(),
    env: { PYTHONPATH: root, PYTHONUNBUFFERED: "1", ...env },
  });
}

/** A hub and what it keeps. */
export class Hub {
  readonly #settings: Readonly<Record<string, string>>;
  readonly #folder: string;
  #running: Running | null = null;
  /** Address of its dashboard, without a slash at the end. */
  url = "";

  private constructor(folder: string, settings: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.#settings = settings;
  }

  /** Starts `hub run`; settings by variable without `HUB_`, as `{MQTT__URL: "…"}`. */
  static async start(settings: Readonly<Record<string, string>>): Promise<Hub> {
    const hub = new Hub(await mkdtemp(join(tmpdir(), "hub-e2e-data-")), settings);
    await hub.start();
    return hub;
  }

  /** Port of its dashboard. */
  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** Starts it again: on the port it had, because that is where browsers look for it. */
  async start(): Promise<void> {
    const settings = {
      DATA_DIR: this.#folder,
      HTTP__PORT: this.url === "" ? "0" : String(this.port),
      BROKER__PORT: "0",
      ...this.#settings,
    };
    const env = Object.entries(settings).map(([key, value]) => [`HUB_${key}`, value]);
    this.#running = python(["hub", "run"], Object.fromEntries(env));
    const [, url = ""] = await this.#running.says(/ready: (http:\/\/[^\s/]+)/);
    this.url = url;
  }

  async stop(): Promise<void> {
    await this.#running?.stop();
    this.#running = null;
  }

  async close(): Promise<void> {
    await this.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** `hub demo` on a free port: embedded broker, simulated fleet, dashboard. */
export class Demo {
  readonly #running: Running;
  readonly url: string;

  private constructor(running: Running, url: string) {
    this.#running = running;
    this.url = url;
  }

  static async start(): Promise<Demo> {
    const running = python(["hub", "demo", "--no-browser", "--port", "0"]);
    const [, url = ""] = await running.says(/dashboard is at (http:\/\/[^\s/]+)/);
    return new Demo(running, url);
  }

  async close(): Promise<void> {
    await this.#running.stop();
  }
}

/** Plays a scenario of the project's simulators against a broker, until it is stopped. */
export function simulate(scenario: string, url: string): Running {
  return python(["simulators", "run", scenario, "--url", url]);
}

/** Starts the load generator; `options` as on its command line. */
export function load(url: string, options: Readonly<Record<string, number | string>>): Running {
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return python(["simulators", "load", "--url", url, ...args]);
}
