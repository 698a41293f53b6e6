/** The engine: the parts of the state joined, and the worker's messages handed to them. */
import { effect, signal } from "@preact/signals";
import type { Travel } from "../data/port.ts";
import { words } from "../data/strings.ts";
import { AnnouncerState } from "./announcer.ts";
import { AttentionState } from "./attention.ts";
import { Cards } from "./cards.ts";
import { CatalogueState } from "./catalogue.ts";
import { Charts } from "./charts.ts";
import type { Dashboard, Dispose, Vitals } from "./dashboard.ts";
import { Delivery } from "./delivery.ts";
import { Devices } from "./devices.ts";
import { Elsewhere } from "./elsewhere.ts";
import type { Environment } from "./environment.ts";
import { Families } from "./families.ts";
import { FrameLoop } from "./frame-loop.ts";
import { Inbox } from "./inbox.ts";
import { LinkState } from "./link.ts";
import { Outages } from "./outages.ts";
import { PreferencesState } from "./preferences.ts";
import { Pulse } from "./pulse.ts";
import { Repeater } from "./repeater.ts";
import { ReplayControls } from "./replay.ts";
import { RouterState } from "./router.ts";
import { rankOf, searchableOf } from "./searchable.ts";
import { SlotRegistry } from "./slots.ts";
import { titleOf } from "./title.ts";
import { parseTravel } from "./travel.ts";
import { TrendLines } from "./trends.ts";
import { type HeldSeries, Values } from "./values.ts";
import { ViewportState } from "./viewport.ts";
import type { LinkPhase } from "./views.ts";
import { WallState } from "./wall.ts";

/** How often the metrics on cards are chosen again. */
const reconsiderMs = 10 * 60_000;
const noVitals: Vitals = {
  overfullFrames: 0,
  slowdown: 1,
  memoryBytes: 0,
  memoryBudgetBytes: 0,
  evicted: 0,
  roundTripMs: null,
  clockOffsetMs: 0,
};
const searchMs = 2000;
/** What looks at all devices runs at most this often. */
const slowMs = 1000;

export class Engine implements Dashboard {
  readonly #env: Environment;
  /** The moment this page shows; null: the present. It stays so for as long as the page lives. */
  readonly #travel: Travel | null;
  readonly #values = new Values();
  readonly #outages = new Outages();
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
  readonly link: LinkState;
  readonly slots: SlotRegistry;
  readonly announcer: AnnouncerState;
  readonly attention: AttentionState;
  readonly wall: WallState;
  readonly catalogue: CatalogueState;
  readonly viewport: ViewportState;
  readonly route: RouterState;
  readonly replay: ReplayControls;
  readonly preferences: PreferencesState;
  readonly trends: Dashboard["trends"];
  readonly vitals = signal<Vitals>(noVitals);

  constructor(env: Environment) {
    const { timers } = env;
    this.#travel = parseTravel(env.place.location.search);
    // The HTTP API knows the present only.
    this.#env = this.#travel === null ? env : { ...env, ask: () => Promise.resolve(null) };
    this.replay = new ReplayControls(env.port);
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
      ask: this.#env.ask,
      timers,
      onChange: () => this.#elsewhereChanged(),
      visible: () => env.presence.visible(),
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
      past: this.#travel?.from,
    });
  }

  #makeCards(): Cards {
    return new Cards({
      devices: this.#devices,
      families: this.#families,
      link: this.link,
      pulse: this.#pulse,
      elsewhere: (device) => this.#elsewhere.of(device),
      watched: (device) => this.viewport.watches(device),
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
      outages: this.#outages,
    });
  }

  /** A value whose trend is hatched from its last reading on. */
  readonly #doubtful = (held: HeldSeries): boolean => {
    const mark = this.slots.markOf(held);
    return mark === "stale" || (mark === "unproven" && !this.link.replaying);
  };

  #makeTrendLines(): TrendLines {
    return new TrendLines({
      timers: this.#env.timers,
      values: this.#values,
      link: this.link,
      loop: this.#loop,
      outages: this.#outages,
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
      outages: this.#outages,
      request: (request) => port.post({ t: "chart", request }),
      visible: () => presence.visible(),
    });
  }

  #makeInbox(): Inbox {
    return new Inbox({
      values: this.#values,
      families: this.#families,
      cards: this.#cards,
      slots: this.slots,
      trendLines: this.#trendLines,
      charts: this.#charts,
      catalogue: this.catalogue,
      link: this.link,
      announcer: this.announcer,
      delivery: this.#delivery,
    });
  }

  #start(): void {
    const { port, presence, surroundings, url } = this.#env;
    const inbox = this.#makeInbox();
    port.listen((message) => inbox.take(message));
    port.post({ t: "open", url, client: "dashboard", replay: this.#travel ?? undefined });
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
    this.#cards.tick();
    this.catalogue.tick();
    this.attention.tick();
    this.#writeTitle();
    this.#writeVitals();
  }

  #writeVitals(): void {
    const { memory, rtt } = this.link.reported;
    const vitals: Vitals = {
      overfullFrames: this.#loop.overfull,
      slowdown: this.#loop.slowdown,
      memoryBytes: memory.bytes,
      memoryBudgetBytes: memory.budgetBytes,
      evicted: memory.evicted,
      roundTripMs: rtt,
      clockOffsetMs: this.#env.timers.now() - this.link.now(),
    };
    if (JSON.stringify(vitals) !== JSON.stringify(this.vitals.peek())) this.vitals.value = vitals;
  }

  #writeTitle(): void {
    const route = this.route.current.value;
    const { phase } = this.link.view.value;
    this.#env.title(titleOf(route, phase, this.#devices.get(route.device)?.name));
  }

  #presenceChanged(why: "hidden" | "shown" | "network"): void {
    if (why !== "network") this.#env.port.post({ t: "visible", visible: why === "shown" });
    if (why === "hidden") this.#outages.begin("hidden", this.link.now());
    if (why !== "hidden") this.link.doubt(why === "shown" ? "hidden" : "jump");
    if (why !== "shown") return;
    this.#delivery.pull();
    this.#elsewhere.doubt();
  }

  /** Liveness changed: everything that says so says so now, not at the next beat. */
  #liveChanged(): void {
    const { phase } = this.link.view.peek();
    if (phase === "lost" || phase === "restarting") this.#values.unprove();
    this.#rememberOutage(phase);
    this.slots.refresh();
    this.#trendLines.refresh();
    this.#charts.refresh();
  }

  /** What will explain holes in the charts. */
  #rememberOutage(phase: LinkPhase): void {
    const { brokerFeed: feed, reported } = this.link;
    const now = this.link.now();
    if (phase === "lost" || phase === "restarting" || phase === "refused")
      this.#outages.begin("hub", reported.heard || now);
    if (phase !== "live" && phase !== "no-broker" && phase !== "replay") return;
    this.#outages.watchedSince(now);
    for (const cause of ["hub", "hidden"] as const) this.#outages.end(cause, now);
    if (phase === "no-broker") this.#outages.begin("broker", feed?.since ?? now);
    else this.#outages.end("broker", feed?.up === true ? feed.since : now);
  }

  #elsewhereChanged(): void {
    this.#cards.markAll();
    this.catalogue.judged();
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
