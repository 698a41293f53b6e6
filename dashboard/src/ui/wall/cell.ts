/**
 * One device on the wall: a card, a tile or a list row, built by hand and recycled.
 *
 * The cell follows its device's card signal, which changes when the family's slots, the state or the reason do. Values,
 * ages and the trend line are bound to nodes of the cell and never come this way.
 */
import { effect } from "@preact/signals";
import { fourDigits, type Measure } from "../../data/room.ts";
import { words } from "../../data/words.ts";
import {
  type CardView,
  type Dashboard,
  type Dispose,
  NumberText,
  type SlotPlan,
  type TrendHandle,
  type Written,
} from "../../state/index.ts";
import { GlyphElement } from "../glyph.tsx";

/** Paints a cell's trend line into its place on the row's canvas. */
export type TrendOpener = (plan: SlotPlan, card: CardView) => TrendHandle | null;

/** A metric's place in a cell. */
interface Place {
  readonly root: HTMLElement;
  readonly label: Text;
  readonly value: HTMLElement;
  readonly number: HTMLElement;
  readonly numberText: NumberText;
  readonly unitText: Text;
}

function element(tag: string, className: string, ...children: (Node | string)[]): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...children);
  return made;
}

function place(className: string, least?: Measure): Place {
  const label = document.createTextNode("");
  const digits = document.createTextNode("");
  const unitText = document.createTextNode("");
  const number = element("span", "num", digits);
  const value = element("div", "value", number, element("span", "unit", unitText));
  const root = element("div", className, element("div", "label", label), value);
  return { root, label, value, number, numberText: new NumberText(digits, least), unitText };
}

/** Classes of each density's root. */
const roots = { cards: "card", tiles: "tile", list: "line-row" } as const;

/** A cell of the wall. */
export class Cell {
  readonly root: HTMLAnchorElement;
  /** Where the trend line goes; the row measures it once per layout. */
  readonly spot = element("span", "spot");
  device: string | null = null;
  #dashboard: Dashboard;
  #base: string;
  #glyph = new GlyphElement();
  #name = document.createTextNode("");
  #why = document.createTextNode("");
  #whyHost: HTMLElement;
  #age = document.createTextNode("");
  #ageHost: HTMLElement;
  /** Tiles have room for `34 min` but not for `offline · 34 min`: their glyph says the word. */
  #brief: boolean;
  #primary: Place;
  #secondary: readonly Place[];
  #bound = new Map<Place, { series: number; end: Dispose }>();
  #trend: { series: number; handle: TrendHandle | null } | null = null;
  #ends: Dispose[] = [];
  /** Classes that the row gives: greyed, first and last of a place. */
  #extra = new Set<string>();

