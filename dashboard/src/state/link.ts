/**
 * The connection's state on the page: when values may be called live, and since when not.
 *
 * Being live is earned: any doubt (a clock jump, a return from hiding, another network) ends it at once, on the page's
 * own side, before the worker has even heard of it; an answer of the hub restores it.
 */
import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { JumpDetector, type Timers } from "../data/clock.ts";
import type { LinkReport } from "../data/port.ts";
import { words } from "../data/strings.ts";
import { browserZone, clockTime } from "../data/times.ts";
import type { Feed, ReplayFrame } from "../wire/messages.ts";
import type { Link } from "./dashboard.ts";
import { type LinkFacts, linkView } from "./link-view.ts";
import { PastMoment } from "./travel.ts";
import type { LinkView, ReplayView } from "./views.ts";

export interface LinkOptions {
  readonly timers: Timers;
  readonly host: string;
  /** Liveness ended or came back: marks, ages and tails change. */
  readonly onLive: () => void;
  readonly onAlert: (text: string) => void;
  /** Asks the worker for a proof. */
  readonly prove: (n: number) => void;
  /** `Try now`. */
  readonly retry: () => void;
  /** The moment of the past that this page shows, hub time in ms; left out: the present. */
  readonly past?: number | undefined;
}

export class LinkState implements Link {
  readonly #options: LinkOptions;
  readonly #timers: Timers;
  readonly #jumps: JumpDetector;
  readonly #view: Signal<LinkView>;
  readonly #clock = signal("");
  readonly #zone = browserZone();
  #report: LinkReport;
  #feed: Feed | null = null;
  #store: Feed | null = null;
  #lag = { behind: false, oneOf: 1 };
  #pageOneOf = 1;
  #wakes = 0;
  #suspect: "hidden" | "jump" | null = null;
  #everLive = false;
  #dismissed = false;
  #losses = 0;
  #lostSaid = false;
  #unkeptSaid = false;
  #live = false;
  readonly #started: number;
  readonly #past: PastMoment | null;
  #refusal = "";

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#timers = options.timers;
    this.#past = options.past === undefined ? null : new PastMoment(options.timers, options.past);
    this.#jumps = new JumpDetector(options.timers);
    const monotonic = options.timers.monotonic();
    const offset = options.timers.now() - monotonic;
    this.#started = monotonic + offset;
    this.#report = {
      state: "connecting",
      since: this.#started,
      heard: 0,
      rtt: null,
      latency: null,
      offset,
      tries: 0,
      nextTry: 0,
      code: 0,
      reason: "",
      caughtUp: false,
      wake: 0,
      hub: "",
      zone: "",
      memory: { bytes: 0, budgetBytes: 0, evicted: 0 },
    };
    this.#view = signal(linkView(this.#facts()));
    this.#tickClock();
  }

  get view(): ReadonlySignal<LinkView> {
    return this.#view;
  }

  get clock(): ReadonlySignal<string> {
    return this.#clock;
  }

  /** What the worker said last. */
  get reported(): LinkReport {
    return this.#report;
  }

  /** What the hub said of its broker last. */
  get brokerFeed(): Feed | null {
    return this.#feed;
  }

  /** Values may be shown as live, those that are proven. */
  get live(): boolean {
    return this.#live;
  }

  /** Catching up after a loss: each value is live once its own row came. */
  get filling(): boolean {
    const { caughtUp, state } = this.#report;
    if (this.#past !== null) return false;
    return state === "open" && !caughtUp && this.#suspect === null;
  }

  /** The hub's zone. */
  get zone(): string {
    return this.#report.zone || this.#zone;
  }

  /** Hub time; on a page of the past the time of then. */
  now(): number {
    return this.#past === null ? this.present() : this.#past.now();
  }

  /** Hub time, whatever is shown. */
  present(): number {
    return this.#timers.monotonic() + this.#report.offset;
  }

  /** This page shows the past. */
  get replaying(): boolean {
    return this.#past !== null;
  }

  #replay(): ReplayView | null {
    if (this.#past === null) return null;
    const {
      ended = null,
      from,
      loading = true,
      paused = false,
      speed = 1,
    } = this.#past.state ?? {};
    const now = Math.floor(this.#past.now() / 1000) * 1000;
    const begun = from ?? this.#options.past ?? now;
    return { now, from: begun, speed, paused, loading, ended: ended !== null };
  }

  /** The hub said where the replay is. */
  replay(state: ReplayFrame): void {
    this.#past?.take(state);
    this.#refusal = "";
    this.refresh();
    this.#tickClock();
  }

  /** The hub refused something: on a page of the past that is why there is nothing to see. */
  refused(why: string): void {
    if (this.#past === null) return;
    this.#refusal = why;
    this.refresh();
  }

  /** Hub time that ages are told by: now, or when the screen was last live. */
  asOf(): number {
    if (this.#past !== null) return this.#past.now();
    const { phase } = this.#view.peek();
    if (this.#live || this.filling) return this.now();
    if (phase === "no-broker") return this.#feed?.since ?? this.now();
    return this.#report.heard || this.now();
  }

  #facts(): LinkFacts {
    const now = this.present();
    return {
      report: this.#report,
      replay: this.#replay(),
      refusal: this.#refusal,
      outages: this.#past?.state?.outages ?? [],
      feed: this.#feed,
      store: this.#store,
      behind: this.#lag.behind,
      oneOf: this.#lag.oneOf,
      pageOneOf: this.#pageOneOf,
      suspect: this.#suspect,
      everLive: this.#everLive,
      started: this.#started,
      now,
      monotonic: this.#timers.monotonic(),
      wallOffset: now - this.#timers.now(),
      noticeDismissed: this.#dismissed,
      host: this.#options.host,
      zone: this.zone,
      losses: this.#losses,
    };
  }

  /** Works out what is true now; writes the signal only when something a reader sees changed. */
  refresh(): void {
    const before = this.#view.peek();
    const view = linkView(this.#facts());
    if (view.live || view.phase === "replay") this.#everLive = true;
    if (before.phase !== "lost" && view.phase === "lost") this.#losses += 1;
    if (JSON.stringify(view) !== JSON.stringify(before)) this.#view.value = view;
    if (view.phase !== before.phase) this.#announce(before, view);
    if (view.live) this.#announceHistory(view.unkept !== "");
    if (view.live !== this.#live || view.phase !== before.phase) {
      this.#live = view.live;
      this.#options.onLive();
    }
  }

  #announce(before: LinkView, view: LinkView): void {
    const { alerts } = words.link;
    if (view.phase === "lost") {
      this.#lostSaid = true;
      this.#options.onAlert(alerts.lost);
    } else if (view.phase === "no-broker") this.#options.onAlert(alerts.noBroker);
    else if (view.live && before.phase === "no-broker") this.#options.onAlert(alerts.brokerBack);
    else if (view.live && this.#lostSaid) {
      this.#lostSaid = false;
      this.#options.onAlert(alerts.back);
    }
  }

  #announceHistory(unkept: boolean): void {
    if (unkept === this.#unkeptSaid) return;
    this.#unkeptSaid = unkept;
    const { alerts } = words.link;
    if (unkept) this.#options.onAlert(alerts.unkept);
    else if (this.#store !== null) this.#options.onAlert(alerts.keptAgain);
  }

  /** The worker said how the connection is. */
  report(report: LinkReport): void {
    this.#report = report;
    // An answer to an earlier doubt does not lift a later one.
    if (report.wake === this.#wakes && report.state === "open") this.#suspect = null;
    this.refresh();
  }

  /** Another connection: of its history the hub speaks itself, and one that keeps none says nothing. */
  renew(): void {
    this.#store = null;
  }

  feed(feed: Feed): void {
    if (feed.source === "store") this.#store = feed;
    else if (feed.source === "mqtt") this.#feed = feed;
    else return;
    this.refresh();
  }

  lag(behind: boolean, oneOf: number): void {
    this.#lag = { behind, oneOf };
    this.refresh();
  }

  /** This page fetches values at a fraction of their rate. */
  slowdown(n: number): void {
    this.#pageOneOf = n;
    this.refresh();
  }

  /** Something happened that a connection may not survive. */
  doubt(why: "hidden" | "jump"): void {
    this.#wakes += 1;
    this.#suspect = why;
    this.refresh();
    this.#options.prove(this.#wakes);
  }

  /** True when the computer slept or its clock was set; the screen is then not live before anything is painted. */
  checkJump(): boolean {
    if (!this.#jumps.check()) return false;
    this.doubt("jump");
    return true;
  }

  /** Once a second: countdowns, ages in sentences, the clock. */
  tick(): void {
    this.checkJump();
    this.refresh();
    this.#tickClock();
  }

  #tickClock(): void {
    const time = clockTime(this.now(), this.zone);
    this.#clock.value = this.#isOwnZone() ? time : `${time} ${zoneName(this.zone, this.now())}`;
  }

  retry(): void {
    this.#options.retry();
  }

  dismissClockNotice(): void {
    this.#dismissed = true;
    this.refresh();
  }

  /** True when the browser's clock shows the hub's zone, whatever the zone is called (`UTC`, `Etc/UTC`). */
  #isOwnZone(): boolean {
    const now = this.now();
    return this.zone === this.#zone || zoneName(this.zone, now) === zoneName(this.#zone, now);
  }
}

function zoneName(zone: string, at: number): string {
  const parts = new Intl.DateTimeFormat("en", {
    timeZone: zone,
    timeZoneName: "short",
  }).formatToParts(at);
  return parts.find((part) => part.type === "timeZoneName")?.value ?? zone;
}
