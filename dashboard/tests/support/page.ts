/** A page without a browser: the whole engine, worker included, on manual time and played sockets. */
import { Engine as Worker } from "../../src/data/engine.ts";
import type { FromWorker } from "../../src/data/port.ts";
import type { Environment, Presence } from "../../src/state/environment.ts";
import { createDashboard, type Dashboard } from "../../src/state/index.ts";
import type {
  DeviceRow,
  ReadingRow,
  SeriesRow,
  StatusRow,
  SummaryRow,
} from "../../src/wire/messages.ts";
import { FakeSockets } from "./socket.ts";
import { ManualTimers } from "./timers.ts";

/** A text node, and how often it was written. */
export class FakeText {
  #data = "";
  writes = 0;

  get data(): string {
    return this.#data;
  }

  set data(text: string) {
    this.#data = text;
    this.writes += 1;
  }

  get node(): Text {
    return this as unknown as Text;
  }
}

export class FakeElement {
  readonly attributes = new Map<string, string>();

  getAttribute(name: string): string | null {
    return this.attributes.get(name) ?? null;
  }

  setAttribute(name: string, value: string): void {
    this.attributes.set(name, value);
  }

  hasAttribute(name: string): boolean {
    return this.attributes.has(name);
  }

  removeAttribute(name: string): void {
    this.attributes.delete(name);
  }

  get element(): Element {
    return this as unknown as Element;
  }
}

export interface Plant {
  readonly devices?: readonly DeviceRow[];
  readonly statuses?: readonly StatusRow[];
  readonly series?: readonly SeriesRow[];
  readonly rows?: readonly ReadingRow[];
  readonly summary?: readonly SummaryRow[];
}

export class FakePage {
  readonly timers = new ManualTimers();
  readonly sockets = new FakeSockets();
  readonly dataset: Record<string, string | undefined> = {};
  readonly stored = new Map<string, string>();
  readonly dashboard: Dashboard;
  readonly asked: string[] = [];
  /** What the HTTP API answers to a search; null: it does not. */
  answers: ReadonlyMap<string, readonly string[]> | null = null;
  readonly location = { pathname: "/", search: "" };
  readonly pushed: string[] = [];
  title = "";
  visible = true;
  dark = false;
  #pop: (() => void) | null = null;
  #presence: Parameters<Presence["watch"]>[0] = () => undefined;
  #hear: (message: FromWorker) => void = () => undefined;
  #channel = 0;

  constructor(address = "/") {
    this.#go(address);
    const worker = new Worker({
      open: this.sockets.open,
      timers: this.timers,
      post: (message) => this.#hear(message),
    });
    const environment: Environment = {
      timers: this.timers,
      frames: (act) => this.timers.after(16, act),
      port: {
        post: (message) => worker.take(message),
        listen: (act) => {
          this.#hear = act;
        },
        close: () => undefined,
      },
      presence: {
        visible: () => this.visible,
        watch: (act) => {
          this.#presence = act;
          return () => undefined;
        },
      },
      place: {
        location: this.location,
        history: {
          pushState: (_state, _unused, address) => this.#push(String(address), true),
          replaceState: (_state, _unused, address) => this.#push(String(address), false),
        },
        addEventListener: (_name, act) => {
          this.#pop = act;
        },
        removeEventListener: () => {
          this.#pop = null;
        },
      },
      surroundings: {
        storage: {
          getItem: (name) => this.stored.get(name) ?? null,
          setItem: (name, value) => void this.stored.set(name, value),
        },
        matches: (query) => ({
          matches: query.includes("dark") && this.dark,
          addEventListener: () => undefined,
          removeEventListener: () => undefined,
        }),
        root: { dataset: this.dataset },
      },
      ask: (query) => {
        this.asked.push(query);
        return Promise.resolve(this.answers?.get(query) ?? null);
      },
      host: "hub.local:8080",
      url: "ws://hub.local:8080/api/v1/live",
      title: (text) => {
        this.title = text;
      },
    };
    this.dashboard = createDashboard({ environment });
  }