  constructor(density: "list" | "cards" | "tiles", dashboard: Dashboard) {
    this.#dashboard = dashboard;
    this.#base = roots[density];
    this.#brief = density === "tiles";
    // The numbers of a list stand at the right: room before them is not seen.
    const least = density === "list" ? fourDigits : undefined;
    this.#primary = place("one", least);
    this.#secondary = [1, 2, 3].map(() => place("sec", least));
    this.root = document.createElement("a");
    this.root.className = this.#base;
    this.root.tabIndex = -1;
    this.root.style.visibility = "hidden";
    this.#whyHost = element("div", "why", this.#why);
    this.#ageHost = element("span", "age", this.#age);
    this.#assemble(density);
    this.root.addEventListener("focus", () => this.#nameForSpeech());
    this.root.addEventListener("blur", () => this.root.removeAttribute("aria-label"));
  }

  #assemble(density: "list" | "cards" | "tiles"): void {
    const name = element("span", "name", this.#name);
    const more = element("div", "more", ...this.#secondary.map(({ root }) => root));
    if (density === "list") {
      this.root.append(this.#glyph.element, name, this.#whyHost, this.#primary.root, this.spot);
      this.root.append(more, this.#ageHost);
    } else if (density === "tiles") {
      const line = element("div", "line", this.#primary.value, this.#ageHost);
      this.root.append(element("div", "card-head", this.#glyph.element, name), line, this.spot);
    } else {
      const head = element("div", "card-head", this.#glyph.element, name, this.#ageHost);
      this.root.append(head, this.#whyHost, this.#primary.root, more, this.spot);
    }
  }

  /** Shows a device; `openTrend` is asked again whenever the primary metric changes. */
  bind(device: string, openTrend: TrendOpener): void {
    this.release();
    this.device = device;
    this.root.href = this.#dashboard.route.href({ page: "device", device });
    this.root.style.visibility = "";
    const age = this.#brief ? new BriefText(this.#age) : this.#age;
    this.#ends.push(this.#dashboard.slots.age(device, age, this.#ageHost));
    const card = this.#dashboard.catalogue.card(device);
    this.#ends.push(effect(() => this.#apply(card.value, openTrend)));
  }

  /** Lets go of the device; the cell keeps its room. */
  release(): void {
    for (const end of this.#ends) end();
    this.#ends = [];
    for (const { end } of this.#bound.values()) end();
    this.#bound.clear();
    this.#trend?.handle?.dispose();
    this.#trend = null;
    this.device = null;
    this.root.style.visibility = "hidden";
    this.root.tabIndex = -1;
  }

  /** Draws the trend line again, for a new theme. */
  repaint(): void {
    this.#trend?.handle?.repaint();
  }

  /** Opens the trend line again, for a new width. */
  reopenTrend(openTrend: TrendOpener): void {
    if (this.device === null) return;
    this.#trend?.handle?.dispose();
    this.#trend = null;
    this.#openTrend(this.#dashboard.catalogue.card(this.device).peek(), openTrend);
  }

  /** Gives or takes a class that belongs to the cell's place in its row, not to its device. */
  flag(name: "is-greyed" | "is-first" | "is-last", on: boolean): void {
    if (on) this.#extra.add(name);
    else this.#extra.delete(name);
    this.root.classList.toggle(name, on);
  }

  #apply(card: CardView, openTrend: TrendOpener): void {
    const quiet = card.state === "fine" || card.state === "uncertain" ? "" : " is-quiet";
    const offline = card.state === "offline" || card.state === "unknown" ? " is-offline" : "";
    const alarm = card.severity === null ? "" : ` is-${card.severity}`;
    const mark = card.glyph === null ? "" : " has-mark";
    const extra = [...this.#extra].map((name) => ` ${name}`).join("");
    const className = `${this.#base}${quiet}${offline}${alarm}${mark}${extra}`;
    if (this.root.className !== className) this.root.className = className;
    this.#glyph.show(card.glyph);
    write(this.#name, card.name);
    const { line } = card;
    write(this.#why, card.isNew ? `${words.wall.fresh} · ${line}` : line);
    this.#whyHost.className = `why is-${card.reasonTone}`;
    this.#fill(this.#primary, card.primary);
    if (card.primary === null) this.#tellStatus(card);
    for (const [index, target] of this.#secondary.entries())
      this.#fill(target, card.secondary[index] ?? null);
    this.#openTrend(card, openTrend);
    if (document.activeElement === this.root) this.#nameForSpeech();
  }

  #fill(target: Place, plan: SlotPlan | null): void {
    const held = this.#bound.get(target);
    if (held !== undefined && held.series === plan?.series) {
      write(target.label, plan.label);
      return;
    }
    held?.end();
    this.#bound.delete(target);
    write(target.label, plan?.label ?? "");
    target.numberText.clear();
    write(target.unitText, "");
    if (plan === null) return;
    target.value.classList.toggle("is-words", plan.isState);
    const end = this.#dashboard.slots.value(plan.series, {
      number: target.numberText,
      unit: target.unitText,
      host: target.number,
    });
    this.#bound.set(target, { series: plan.series, end });
  }

  /** In the place of the value of a device that has none: what it says of itself. */
  #tellStatus({ state, status }: CardView): void {
    const { label, number, numberText, value } = this.#primary;
    write(label, status === "" ? "" : words.wall.status);
    value.classList.add("is-words");
    numberText.data = status;
    // No value, so nothing that could be old.
    number.toggleAttribute("data-missing", state !== "fine");
  }

  #openTrend(card: CardView, openTrend: TrendOpener): void {
    const series = card.primary?.series ?? -1;
    if (this.#trend !== null && this.#trend.series === series) return;
    this.#trend?.handle?.dispose();
    this.#trend = null;
    if (card.primary === null) return;
    this.#trend = { series, handle: openTrend(card.primary, card) };
  }

  #nameForSpeech(): void {
    if (this.device === null) return;
    const card = this.#dashboard.catalogue.card(this.device).peek();
    this.root.setAttribute("aria-label", card.accessibleName());
  }
}

function write(node: Text, text: string): void {
  if (node.data !== text) node.data = text;
}

/** Keeps of an age what comes after the last `·`. */
class BriefText implements Written {
  #node: Text;
  #whole = "";

  constructor(node: Text) {
    this.#node = node;
  }

  get data(): string {
    return this.#whole;
  }

  set data(text: string) {
    this.#whole = text;
    write(this.#node, text.split(" · ").at(-1) ?? "");
  }
}
