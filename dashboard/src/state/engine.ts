/** The engine: the parts of the state joined, and the worker's messages handed to them. */
import { effect } from "@preact/signals";
import { deviceLabel } from "../data/labels.ts";
import type { FromWorker, HubEvent } from "../data/port.ts";
import { words } from "../data/strings.ts";
import { AnnouncerState } from "./announcer.ts";
import { AttentionState } from "./attention.ts";
import { Cards } from "./cards.ts";
import { CatalogueState } from "./catalogue.ts";
import { Charts } from "./charts.ts";
import type { Dashboard, Dispose } from "./dashboard.ts";
import { Delivery } from "./delivery.ts";
import { Devices } from "./devices.ts";
import { Elsewhere } from "./elsewhere.ts";
import type { Environment } from "./environment.ts";
import { Families } from "./families.ts";
import { FrameLoop } from "./frame-loop.ts";
import { LinkState } from "./link.ts";
import { PreferencesState } from "./preferences.ts";
import { Pulse } from "./pulse.ts";
import { RouterState } from "./router.ts";
import { rankOf, searchableOf } from "./searchable.ts";
import { SlotRegistry } from "./slots.ts";
import { TrendLines } from "./trends.ts";
import { Values } from "./values.ts";
import { ViewportState } from "./viewport.ts";
import { WallState } from "./wall.ts";

/** How often the metrics on cards are chosen again. */
const reconsiderMs = 10 * 60_000;
const searchMs = 2000;

export class Engine implements Dashboard {
  readonly #env: Environment;
  readonly #values = new Values();
  readonly #devices = new Devices();
  readonly #families = new Families(this.#values);
  readonly #pulse: Pulse;
  readonly #loop: FrameLoop;
  readonly #cards: Cards;
  readonly #elsewhere: Elsewhere;
  readonly #trendLines: TrendLines;
  readonly #charts: Charts;
  readonly #delivery: Delivery;
  readonly #ends: Dispose[] = [];
  readonly #timers = new Map<string, Dispose>();
  #connected = false;
  readonly link: LinkState;
  readonly slots: SlotRegistry;
  readonly announcer: AnnouncerState;
  readonly attention: AttentionState;
  readonly wall: WallState;
  readonly catalogue: CatalogueState;
  readonly viewport: ViewportState;
  readonly route: RouterState;
  readonly preferences: PreferencesState;
  readonly trends: Dashboard["trends"];

