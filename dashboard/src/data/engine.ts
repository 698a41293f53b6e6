/**
 * The worker's inside, without the worker: frames of the hub in, batches for the page out.
 *
 * It owns the connection, the subscriptions, the newest values and their past. It answers the page's `next` when there
 * is something to say and holds it while there is not.
 */
import { replay } from "../wire/commands.ts";
import type { HubFrame } from "../wire/messages.ts";
import type { Timers } from "./clock.ts";
import { Connection, type Socket } from "./connection.ts";
import { Memory, measure } from "./memory.ts";
import type {
  ChartRequest,
  EvidenceRow,
  FromWorker,
  HubEvent,
  ToWorker,
  Travel,
  TrendWindow,
} from "./port.ts";
import { Slowness } from "./slowness.ts";
import { qualityFlag, Store } from "./store.ts";
import { type Held, Subscriptions } from "./subscriptions.ts";
import { TrendFeed } from "./trend-feed.ts";

/** The visible selection is replaced at most this often. */
const replaceEveryMs = 200;

export interface EngineOptions {
  readonly open: (url: string) => Socket;
  readonly timers: Timers;
  readonly post: (message: FromWorker, transfer: ArrayBufferLike[]) => void;
  readonly budgetBytes?: number;
}

export class Engine {
  readonly #options: EngineOptions;
  readonly #store = new Store();
  readonly #memory: Memory;
  #connection: Connection | null = null;
  readonly #subscriptions = new Subscriptions((frame) => this.#connection?.send(frame) ?? false);
  readonly #trends: TrendFeed;
  #waiting = false;
  #behind = false;
  /** Nothing of what is visible is missing since this connection's welcome; scrolling does not undo it. */
  #caughtUp = false;
  readonly #slowness = new Slowness();
  #present: Set<string> | null = null;
  /** Where this page's past goes on after a reconnect; null: it shows the present. */
  #travel: Travel | null = null;
  #show: Extract<ToWorker, { t: "show" }> | null = null;
  #shownAt = Number.NEGATIVE_INFINITY;
  #cancelShow: (() => void) | null = null;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#memory = new Memory(options.budgetBytes);
    this.#trends = new TrendFeed(this.#memory, options.post);
  }

  /** Does what the page asks. */
  take(message: ToWorker): void {
    switch (message.t) {
      case "open":
        this.#travel = message.replay ?? null;
        this.#open(message.url, message.client);
        break;
      case "show":
        this.#showSoon(message);
        break;
      case "see":
        this.#see(message.keys, message.trends, message.windows);
        break;
      case "next":
        this.#waiting = true;
        this.#flush();
        break;
      case "send":
        this.#connection?.send(message.frame);
        break;
      case "retry":
        this.#connection?.retry();
        break;
      case "visible":
        this.#connection?.visible(message.visible);
        break;
      case "wake":
        this.#connection?.wake(message.n);
        break;
      case "chart":
        this.#chart(message.request);
        break;
      case "evidence":
        this.#evidence(message.keys);
        break;
      case "close":
        this.#cancelShow?.();
        this.#connection?.close();
        break;
    }
  }

  #open(url: string, client: string): void {
    this.#connection?.close();
    this.#connection = new Connection({
      url,
      client,
      open: this.#options.open,
      timers: this.#options.timers,
      listener: {
        welcomed: () => this.#store.reset(),
        frame: (frame) => this.#frame(frame),
        changed: () => this.#report(),
      },
    });
    this.#connection.connect();
  }

  #post(message: FromWorker, transfer: ArrayBufferLike[] = []): void {
    this.#options.post(message, transfer);
  }

  #event(event: HubEvent): void {
    this.#post({ t: "event", event });
  }

  /** Tells the page how the link is; hub times, so that it needs no clock of its own to show them. */
  #report(): void {
    const line = this.#connection;
    if (!line) return;
    // What was complete on the last connection has yet to be on the next.
    if (line.state !== "open" && line.state !== "checking") this.#caughtUp = false;
    const offset = line.clock.offset;
    this.#post({
      t: "link",
      link: {
        state: line.state,
        since: line.since + offset,
        heard: line.heard === 0 ? 0 : line.heard + offset,
        rtt: line.rtt,
        latency: line.latency,
        offset,
        tries: line.tries,
        nextTry: line.nextTry,
        code: line.code,
        reason: line.reason,
        caughtUp: line.state === "open" && this.#caughtUp,
        wake: line.proven,
        hub: line.hub,
        zone: line.zone,
        memory: {
          bytes: this.#memory.bytes,
          budgetBytes: this.#memory.budgetBytes,
          evicted: this.#memory.evicted,
        },
      },
    });
  }

  #frame(frame: HubFrame): void {
    switch (frame.type) {
      case "welcome":
        this.#behind = false;
        // Before the first subscription: nothing of the present ever reaches a page of the past.
        if (this.#travel) this.#connection?.send(replay(this.#travel));
        this.#subscriptions.start(frame.epoch);
        break;
      case "pong":
        this.#prove(this.#behind ? [] : this.#subscriptions.provenBy(frame.n));
        this.#checkComplete();
        if (this.#behind) this.#tellLag();
        this.#report();
        break;
      case "heartbeat":
        this.#report();
        break;
      case "feed":
        this.#event({ kind: "feed", feed: frame });
        break;
      case "lag":
        this.#behind = frame.behind;
        this.#slowness.lag(frame.behind, this.#options.timers.monotonic());
        this.#tellLag();
        break;
      case "error":
        this.#event({ kind: "error", code: frame.code, message: frame.message });
        break;
      case "replay": {
        const { now = Number.NaN, paused = false, speed = 1 } = frame;
        if (this.#travel && now > 0) this.#travel = { ...this.#travel, from: now, speed, paused };
        this.#event({ kind: "replay", state: frame });
        break;
      }
      case "bye":
        break;
      default:
        this.#channelled(frame);
    }
  }

  #channelled(frame: Extract<HubFrame, { channel: number }>): void {
    if (frame.type === "subscribed") {
      this.#granted(frame);
      return;
    }
    const held = this.#subscriptions.of(frame);
    if (held.length === 0) return;
    this.#subscriptions.advance(frame);
    this.#content(frame, held);
    if (frame.type === "snapshot" && !frame.more) this.#completed(held);
    if (this.#checkComplete()) this.#report();
  }

  /** True once per connection: when all that was asked for has come. */
  #checkComplete(): boolean {
    if (this.#caughtUp || !this.#subscriptions.complete) return false;
    this.#caughtUp = true;
    return true;
  }

  #tellLag(): void {
    const oneOf = this.#slowness.oneOf(this.#options.timers.monotonic());
    this.#event({ kind: "lag", behind: this.#behind, oneOf });
  }

  #granted(frame: Extract<HubFrame, { type: "subscribed" }>): void {
    const nextPing = (this.#connection?.pings ?? 0) + 1;
    const held = this.#subscriptions.granted(frame, nextPing);
    if (held?.catalogue) this.#present = frame.resumed ? null : new Set();
  }

  #content(frame: Extract<HubFrame, { channel: number }>, held: readonly Held[]): void {
    switch (frame.type) {
      case "devices":
        if (held.some((one) => one.catalogue))
          for (const [device] of frame.add) this.#present?.add(device);
        this.#event({ kind: "devices", add: frame.add, remove: frame.remove });
        break;
      case "series": {
        const add = this.#store.introduce(frame.add);
        const remove = this.#store.retire(frame.remove);
        if (add.length > 0 || remove.length > 0) this.#post({ t: "series", add, remove });
        break;
      }
      case "status":
        this.#event({ kind: "status", rows: frame.rows });
        break;
      case "snapshot":
        for (const [key, time, value, quality = "good"] of frame.rows)
          this.#read(key, time, value, quality);
        this.#slowness.shown(frame.rows.length);
        this.#flush();
        break;
      case "data":
        this.#slowness.sent(frame.n, frame.rows.length, this.#options.timers.monotonic());
        for (const [key, after, value, quality = "good"] of frame.rows)
          this.#read(key, frame.base + after, value, quality);
        this.#flush();
        break;
      case "quality":
        for (const [key, quality] of frame.rows) this.#store.judge(key, quality);
        this.#flush();
        break;
      case "gap":
        this.#event({ kind: "gap", from: frame.from, to: frame.to, reason: frame.reason });
        break;
      case "summary":
        this.#event({ kind: "summary", places: frame.places });
        break;
      case "subscribed":
        break;
    }
  }

  #read(...[key, time, value, quality]: Parameters<Store["read"]>): void {
    const id = this.#store.read(key, time, value, quality);
    const info = this.#store.info(id);
    // A bad value is no measurement: it is shown, struck, and leaves no trace in the trend.
    if (!info || qualityFlag(quality) === qualityFlag("bad")) return;
    const size = measure(value, info.metric, info.facts.kind);
    if (Number.isNaN(size)) return;
    this.#memory.add(id, time, size, this.#store.wanted);
    this.#trends.moved(id);
  }

  #completed(held: readonly Held[]): void {
    this.#prove(held);
    if (!held.some((one) => one.catalogue)) return;
    this.#event({ kind: "catalogue", present: this.#present ? [...this.#present] : null });
    this.#present = null;
  }

  /** Everything of these selections that got no row is as it was: the hub said it has sent all that changed. */
  #prove(held: readonly Held[]): void {
    const devices = new Set(held.filter((one) => !one.catalogue).flatMap((one) => one.devices));
    if (devices.size === 0) return;
    this.#store.prove(devices);
    this.#flush();
  }

  #showSoon(message: Extract<ToWorker, { t: "show" }>): void {
    this.#show = message;
    if (this.#cancelShow) return;
    const due = this.#shownAt + replaceEveryMs - this.#options.timers.monotonic();
    if (due <= 0) this.#showNow();
    else this.#cancelShow = this.#options.timers.after(due, () => this.#showNow());
  }

  #showNow(): void {
    this.#cancelShow = null;
    if (!this.#show) return;
    this.#shownAt = this.#options.timers.monotonic();
    this.#subscriptions.show(this.#show.devices, this.#show.intervalMs);
    this.#report();
  }

  #see(keys: Uint32Array, trends: Uint32Array, windows: readonly TrendWindow[]): void {
    const wanted = new Set(keys);
    this.#store.want(wanted);
    this.#memory.touch(keys);
    this.#trends.watch(trends, windows);
    this.#flush();
  }

  #flush(): void {
    if (!this.#waiting) return;
    if (!this.#store.hasNews && !this.#trends.hasNews) return;
    this.#waiting = false;
    this.#trends.flush();
    const batch = this.#store.take();
    const { flag, keys, time, value } = batch;
    this.#post({ t: "frame", ...batch }, [keys.buffer, value.buffer, time.buffer, flag.buffer]);
  }

  #chart(request: ChartRequest): void {
    const columns = this.#memory.chart(request);
    const { max, mean, min, time } = columns;
    const transfer = [time.buffer, min.buffer, max.buffer, mean.buffer];
    this.#post({ t: "chart", id: request.id, columns }, transfer);
  }

  #evidence(keys: Uint32Array): void {
    const rows: EvidenceRow[] = [];
    for (const key of keys) {
      const row = this.#memory.evidence(key);
      if (row) rows.push(row);
    }
    this.#post({ t: "evidence", rows });
  }
}
