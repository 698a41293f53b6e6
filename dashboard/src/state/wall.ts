/**
 * The wall's order: what matches, place by place, and nothing that moves by itself.
 *
 * A query about values is asked again every 2 s; what matches then is added at the end, what matches no more is greyed
 * where it stands. A sort is made once and freezes.
 */
import { type ReadonlySignal, signal } from "@preact/signals";
import { placeLabels } from "../data/labels.ts";
import { closeNames, matchesQuery, type Searchable } from "../data/matching.ts";
import { naturally } from "../data/natural.ts";
import { needsSeries, parseQuery, type Query } from "../data/search.ts";
import { words } from "../data/strings.ts";
import { shortClock } from "../data/times.ts";
import type { Wall } from "./dashboard.ts";
import type { Devices } from "./devices.ts";
import type { AskDevices } from "./elsewhere.ts";
import type { LinkState } from "./link.ts";
import type { Route } from "./route.ts";
import type { WallGroup, WallView } from "./views.ts";

export interface WallOptions {
  readonly devices: Devices;
  readonly link: LinkState;
  readonly ask: AskDevices;
  /** What the page knows of a device, for a search. */
  readonly searchable: (device: string) => Searchable | null;
  /** What a device is sorted by: smaller first. */
  readonly rank: (device: string, sort: Route["sort"]) => number | string;
  /** A search the reader typed matches so many. */
  readonly onMatches: (n: number) => void;
}

type Wanted = Pick<Route, "q" | "place" | "sort">;

const none: WallView = {
  devices: [],
  groups: [],
  greyed: new Set(),
  sorted: "",
  nothing: "",
  problem: "",
};
const noneGreyed: ReadonlySet<string> = new Set();

/** The labels of a place's levels. */
export function labelsOf(place: string): readonly string[] {
  return place === "" ? [words.noPlace] : placeLabels(place);
}

function isBelow(place: string, of: string): boolean {
  return of === "" || place === of || place.startsWith(`${of}/`);
}

export class WallState implements Wall {
  readonly #options: WallOptions;
  readonly #view = signal(none);
  #wanted: Wanted = { q: "", place: "", sort: "place" };
  #query: Query = parseQuery("");
  /** Devices shown, in their order, once a query about values or a sort froze it; null: place order decides. */
  #frozen: readonly string[] | null = null;
  #sorted = "";
  /** What the hub answered to the query; null: not asked, or no answer. */
  #answer: ReadonlySet<string> | null = null;
  #asked = 0;

  constructor(options: WallOptions) {
    this.#options = options;
  }

  get view(): ReadonlySignal<WallView> {
    return this.#view;
  }

