/** The engine: the parts of the state joined, and the worker's messages handed to them. */
import { effect } from "@preact/signals";
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
import { Repeater } from "./repeater.ts";
import { RouterState } from "./router.ts";
import { rankOf, searchableOf } from "./searchable.ts";
import { SlotRegistry } from "./slots.ts";
import { titleOf } from "./title.ts";
import { TrendLines } from "./trends.ts";
import { type HeldSeries, Values } from "./values.ts";
import { ViewportState } from "./viewport.ts";
import { WallState } from "./wall.ts";

/** How often the metrics on cards are chosen again. */
const reconsiderMs = 10 * 60_000;
const searchMs = 2000;
/** What looks at all devices runs at most this often. */
const slowMs = 1000;

export class Engine implements Dashboard {
  readonly #env: Environment;
  readonly #values = new Values();
  readonly #devices = new Devices();
  readonly #families = new Families(this.#values);
  readonly #pulse: Pulse;
  readonly #slowPulse: Pulse;
  readonly #loop: FrameLoop;
  readonly #cards: Cards;
  readonly #elsewhere: Elsewhere;
  readonly #trendLines: TrendLines;
  readonly #charts: Charts;
  readonly #delivery: Delivery;
  readonly #ends: Dispose[] = [];
  readonly #repeater: Repeater;
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
    this.#repeater = new Repeater(timers);
    this.#pulse = new Pulse(timers);
    this.#slowPulse = new Pulse(timers, slowMs);
    this.#loop = new FrameLoop(timers, env.frames, {
      onFrame: () => this.link.checkJump(),
      onSlower: () => this.link.slowdown(this.#loop.slowdown),
    });
    this.announcer = new AnnouncerState(timers);
    this.link = this.#makeLink();
    this.#elsewhere = new Elsewhere({
      ask: env.ask,
      timers,
      onChange: () => this.#elsewhereChanged(),
    });
    this.#cards = this.#makeCards();
    this.slots = this.#makeSlots();
    this.attention = new AttentionState({ timers, link: this.link });
    this.wall = this.#makeWall();
    this.catalogue = this.#makeCatalogue();
    this.viewport = new ViewportState({
      timers,
      onChange: (...shown) => this.#delivery.show(...shown),
    });
    this.#trendLines = this.#makeTrendLines();
    this.#charts = this.#makeCharts();
    this.#delivery = new Delivery({
      timers,
      port: env.port,
      loop: this.#loop,
      values: this.#values,
      watched: () => this.#trendLines.watched(),
    });
    this.trends = {
      open: (spec, paint) => this.#trendLines.open(spec, paint),
      chart: (spec, paint) => this.#charts.open(spec, paint),
    };
    this.route = new RouterState(env.place);
    this.preferences = new PreferencesState(env.surroundings);
    this.#start();
  }

  #makeLink(): LinkState {
    const { host, port, timers } = this.#env;
    return new LinkState({
      timers,
      host,
      onLive: () => this.#liveChanged(),
      onAlert: (text) => this.announcer.warn(text),
      prove: (n) => port.post({ t: "wake", n }),
      retry: () => port.post({ t: "retry" }),
    });
  }

  #makeCards(): Cards {
    return new Cards({
      devices: this.#devices,
      families: this.#families,
      link: this.link,
      pulse: this.#pulse,
      elsewhere: (device) => this.#elsewhere.of(device),
      age: (device) => this.slots.deviceAge(device).text,
    });
  }

  #makeSlots(): SlotRegistry {
    return new SlotRegistry({
      values: this.#values,
      devices: this.#devices,
      link: this.link,
      loop: this.#loop,
      primary: (device) => this.#families.slots(device)[0],
    });
  }

  #makeWall(): WallState {
    const parts = { devices: this.#devices, families: this.#families, cards: this.#cards };
    return new WallState({
      devices: this.#devices,
      link: this.link,
      ask: this.#env.ask,
      searchable: (device) => searchableOf(device, this.#devices, this.#values),
      rank: (device, sort) => rankOf(device, sort, parts),
      onMatches: (n) => this.announcer.saySoon(words.wall.matches(n)),
    });
  }

  #makeCatalogue(): CatalogueState {
    return new CatalogueState({
      devices: this.#devices,
      values: this.#values,
      families: this.#families,
      link: this.link,
      pulse: this.#pulse,
      slowPulse: this.#slowPulse,
      cards: this.#cards,
      wall: this.wall,
      attention: this.attention,
      elsewhere: this.#elsewhere,
    });
  }

  /** A value whose trend is hatched from its last reading on. */
  readonly #doubtful = (held: HeldSeries): boolean => {
    const mark = this.slots.markOf(held);
    return mark === "stale" || mark === "unproven";
  };

  #makeTrendLines(): TrendLines {
    return new TrendLines({
      timers: this.#env.timers,
      values: this.#values,
      link: this.link,
      loop: this.#loop,
      doubtful: this.#doubtful,
      onOpen: () => this.#delivery.seeSoon(),
    });
  }

  #makeCharts(): Charts {
    const { port, presence, timers } = this.#env;
    return new Charts({
      timers,
      values: this.#values,
      link: this.link,
      loop: this.#loop,
      doubtful: this.#doubtful,
      request: (request) => port.post({ t: "chart", request }),
      visible: () => presence.visible(),
    });
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
    this.#repeater.every("second", 1000, () => this.#second());
    this.#repeater.every("search", searchMs, () => this.wall.tick());
    this.#repeater.every("reconsider", reconsiderMs, () => this.#delivery.askEvidence());
    this.#delivery.pull();
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
    const route = this.route.current.value;
    const { phase } = this.link.view.value;
    this.#env.title(titleOf(route, phase, this.#devices.get(route.device)?.name));
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
        this.#values.get(message.key)?.format.largest(message.largest);
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
    this.#repeater.dispose();
    for (const part of [
      this.#pulse,
      this.#slowPulse,
      this.#loop,
      this.#charts,
      this.#elsewhere,
      this.#delivery,
    ])
      part.dispose();
    for (const part of [this.announcer, this.viewport, this.route, this.preferences])
      part.dispose();
    this.#env.port.post({ t: "close" });
    this.#env.port.close();
  }
}
