/** The hub's end of a socket, played by a test. */
import type { Socket } from "../../src/data/connection.ts";
import type { HubFrame } from "../../src/wire/messages.ts";

type Frame = Readonly<Record<string, unknown>>;

export class FakeSocket {
  onopen: Socket["onopen"] = null;
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  readonly sent: Frame[] = [];
  closed = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Frame);
  }

  close(): void {
    this.closed = true;
  }

  /** Frames of one type that the client sent. */
  all(type: string): Frame[] {
    return this.sent.filter((frame) => frame["type"] === type);
  }

  /** The newest frame of a type. */
  last(type: string): Frame {
    const found = this.all(type).at(-1);
    if (!found) throw new Error(`the client sent no ${type}`);
    return found;
  }

  opens(): void {
    this.onopen?.call(null as never, null as never);
  }

  says(frame: HubFrame | Frame): void {
    this.onmessage?.call(null as never, { data: JSON.stringify(frame) } as never);
  }

  ends(code: number, reason = ""): void {
    this.onclose?.call(null as never, { code, reason } as never);
  }

  /** Opens, takes the hello and welcomes. */
  welcomes(now: number, epoch = "k3f9"): void {
    this.opens();
    this.says({
      type: "welcome",
      protocol: 1,
      epoch,
      now,
      heartbeat_ms: 20000,
      user: "local",
      role: "admin",
      hub: "0.1.0",
      build: "test",
      limits: { subscriptions: 64, filters: 256, frame_bytes: 65536, buffer_bytes: 262144 },
    });
  }

  /** Answers the newest ping. */
  pongs(now: number, latency: number | null = 3): void {
    this.says({ type: "pong", n: this.last("ping")["n"], now, latency_ms: latency });
  }
}

/** Sockets in the order they were opened. */
export class FakeSockets {
  readonly opened: FakeSocket[] = [];

  readonly open = (): Socket => {
    const socket = new FakeSocket();
    this.opened.push(socket);
    return socket as unknown as Socket;
  };

  get last(): FakeSocket {
    const socket = this.opened.at(-1);
    if (!socket) throw new Error("no socket was opened");
    return socket;
  }
}