  /** The route changed. */
  want({ place, q, sort }: Wanted): void {
    const before = this.#wanted;
    if (before.q === q && before.place === place && before.sort === sort) return;
    this.#wanted = { q, place, sort };
    if (before.q !== q) {
      this.#query = parseQuery(q);
      this.#answer = null;
    }
    this.#frozen = null;
    this.#sort();
    this.refresh();
    if (before.q === q || q === "") return;
    if (needsSeries(this.#query)) void this.#ask();
    this.#options.onMatches(this.#view.peek().devices.length);
  }

  sortAgain(): void {
    this.#frozen = null;
    this.#sort();
    this.refresh();
  }

  #sort(): void {
    const { devices, link, rank } = this.#options;
    const { sort } = this.#wanted;
    this.#sorted = "";
    if (sort === "place") return;
    const ranks = new Map(devices.order.map((device) => [device, rank(device, sort)]));
    this.#frozen = [...devices.order].sort((a, b) => compareRanks(ranks.get(a), ranks.get(b)));
    this.#sorted = words.wall.sorted(words.wall.sorts[sort], shortClock(link.now(), link.zone));
  }

  async #ask(): Promise<void> {
    const { q } = this.#wanted;
    this.#asked += 1;
    const turn = this.#asked;
    const found = await this.#options.ask(q);
    if (turn !== this.#asked || q !== this.#wanted.q) return;
    const first = this.#answer === null;
    if (found) this.#answer = new Set(found);
    // The first answer replaces what this page guessed from what it knew; later ones only add and grey.
    if (first) this.#shownFor = null;
    this.refresh();
    if (first && found) this.#options.onMatches(found.length);
  }

  /** Every 2 s: a query about values may match others by now. */
  tick(): void {
    if (needsSeries(this.#query)) void this.#ask();
  }

  #matches(device: string): boolean {
    const entry = this.#options.devices.get(device);
    if (!entry || !isBelow(entry.place, this.#wanted.place)) return false;
    if (this.#query.terms.length === 0) return true;
    if (this.#answer) return this.#answer.has(device);
    const known = this.#options.searchable(device);
    return known !== null && matchesQuery(this.#query, known, this.#options.link.now());
  }

  /** Works the list out again: devices came, or a query was answered. */
  refresh(): void {
    const { devices } = this.#options;
    const order = this.#frozen ? withNewcomers(this.#frozen, devices.order) : devices.order;
    const matching = order.filter((device) => this.#matches(device));
    const { greyed, shown } = this.#settle(matching);
    const before = this.#view.peek();
    const sameList = sameItems(before.devices, shown);
    this.#view.value = {
      devices: sameList ? before.devices : shown,
      groups: sameList ? before.groups : this.#groups(shown),
      greyed: greyed.size === 0 ? noneGreyed : greyed,
      sorted: this.#sorted,
      nothing: this.#nothing(shown),
      problem: this.#query.problems.join(" "),
    };
  }

  /** With a query about values the list only grows; what fell out is greyed. */
  #settle(matching: readonly string[]): {
    readonly shown: readonly string[];
    readonly greyed: ReadonlySet<string>;
  } {
    const first = this.#shownFor !== this.#wanted || !needsSeries(this.#query);
    this.#shownFor = this.#wanted;
    if (first) return { shown: matching, greyed: noneGreyed };
    const held = this.#view.peek().devices;
    const there = new Set(held);
    const now = new Set(matching);
    const shown = [...held, ...matching.filter((device) => !there.has(device))];
    return { shown, greyed: new Set(held.filter((device) => !now.has(device))) };
  }

  #shownFor: Wanted | null = null;

  #groups(shown: readonly string[]): readonly WallGroup[] {
    if (this.#wanted.sort !== "place")
      return [{ place: this.#wanted.place, labels: [], start: 0, count: shown.length }];
    const groups: WallGroup[] = [];
    let start = 0;
    for (let index = 1; index <= shown.length; index += 1) {
      const place = this.#options.devices.get(shown[start] ?? "")?.place ?? "";
      const next = this.#options.devices.get(shown[index] ?? "")?.place;
      if (index < shown.length && next === place) continue;
      groups.push({ place, labels: labelsOf(place), start, count: index - start });
      start = index;
    }
    return groups;
  }

  #nothing(shown: readonly string[]): string {
    const { q } = this.#wanted;
    const { devices } = this.#options;
    if (shown.length > 0 || q === "" || !devices.complete) return "";
    const word = this.#query.terms.find((term) => term.kind === "text");
    const names = word ? [...devices.all].map((entry) => entry.name) : [];
    return words.wall.nothing(q, word?.kind === "text" ? closeNames(word.pattern, names) : []);
  }
}

function compareRanks(a: number | string | undefined, b: number | string | undefined): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return naturally(String(a), String(b));
}

/** A frozen order, and after it what it did not know. */
function withNewcomers(frozen: readonly string[], all: readonly string[]): readonly string[] {
  const known = new Set(frozen);
  const newcomers = all.filter((device) => !known.has(device));
  return newcomers.length === 0 ? frozen : [...frozen, ...newcomers];
}

function sameItems(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
