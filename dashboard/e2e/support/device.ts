/**
 * A device with an MQTT 3.1.1 connection of its own, so that tests decide what it says and how it goes.
 *
 * QoS 0 and a will are all it needs. References: MQTT 3.1.1 §2.2, §3.1, §3.3, §3.14.
 */
import { connect, type Socket } from "node:net";

/** What the broker says for a device that vanished. */
export interface Will {
  readonly topic: string;
  readonly payload: string;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function packet(first: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length: number[] = [];
  let rest = body.length;
  do {
    length.push((rest % 128) | (rest >= 128 ? 128 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.concat([Buffer.from([first, ...length]), body]);
}

function hello(id: string, will: Will | undefined): Buffer {
  // Protocol level 4; a clean session, a will if there is one, no keep-alive.
  const flags = will ? 0b0000_0110 : 0b0000_0010;
  const head = Buffer.concat([text("MQTT"), Buffer.from([4, flags, 0, 0])]);
  const rest = will ? [text(will.topic), text(will.payload)] : [];
  return packet(0x10, head, text(id), ...rest);
}

let made = 0;

export class Device {
  readonly #socket: Socket;
  readonly #timers = new Set<NodeJS.Timeout>();

  private constructor(socket: Socket) {
    this.#socket = socket;
    // A broker that is stopped under it ends the connection: for a device that is no error.
    socket.on("error", () => undefined);
    socket.resume();
  }

  /** Connects to a broker; with a will, that is delivered once the device vanishes. */
  static connect(port: number, will?: Will): Promise<Device> {
    made += 1;
    const id = `e2e-${process.pid}-${made}`;
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () =>
        socket.write(hello(id, will)),
      );
      socket.once("error", reject);
      socket.once("data", (answer) => {
        socket.off("error", reject);
        if (answer[0] === 0x20 && answer[3] === 0) resolve(new Device(socket));
        else reject(new Error(`The broker refused the device: ${answer.toString("hex")}`));
      });
    });
  }

  /** Publishes one message: an object as JSON, anything else as it reads. */
  say(topic: string, payload: unknown, { retain = false } = {}): void {
    const body = typeof payload === "object" ? JSON.stringify(payload) : String(payload);
    this.#socket.write(packet(retain ? 0x31 : 0x30, text(topic), Buffer.from(body)));
  }

  /** Publishes now and every `ms`, with a number that counts up; gives what ends it. */
  every(ms: number, say: (n: number) => void): () => void {
    let n = 0;
    say(n);
    const timer = setInterval(() => {
      n += 1;
      say(n);
    }, ms);
    this.#timers.add(timer);
    return () => {
      clearInterval(timer);
      this.#timers.delete(timer);
    };
  }

  /** Goes without a word, as when its cable is pulled: the broker delivers its will. */
  vanish(): void {
    this.#rest();
    this.#socket.destroy();
  }

  /** Says goodbye: the broker keeps its will to itself. */
  leave(): void {
    this.#rest();
    this.#socket.end(packet(0xe0));
  }

  #rest(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers.clear();
  }
}
