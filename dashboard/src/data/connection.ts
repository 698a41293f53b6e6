/**
 * One line to the hub that is kept up, and that never pretends to be.
 *
 * Sockets come and go; this says at any moment which state the line is in, proves it by pings while the page is
 * visible, and opens the next socket when the proof fails.
 */
import { hello, pause, ping, resume } from "../wire/commands.ts";
import { readFrame } from "../wire/frames.ts";
import { type HubFrame, mayReconnect } from "../wire/messages.ts";
import { askedDelay, retryDelay } from "./backoff.ts";
import { HubClock, type Timers } from "./clock.ts";
import type { LinkState } from "./port.ts";

/** As much of a WebSocket as is used. */
export type Socket = Pick<WebSocket, "send" | "close" | "onopen" | "onmessage" | "onclose">;

/** What a connection tells its owner. */
export interface Listener {
  /** The hub said welcome: nothing is subscribed yet. */
  welcomed(): void;
  frame(frame: HubFrame): void;
  /** Something of the link's state changed. */
  changed(): void;
}

export interface ConnectionOptions {
  readonly url: string;
  readonly client: string;
  readonly open: (url: string) => Socket;
  readonly timers: Timers;
  readonly listener: Listener;
}

const attemptMs = 5000;
const pingEveryMs = 5000;
const pongWithinMs = 3000;
const wakeWithinMs = 1500;
/** An attempt counts as a success once it held this long; a hub that drops everyone at once is not hammered. */
const settledMs = 10_000;
const silentHeartbeats = 2.5;
/** A timer this late says that this computer stood still: answers may lie unread, silence proves nothing. */
const stoppedMs = 1000;

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #timers: Timers;
  readonly clock: HubClock;
  #socket: Socket | null = null;
  #cancels = new Map<"attempt" | "ping" | "proof" | "retry" | "settle", () => void>();
  #state: LinkState = "waiting";
  #visible = true;
  #pings = 0;
  #pingSent = 0;
  #bye: Extract<HubFrame, { type: "bye" }> | null = null;
  #heartbeatMs = 20_000;
  #wake = 0;
  /** Monotonic times. */
  since: number;
  heard = 0;
  nextTry = 0;
  tries = 0;
  rtt: number | null = null;
  latency: number | null = null;
  code = 0;
  reason = "";
  hub = "";
  zone = "";
  /** The last `wake` that was proven. */
  proven = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#timers = options.timers;
    this.since = this.#timers.monotonic();
    this.clock = new HubClock(this.#timers.now() - this.since);
  }

  get state(): LinkState {
    return this.#state;
  }

  /** Number of the newest ping; a pong with it or a later one was asked for after now. */
  get pings(): number {
    return this.#pings;
  }

  #enter(state: LinkState): void {
    if (this.#state !== state || state === "connecting") this.since = this.#timers.monotonic();
    this.#state = state;
    this.#options.listener.changed();
  }

  #arm(name: Parameters<Connection["disarm"]>[0], ms: number, act: () => void): void {
    this.disarm(name);
    this.#cancels.set(name, this.#timers.after(ms, act));
  }

  /** A proof that is not given within `ms` ends the line; one that could not be heard is asked for again. */
  #expect(ms: number): void {
    const due = this.#timers.monotonic() + ms;
    this.#arm("proof", ms, () => {
      const late = this.#timers.monotonic() - due;
      if (late < stoppedMs) this.#ended(0, "silent");
      else this.wake(this.#wake);
    });
  }

  /** Stops a timer. */
  disarm(name: "attempt" | "ping" | "proof" | "retry" | "settle"): void {
    this.#cancels.get(name)?.();
    this.#cancels.delete(name);
  }

  /** Opens a socket now, whatever was planned. */
  connect(): void {
    this.#drop();
    this.nextTry = 0;
    this.#bye = null;
    this.#enter("connecting");
    const socket = this.#options.open(this.#options.url);
    this.#socket = socket;
    socket.onopen = () => socket.send(hello(this.#options.client));
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = ({ code, reason }) => this.#ended(code, reason);
    this.#arm("attempt", attemptMs, () => this.#ended(0, "no answer"));
  }

  /** Lets go of the socket without hearing from it again. */
  #drop(): void {
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }

  #receive(data: unknown): void {
    if (typeof data !== "string") return;
    this.heard = this.#timers.monotonic();
    const read = readFrame(data);
    if (!("frame" in read)) return;
    const { frame } = read;
    if (frame.type === "welcome") this.#welcome(frame);
    else if (frame.type === "pong") this.#pong(frame);
    else if (frame.type === "heartbeat") this.clock.hint(frame.now, this.heard);
    else if (frame.type === "bye") this.#bye = frame;
    this.#prove(frame);
    this.#options.listener.frame(frame);
    if (frame.type === "bye") this.#ended(frame.code, frame.reason);
  }

  #welcome(frame: Extract<HubFrame, { type: "welcome" }>): void {
    this.disarm("attempt");
    this.clock.hint(frame.now, this.heard);
    this.#heartbeatMs = frame.heartbeat_ms;
    this.hub = frame.hub ?? "";
    this.zone = frame.zone ?? "";
    this.code = 0;
    this.reason = "";
    this.proven = this.#wake;
    this.#enter("open");
    this.#options.listener.welcomed();
    this.#arm("settle", settledMs, () => {
      this.tries = 0;
      this.#options.listener.changed();
    });
    if (!this.#visible) this.send(pause());
    this.#ping(this.#visible ? pongWithinMs : this.#heartbeatMs * silentHeartbeats);
  }

  #pong({ latency_ms, n, now }: Extract<HubFrame, { type: "pong" }>): void {
    if (n === this.#pings) {
      this.rtt = this.heard - this.#pingSent;
      this.clock.answer(now, this.rtt, this.heard);
    }
    if (typeof latency_ms === "number") this.latency = latency_ms;
  }

  /** A frame came: the line is up. After a wake only an answer to its own ping counts, older bytes prove nothing. */
  #prove(frame: HubFrame): void {
    const asked = frame.type === "pong" && frame.n >= this.#pings;
    if (this.#state === "checking" && !asked) return;
    if (this.#state === "checking") {
      this.proven = this.#wake;
      this.#enter("open");
    }
    if (this.#state !== "open") return;
    this.disarm("proof");
    if (!this.#visible) this.#awaitHeartbeat();
  }

  #awaitHeartbeat(): void {
    const within = this.#heartbeatMs * silentHeartbeats;
    this.#expect(within);
  }

  /** Asks for a proof within `ms`, and again every 5 s while visible. */
  #ping(ms: number): void {
    this.#pings += 1;
    this.#pingSent = this.#timers.monotonic();
    this.send(ping(this.#pings));
    this.#expect(ms);
    if (this.#visible) this.#arm("ping", pingEveryMs, () => this.#ping(pongWithinMs));
  }

  /** The socket is gone, or as good as gone: plan the next one, or say that there is none. */
  #ended(code: number, reason: string): void {
    const bye = this.#bye;
    this.#drop();
    this.code = bye?.code ?? code;
    this.reason = bye?.reason ?? reason;
    if (bye ? !bye.reconnect : !mayReconnect(code)) {
      this.nextTry = 0;
      this.#enter("refused");
      return;
    }
    const random = this.#timers.random();
    const delay = bye ? askedDelay(bye.after_ms, random) : retryDelay(this.tries, random);
    this.tries += 1;
    this.nextTry = this.#timers.monotonic() + delay;
    this.#arm("retry", delay, () => this.connect());
    this.#enter("waiting");
  }

  /** Sends a frame; false while there is no welcomed socket to take it. */
  send(frame: string): boolean {
    if (this.#socket === null || (this.#state !== "open" && this.#state !== "checking"))
      return false;
    this.#socket.send(frame);
    return true;
  }

  /** The page went out of sight or came back. */
  visible(visible: boolean): void {
    if (this.#visible === visible) return;
    this.#visible = visible;
    if (visible) {
      this.send(resume());
      return;
    }
    this.send(pause());
    this.disarm("ping");
    if (this.#state === "open") this.#awaitHeartbeat();
  }

  /** Something happened that lines do not always survive: prove it within 1.5 s, or open another. */
  wake(n: number): void {
    this.#wake = n;
    this.clock.forget();
    if (this.#state === "open" || this.#state === "checking") {
      this.#enter("checking");
      this.#ping(wakeWithinMs);
      this.#arm("proof", wakeWithinMs, () => this.connect());
      return;
    }
    // An attempt that began before the network came back may hang on it until it times out.
    const hangs =
      this.#state === "connecting" && this.#timers.monotonic() - this.since >= wakeWithinMs;
    if (this.#state === "waiting" || hangs) this.connect();
  }

  /** `Try now`. */
  retry(): void {
    if (this.#state === "waiting" || this.#state === "refused") this.connect();
  }

  /** Ends for good. */
  close(): void {
    this.#drop();
  }
}
