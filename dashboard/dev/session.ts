/** One client of the made-up hub. */
import type { WebSocket } from "ws";
import { splitPosition } from "../src/wire/frames.ts";
import type { Held, Hub } from "./hub.ts";
import { plant } from "./plant.ts";

interface Subscription {
  readonly id: number;
  readonly channel: number;
  readonly held: readonly Held[];
  readonly devices: readonly string[];
  readonly intervalMs: number;
  readonly summary: boolean;
  /** Everything up to here was sent. */
  position: number;
  due: number;
  lastSummary: string;
}

type Frame = Readonly<Record<string, unknown>>;

/** MQTT's rules over device ids; `a/#` matches `a` too. */
export function matches(filter: string, device: string): boolean {
  const levels = device.split("/");
  const parts = filter.split("/");
  for (const [index, part] of parts.entries()) {
    if (part === "#") return true;
    if (index >= levels.length || (part !== "+" && part !== levels[index])) return false;
  }
  return parts.length === levels.length;
}

export class Session {
  readonly #hub: Hub;
  readonly #socket: WebSocket;
  readonly #subscriptions = new Map<number, Subscription>();
  #channels = 0;
  #paused = false;
  #heartbeat = 0;

  constructor(hub: Hub, socket: WebSocket) {
    this.#hub = hub;
    this.#socket = socket;
    socket.on("message", (data) => this.#take(JSON.parse(String(data)) as Frame));
  }

  #send(frame: Frame): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  /** Says goodbye with a code and closes. */
  bye(code: number, reason: string): void {
    const reconnect = code < 3500;
    this.#send({
      type: "bye",
      code,
      reason,
      reconnect,
      after_ms: reconnect ? [1000, 5000] : [0, 0],
    });
    this.#socket.close(code, reason);
  }

  /** Cuts the line without a word. */
  cut(): void {
    this.#socket.terminate();
  }

  lag(behind: boolean, conflated: number): void {
    this.#send({ type: "lag", behind, buffered_bytes: behind ? 270_336 : 0, conflated });
  }

  feed(): void {
    const { broker, brokerSince } = this.#hub.switches;
    const reason = broker ? {} : { reason: "Connection refused" };
    this.#send({ type: "feed", source: "mqtt", up: broker, since: brokerSince, ...reason });
  }

  #take(frame: Frame): void {
    const now = Date.now();
    switch (frame["type"]) {
      case "hello":
        this.#welcome(now);
        break;
      case "subscribe":
        this.#subscribe(frame, now);
        break;
      case "unsubscribe":
        this.#subscriptions.delete(Number(frame["id"]));
        break;
      case "pause":
        this.#paused = true;
        break;
      case "resume":
        this.#paused = false;
        this.tick(now);
        break;
      case "ping":
        this.#send({ type: "pong", n: frame["n"], now, latency_ms: 4.2 });
        break;
      default:
        this.#send({ type: "error", code: "unknown_type", message: `no ${String(frame["type"])}` });
    }
  }

  #welcome(now: number): void {
    const limits = { subscriptions: 64, filters: 256, frame_bytes: 65536, buffer_bytes: 262144 };
    this.#send({
      type: "welcome",
      protocol: 1,
      epoch: this.#hub.epoch,
      now,
      heartbeat_ms: 20000,
      user: "local",
      role: "admin",
      hub: "0.1.0",
      build: "feed",
      limits,
    });
    this.feed();
    this.#heartbeat = now;
  }

  #subscribe(frame: Frame, now: number): void {
    const id = Number(frame["id"]);
    const filters = frame["devices"] as string[];
    const catalogue = Array.isArray(frame["metrics"]) && frame["metrics"].length === 0;
    const devices = plant.filter((one) => filters.some((filter) => matches(filter, one.id)));
    const chosen = new Set(devices);
    const held = catalogue ? [] : this.#hub.series.filter((one) => chosen.has(one.device));
    const since = typeof frame["since"] === "string" ? splitPosition(frame["since"]) : null;
    const resumed = since?.epoch === this.#hub.epoch && since.seq <= this.#hub.seq;
    this.#channels += 1;
    const channel = this.#channels;
    const seq = this.#hub.seq;
    const intervalMs = Number(frame["interval_ms"] ?? 100);
    this.#subscriptions.set(id, {
      id,
      channel,
      held,
      devices: devices.map((one) => one.id),
      intervalMs,
      summary: frame["summary"] === true,
      position: seq,
      due: now + intervalMs,
      lastSummary: "",
    });
    const position = `${this.#hub.epoch}:${seq}`;
    this.#send({
      type: "subscribed",
      id,
      channel,
      position,
      resumed,
      series: held.length,
      interval_ms: intervalMs,
    });
    if (!resumed) this.#introduce(channel, devices);
    this.#send({ type: "series", channel, seq, add: held.map(seriesRow), remove: [] });
    if (!resumed) {
      const ids = new Set(devices.map((one) => one.id));
      const rows = this.#hub.statuses().filter(([device]) => ids.has(device));
      this.#send({ type: "status", channel, seq, rows });
    }
    const rows = this.#hub.rows(held, resumed && since ? since.seq : 0);
    this.#send({ type: "snapshot", channel, position, rows, more: false });
    const doubts = resumed && since ? this.#hub.qualities(held, since.seq, now) : [];
    if (doubts.length > 0) this.#send({ type: "quality", channel, seq, rows: doubts });
  }

  #introduce(channel: number, devices: readonly (typeof plant)[number][]): void {
    const add = devices.map((one) => [one.id, one.source, one.name, one.place, one.model]);
    this.#send({ type: "devices", channel, seq: this.#hub.seq, add, remove: [] });
  }

  /** Sends what is due. */
  tick(now: number): void {
    if (now - this.#heartbeat >= 20_000) {
      this.#heartbeat = now;
      this.#send({ type: "heartbeat", now });
    }
    if (this.#paused) return;
    for (const one of this.#subscriptions.values()) {
      if (now < one.due) continue;
      one.due = now + Math.max(one.intervalMs, 50);
      this.#publish(one, now);
      if (one.summary) this.#summarise(one, now);
    }
  }

  #publish(one: Subscription, now: number): void {
    const seq = this.#hub.seq;
    const rows = this.#hub.rows(one.held, one.position);
    const doubts = this.#hub.qualities(one.held, one.position, now);
    one.position = seq;
    if (rows.length > 0) {
      const relative = rows.map(([key, time, ...rest]) => [key, time - now, ...rest]);
      this.#send({
        type: "data",
        channel: one.channel,
        seq,
        base: now,
        rows: relative,
        n: rows.length,
      });
    }
    if (doubts.length > 0) this.#send({ type: "quality", channel: one.channel, seq, rows: doubts });
  }

  #summarise(one: Subscription, now: number): void {
    one.due = Math.max(one.due, now + 1000);
    const places = this.#hub.summary();
    const text = JSON.stringify(places);
    if (text === one.lastSummary) return;
    one.lastSummary = text;
    this.#send({ type: "summary", channel: one.channel, seq: this.#hub.seq, places });
  }
}

function seriesRow(held: Held): unknown[] {
  const { key, device, metric } = held;
  const row = [key, device.id, metric.name, metric.unit, metric.datatype];
  return metric.facts ? [...row, metric.facts] : row;
}