  #go(address: string): void {
    const url = new URL(address, "http://hub.local");
    this.location.pathname = url.pathname;
    this.location.search = url.search;
  }

  #push(address: string, pushed: boolean): void {
    this.#go(address);
    if (pushed) this.pushed.push(address);
  }

  /** Back or forward to an address. */
  pops(address: string): void {
    this.#go(address);
    this.#pop?.();
  }

  presence(why: "hidden" | "shown" | "network"): void {
    this.visible = why !== "hidden";
    this.#presence(why);
  }

  /** Grants every selection asked for on the newest socket and tells it all of the plant it covers. */
  grants(plant: Plant = {}, resumed = false, seq = 800): void {
    const socket = this.sockets.last;
    const newest = new Map(socket.all("subscribe").map((frame) => [frame["id"], frame]));
    for (const [id, frame] of newest) {
      this.#channel += 1;
      const channel = this.#channel;
      const catalogue = Array.isArray(frame["metrics"]) && frame["metrics"].length === 0;
      const ids = frame["devices"] as string[];
      const has = (device: string): boolean => catalogue || ids.includes(device);
      const series = catalogue ? [] : (plant.series ?? []).filter((row) => has(row[1]));
      const keys = new Set(series.map((row) => row[0]));
      const position = `k3f9:${seq}`;
      socket.says({
        type: "subscribed",
        id,
        channel,
        position,
        resumed,
        series: series.length,
        interval_ms: 250,
      });
      const add = (plant.devices ?? []).filter((row) => has(row[0]));
      if (!resumed) socket.says({ type: "devices", channel, seq, add, remove: [] });
      socket.says({ type: "series", channel, seq, add: series, remove: [] });
      const statuses = (plant.statuses ?? []).filter((row) => has(row[0]));
      if (!resumed) socket.says({ type: "status", channel, seq, rows: statuses });
      const rows = (plant.rows ?? []).filter((row) => keys.has(row[0]));
      socket.says({ type: "snapshot", channel, position, rows, more: false });
      if (catalogue && plant.summary)
        socket.says({ type: "summary", channel, seq, places: plant.summary });
    }
    this.timers.advance(20);
  }

  /** Channel of the newest grant. */
  get channel(): number {
    return this.#channel;
  }

  /** Welcomes, grants and answers the first ping: live. */
  live(plant: Plant = {}): void {
    this.sockets.last.welcomes(this.timers.now());
    this.sockets.last.says({ type: "feed", source: "mqtt", up: true, since: this.timers.now() });
    this.grants(plant);
    this.sockets.last.pongs(this.timers.now());
    this.timers.advance(300);
  }

  /** Readings arrive on the newest channel. */
  data(rows: readonly ReadingRow[], seq: number): void {
    const base = this.timers.now();
    this.sockets.last.says({
      type: "data",
      channel: this.#channel,
      seq,
      base,
      rows,
      n: rows.length,
    });
  }

  /** Time passes on a healthy line: pings are answered. */
  passes(ms: number): void {
    for (let left = ms; left > 0; left -= 1000) {
      this.timers.advance(Math.min(1000, left));
      this.sockets.last.pongs(this.timers.now());
    }
  }
}

/** A pump, a tank and a meter in two places. */
export const threeDevices = (now: number): Plant => ({
  devices: [
    ["plant/pump-2", "json", "Pump 2", "plant", "P 7"],
    ["plant/pump-10", "json", "Pump 10", "plant", null],
    ["harbour/meter", "shelly", null, "harbour", null],
  ],
  statuses: [
    ["plant/pump-2", "online", now - 60_000, "data"],
    ["plant/pump-10", "offline", now - 34 * 60_000, "will"],
    ["harbour/meter", "online", now - 60_000, "data"],
  ],
  series: [
    [101, "plant/pump-2", "temperature", "°C", "float", { cadence_ms: 1000 }],
    [102, "plant/pump-2", "uptime", "s", "integer"],
    [103, "plant/pump-10", "temperature", "°C", "float", { cadence_ms: 1000 }],
    [104, "harbour/meter", "power", "W", "float", { cadence_ms: 60_000 }],
  ],
  rows: [
    [101, now - 1000, 71.2],
    [102, now - 1000, 5],
    [103, now - 34 * 60_000, 18.2, "stale"],
    [104, now - 11 * 60_000, 212_345, "stale"],
  ],
  summary: [
    ["", 3, 1, 0, 1, 0, 0, 0, 0, 0],
    ["harbour", 1, 0, 0, 1, 0, 0, 0, 0, 0],
    ["plant", 2, 1, 0, 0, 0, 0, 0, 0, 0],
  ],
});
