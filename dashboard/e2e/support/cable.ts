/**
 * The network between a browser and the hub, as a proxy that tests can cut, freeze, slow down, or hold frames back in.
 *
 * Bytes pass unchanged. Only frames that are held back are told apart (RFC 6455 §5.2; the hub's frames are unmasked).
 */
import { connect, createServer, type Server, type Socket } from "node:net";

/** Bytes before what a frame carries. */
function headOf(frame: Buffer): number {
  const short = (frame[1] ?? 0) & 127;
  return short === 126 ? 4 : short === 127 ? 10 : 2;
}

/** Splits what the hub sends on a WebSocket into its HTTP answer and frames. */
class Frames {
  #bytes: Buffer = Buffer.alloc(0);
  #answered = false;

  /** Whole parts of what has come so far; the text of those that are text frames. */
  *take(chunk: Buffer): Generator<{ readonly bytes: Buffer; readonly text: string }> {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    for (let size = this.#next(); size > 0; size = this.#next()) {
      const bytes = this.#bytes.subarray(0, size);
      this.#bytes = this.#bytes.subarray(size);
      const isText = this.#answered && ((bytes[0] ?? 0) & 15) === 1;
      this.#answered = true;
      yield { bytes, text: isText ? bytes.toString("utf8", headOf(bytes)) : "" };
    }
  }

  /** Bytes of the next whole part; 0 while it is not whole. */
  #next(): number {
    const bytes = this.#bytes;
    if (!this.#answered) {
      const end = bytes.indexOf("\r\n\r\n");
      return end < 0 ? 0 : end + 4;
    }
    if (bytes.length < 2) return 0;
    const short = (bytes[1] ?? 0) & 127;
    const head = headOf(bytes);
    if (bytes.length < head) return 0;
    const length =
      short === 126
        ? bytes.readUInt16BE(2)
        : short === 127
          ? Number(bytes.readBigUInt64BE(2))
          : short;
    return bytes.length >= head + length ? head + length : 0;
  }
}

/** A frame of the hub that went on to the browser, and when, in Unix ms. */
export interface Passed {
  readonly at: number;
  readonly text: string;
}

/** One connection through the cable. */
interface Strand {
  readonly browser: Socket;
  readonly hub: Socket;
  /** What waits in the cable, either way. */
  readonly held: (() => void)[];
}

export class Cable {
  readonly #server: Server;
  readonly #strands = new Set<Strand>();
  #state: "whole" | "cut" | "frozen" = "whole";
  #holdAfter: RegExp | null = null;
  #heard: Passed[] = [];
  #bytesPerSecond = 0;
  /** WebSockets opened through it so far. */
  sockets = 0;

  private constructor(target: number) {
    this.#server = createServer((browser) => this.#join(browser, target));
  }

  /** Opens a cable to a port of this machine. */
  static open(target: number): Promise<Cable> {
    const cable = new Cable(target);
    return new Promise((resolve) => {
      cable.#server.listen(0, "127.0.0.1", () => resolve(cable));
    });
  }

  /** Where a browser finds the hub through it. */
  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
  }

  /** Ends every connection and lets none through. */
  cut(): void {
    this.#state = "cut";
    for (const { browser, hub } of this.#strands) {
      browser.destroy();
      hub.destroy();
    }
  }

  /** Nothing passes any more, and nobody is told. */
  freeze(): void {
    this.#state = "frozen";
  }

  /** Everything passes again, what waited first. */
  mend(): void {
    this.#state = "whole";
    this.#holdAfter = null;
    for (const { held } of this.#strands) for (const pass of held.splice(0)) pass();
  }

  /** Lets the hub's frames through up to and with the first like this; all after it wait until the cable is mended. */
  holdAfter(frame: RegExp): void {
    this.#holdAfter = frame;
  }

  /** Frames of the hub that pass from now on. */
  listen(): readonly Passed[] {
    this.#heard = [];
    return this.#heard;
  }

  /** Carries at most so many bytes a second to the browser; 0: all of them. */
  slow(bytesPerSecond: number): void {
    this.#bytesPerSecond = bytesPerSecond;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(browser: Socket, target: number): void {
    if (this.#state === "cut") {
      browser.destroy();
      return;
    }
    const hub = connect({ port: target, host: "127.0.0.1" });
    const strand: Strand = { browser, hub, held: [] };
    this.#strands.add(strand);
    for (const socket of [browser, hub]) {
      socket.setNoDelay(true);
      // What broke is told to the other side by its end.
      socket.on("error", () => undefined);
    }
    hub.on("close", () => this.#pass(strand, () => browser.destroy()));
    browser.on("close", () => {
      this.#strands.delete(strand);
      hub.destroy();
    });
    this.#carry(strand);
  }

  #carry(strand: Strand): void {
    const { browser, held, hub } = strand;
    let frames: Frames | null = null;
    let holding = false;
    const down = (bytes: Buffer, text: string): void => {
      const heard = this.#heard;
      const pass = (): void => {
        if (text !== "") heard.push({ at: Date.now(), text });
        browser.write(bytes);
      };
      if (holding && this.#holdAfter !== null) held.push(pass);
      else this.#pass(strand, pass);
      holding = this.#holdAfter !== null && (holding || this.#holdAfter.test(text));
    };
    browser.on("data", (chunk: Buffer) => {
      if (frames === null && /^upgrade: websocket/im.test(chunk.toString("latin1"))) {
        frames = new Frames();
        this.sockets += 1;
      }
      this.#pass(strand, () => hub.write(chunk));
    });
    hub.on("data", (chunk: Buffer) => {
      if (frames === null) down(chunk, "");
      else for (const { bytes, text } of frames.take(chunk)) down(bytes, text);
      this.#brake(hub, chunk.length);
    });
  }

  #pass(strand: Strand, act: () => void): void {
    if (this.#state === "frozen") strand.held.push(act);
    else act();
  }

  /** A slow line: what has come must have had its time before more is taken from the hub. */
  #brake(hub: Socket, bytes: number): void {
    if (this.#bytesPerSecond === 0) return;
    hub.pause();
    setTimeout(() => hub.resume(), (bytes * 1000) / this.#bytesPerSecond);
  }
}
