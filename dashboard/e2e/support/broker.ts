/** A real Mosquitto on a free port of the loopback address; it can be stopped and started again on the same port. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Running } from "./process.ts";
import { needed } from "./services.ts";

/** A port that nothing listened on a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

export class Broker {
  readonly port: number;
  readonly #folder: string;
  #running: Running | null = null;

  private constructor(port: number, folder: string) {
    this.port = port;
    this.#folder = folder;
  }

  static async start(): Promise<Broker> {
    const folder = await mkdtemp(join(tmpdir(), "hub-e2e-broker-"));
    const broker = new Broker(await freePort(), folder);
    // Retained messages survive a stop, as at a broker that people run.
    const lines = [
      "log_dest stderr",
      "user root",
      "persistence true",
      `persistence_location ${folder}/`,
      "allow_anonymous true",
      `listener ${broker.port} 127.0.0.1`,
    ];
    await writeFile(join(folder, "mosquitto.conf"), `${lines.join("\n")}\n`);
    await broker.start();
    return broker;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const args = ["-c", join(this.#folder, "mosquitto.conf")];
    this.#running = new Running({ command: needed("mosquitto"), args });
    await this.#running.says(/ running$/);
  }

  /** Ends it the polite way: devices' wills still go out. */
  async stop(): Promise<void> {
    await this.#running?.stop();
    this.#running = null;
  }

  /** Ends it as a power cut does: nobody is told anything. */
  async kill(): Promise<void> {
    await this.#running?.stop("SIGKILL");
    this.#running = null;
  }

  async close(): Promise<void> {
    await this.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
