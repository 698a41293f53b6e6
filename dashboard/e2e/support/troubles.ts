/** Devices that do all that moves a screen: they appear, vanish, come back, fall silent, and outgrow their digits. */
import { Device } from "./device.ts";

/** One thing happens each so many ms. */
const stepMs = 3000;
/** A device that speaks this often is stale after 5 s of silence. */
const rhythmMs = 500;

/** Numbers that gain and lose digits, a sign and a thousands separator. */
const through = [9.4, 10.2, 99.9, 100.4, 999.9, 1000.1, 12.5, -3.5, -12.5, 0.5];

const mortals = ["one", "two", "three"];

/** Devices in trouble, one after the other, until it is ended. */
export class Troubles {
  readonly #port: number;
  readonly #steady: Device;
  readonly #mortal = new Map<string, Device>();
  readonly #timer: NodeJS.Timeout;
  #silence: (() => void) | null = null;
  #steps = 0;
  /** Devices that appeared or came back. */
  came = 0;
  /** Devices that vanished or fell silent. */
  went = 0;

  private constructor(port: number, steady: Device) {
    this.#port = port;
    this.#steady = steady;
    const number = (n: number): number => through[n % through.length] ?? 0;
    steady.every(2 * rhythmMs, (n) => {
      const power = { value: number(n) * 10, unit: "kW" };
      steady.say("soak/bench/counter", { temperature: number(n), power, humidity: 5 + (n % 97) });
    });
    steady.every(rhythmMs, (n) =>
      steady.say("soak/bench/room", { temperature: 8 + (n % 40) / 10 }),
    );
    this.#timer = setInterval(() => this.#step(), stepMs);
  }

  /** Begins at a broker on a port of this machine. */
  static async begin(port: number): Promise<Troubles> {
    const troubles = new Troubles(port, await Device.connect(port));
    for (const name of mortals) await troubles.#revive(name);
    troubles.#speak();
    return troubles;
  }

  end(): void {
    clearInterval(this.#timer);
    for (const device of [...this.#mortal.values(), this.#steady]) device.leave();
  }

  #step(): void {
    this.#steps += 1;
    const name = mortals[this.#steps % mortals.length] ?? "";
    if (this.#steps % 20 === 7) {
      this.#steady.say(`soak/new/device-${this.#steps}`, { temperature: 20.5 });
      this.came += 1;
    } else if (this.#steps % 8 === 3) this.#fallSilent();
    else if (this.#steps % 8 === 7) this.#speak();
    else if (this.#mortal.has(name)) this.#vanish(name);
    else void this.#revive(name);
  }

  #vanish(name: string): void {
    this.#mortal.get(name)?.vanish();
    this.#mortal.delete(name);
    this.went += 1;
  }

  async #revive(name: string): Promise<void> {
    const topic = `soak/${name}/pump-${name}`;
    const will = { topic: `${topic}/status`, payload: "offline" };
    const device = await Device.connect(this.#port, will);
    device.say(will.topic, "online");
    device.every(2 * rhythmMs, (n) => device.say(topic, { temperature: 40 + (n % 20) / 10 }));
    this.#mortal.set(name, device);
    this.came += 1;
  }

  #fallSilent(): void {
    this.#silence?.();
    this.#silence = null;
    this.went += 1;
  }

  #speak(): void {
    this.#silence ??= this.#steady.every(rhythmMs, (n) =>
      this.#steady.say("soak/silent/sensor", { temperature: 15 + (n % 9) / 10 }),
    );
    this.came += 1;
  }
}