  constructor(env: Environment) {
    const { timers } = env;
    this.#env = env;
    this.#pulse = new Pulse(timers);
    this.#loop = new FrameLoop(timers, env.frames, {
      onFrame: () => this.link.checkJump(),
      onSlower: () => this.link.slowdown(this.#loop.slowdown),
    });
    this.announcer = new AnnouncerState(timers);
    this.link = new LinkState({
      timers,
      host: env.host,
      onLive: () => this.#liveChanged(),
      onAlert: (text) => this.announcer.warn(text),
      prove: (n) => env.port.post({ t: "wake", n }),
      retry: () => env.port.post({ t: "retry" }),
    });
    const [values, devices, families, link, pulse, loop] = this.#core();
    const doubtful = (held: Parameters<SlotRegistry["markOf"]>[0]): boolean => {
      const mark = this.slots.markOf(held);
      return mark === "stale" || mark === "unproven";
    };
    this.#elsewhere = new Elsewhere({
      ask: env.ask,
      timers,
      onChange: () => this.#elsewhereChanged(),
    });
    const age = (device: string): string => this.slots.deviceAge(device).text;
    const elsewhere = (device: string) => this.#elsewhere.of(device);
    this.#cards = new Cards({ devices, families, link, pulse, elsewhere, age });
    const primary = (device: string) => families.slots(device)[0];
    this.slots = new SlotRegistry({ values, devices, link, loop, primary });
    this.attention = new AttentionState({ timers, link });
    this.wall = new WallState({
      devices,
      link,
      ask: env.ask,
      searchable: (device) => searchableOf(device, devices, values),
      rank: (device, sort) => rankOf(device, sort, { devices, families, cards: this.#cards }),
    });
    this.catalogue = new CatalogueState({
      ...{ devices, values, families, link, pulse },
      cards: this.#cards,
      wall: this.wall,
      attention: this.attention,
      elsewhere: this.#elsewhere,
    });
    this.viewport = new ViewportState({
      timers,
      onChange: (...shown) => this.#delivery.show(...shown),
    });
    const watched = () => this.#trendLines.watched();
    this.#delivery = new Delivery({ timers, port: env.port, loop, values, watched });
    const onOpen = (): void => this.#delivery.seeSoon();
    this.#trendLines = new TrendLines({ timers, values, link, loop, doubtful, onOpen });
    this.#charts = new Charts({
      ...{ timers, values, link, loop, doubtful },
      request: (request) => env.port.post({ t: "chart", request }),
      visible: () => env.presence.visible(),
    });
    this.trends = {
      open: (spec, paint) => this.#trendLines.open(spec, paint),
      chart: (spec, paint) => this.#charts.open(spec, paint),
    };
    this.route = new RouterState(env.place);
    this.preferences = new PreferencesState(env.surroundings);
    this.#start();
  }

  #core() {
    return [
      this.#values,
      this.#devices,
      this.#families,
      this.link,
      this.#pulse,
      this.#loop,
    ] as const;
  }

  #start(): void {
    const { port, presence, surroundings, url } = this.#env;
    port.listen((message) => this.#take(message));
    port.post({ t: "open", url, client: "dashboard" });
    if (!presence.visible()) port.post({ t: "visible", visible: false });
    this.#ends.push(presence.watch((why) => this.#presenceChanged(why)));
    this.#ends.push(effect(() => this.wall.want(this.route.current.value)));
    this.#ends.push(
      effect(() => {
        const view = this.link.view.value;
        surroundings.root.dataset["live"] = view.live ? "yes" : "no";
        surroundings.root.dataset["link"] = view.phase;
        this.#writeTitle();
      }),
    );
    this.#every("second", 1000, () => this.#second());
    this.#every("search", searchMs, () => this.wall.tick());
    this.#every("reconsider", reconsiderMs, () => this.#delivery.askEvidence());
    this.#delivery.pull();
  }

  /** Repeats until disposed; chained, so that a slow turn never piles up. */
  #every(name: string, ms: number, act: () => void): void {
    const again = (): void => {
      this.#timers.set(
        name,
        this.#env.timers.after(ms, () => {
          act();
          again();
        }),
      );
    };
    again();
  }

  now(): number {
    return this.link.now();
  }

  #second(): void {
    this.link.tick();
    this.slots.tick();
    this.#trendLines.tick();
    this.attention.tick();
  }

  #writeTitle(): void {
    const { device, page } = this.route.current.value;
    const { pages, titles } = words;
    const name =
      page === "device" ? (this.#devices.get(device)?.name ?? deviceLabel(device)) : pages[page];
    const { phase } = this.link.view.value;
    const bad = phase !== "live" && phase !== "connecting";
    this.#env.title(bad ? titles.notLive(name) : titles.page(name));
  }

  #presenceChanged(why: "hidden" | "shown" | "network"): void {
    if (why !== "network") this.#env.port.post({ t: "visible", visible: why === "shown" });
    if (why !== "hidden") this.link.doubt(why === "shown" ? "hidden" : "jump");
    if (why === "shown") this.#delivery.pull();
  }

  /** Liveness changed: everything that says so says so now, not at the next beat. */
  #liveChanged(): void {
    if (this.link.view.peek().phase === "lost" || this.link.view.peek().phase === "restarting")
      this.#values.unprove();
    this.slots.refresh();
    this.#trendLines.refresh();
    this.#charts.refresh();
  }

  #elsewhereChanged(): void {
    this.#cards.markAll();
    this.catalogue.judged();
  }

  #take(message: FromWorker): void {
    // A batch after sleep must not be painted as live before the sleep was noticed.
    this.link.checkJump();
    switch (message.t) {
      case "link":
        this.#linkReported(message.link);
        break;
      case "series":
        this.#introduce(message.add, message.remove);
        break;
      case "frame":
        this.#frame(message);
        break;
      case "cols":
        this.#trendLines.take(message);
        break;
      case "chart":
        this.#charts.answer(message.id, message.columns);
        break;
      case "evidence":
        for (const device of this.#families.reconsider(message.rows)) this.#cards.mark(device);
        break;
      case "event":
        this.#event(message.event);
        break;
    }
  }

  #linkReported(report: Parameters<LinkState["report"]>[0]): void {
    const connected = report.state === "open" || report.state === "checking";
    // Nothing heard before this connection is proven on it.
    if (connected && !this.#connected) this.#values.unprove();
    this.#connected = connected;
    this.link.report(report);
  }

  #introduce(...[add, remove]: Parameters<Values["introduce"]>): void {
    for (const device of this.#values.introduce(add, remove)) {
      this.#families.update(device);
      this.#cards.mark(device);
    }
    this.catalogue.seriesChanged();
    this.#delivery.seeSoon();
  }

  #frame(batch: Extract<FromWorker, { t: "frame" }>): void {
    this.#values.take(batch, this.now(), (held, judged) => {
      this.slots.changed(held);
      this.#trendLines.changed(held);
      this.#charts.changed(held);
      if (!judged) return;
      this.#cards.mark(held.info.device);
      this.catalogue.judged();
    });
    this.#delivery.pullWhenDrawn();
  }

  #event(event: HubEvent): void {
    switch (event.kind) {
      case "feed":
        this.link.feed(event.feed);
        break;
      case "lag":
        this.link.lag(event.behind, event.oneOf);
        break;
      case "gap":
        this.#trendLines.refresh();
        break;
      case "error":
        this.announcer.say(words.refusedByHub(event.message));
        break;
      default:
        this.catalogue.take(event);
        if (event.kind === "devices") this.#writeTitle();
    }
  }

  dispose(): void {
    for (const end of this.#ends) end();
    for (const cancel of this.#timers.values()) cancel();
    for (const part of [this.#pulse, this.#loop, this.#charts, this.#elsewhere, this.#delivery])
      part.dispose();
    for (const part of [this.announcer, this.viewport, this.route, this.preferences])
      part.dispose();
    this.#env.port.post({ t: "close" });
    this.#env.port.close();
  }
}
