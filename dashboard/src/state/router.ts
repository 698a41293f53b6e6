/** The address bar: pages are pushed, filters replace, back and forward come home. */
import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Router } from "./dashboard.ts";
import { formatRoute, parseRoute, plainRoute, type Route } from "./route.ts";
import { travelFields } from "./travel.ts";

/** As much of a window as is used. */
export interface Place {
  readonly location: { readonly pathname: string; readonly search: string };
  readonly history: Pick<History, "pushState" | "replaceState">;
  addEventListener(name: "popstate", act: () => void): void;
  removeEventListener(name: "popstate", act: () => void): void;
}

export class RouterState implements Router {
  readonly #place: Place;
  readonly #current: Signal<Route>;
  /** The moment of the past, which stays in every address of this page. */
  readonly #kept: string;

  constructor(place: Place) {
    this.#place = place;
    const query = [...new URLSearchParams(place.location.search)];
    this.#kept = new URLSearchParams(query.filter(([name]) => travelFields.has(name))).toString();
    this.#current = signal(this.#read());
    place.addEventListener("popstate", this.#onPop);
  }

  get current(): ReadonlySignal<Route> {
    return this.#current;
  }

  #read(): Route {
    const { pathname, search } = this.#place.location;
    return parseRoute(pathname, search);
  }

  readonly #onPop = (): void => {
    this.#current.value = this.#read();
  };

  #format(route: Route): string {
    const address = formatRoute(route);
    if (this.#kept === "") return address;
    return `${address}${address.includes("?") ? "&" : "?"}${this.#kept}`;
  }

  go(route: Partial<Route> & Pick<Route, "page">): void {
    const next = { ...plainRoute, ...route };
    const address = this.#format(next);
    if (address === this.#format(this.#current.peek()) && next.page === this.#current.peek().page)
      return;
    this.#place.history.pushState(null, "", address);
    this.#current.value = next;
  }

  filter(change: Parameters<Router["filter"]>[0]): void {
    const next = { ...this.#current.peek(), ...change };
    this.#place.history.replaceState(null, "", this.#format(next));
    this.#current.value = next;
  }

  href(route: Partial<Route> & Pick<Route, "page">): string {
    return this.#format({ ...plainRoute, ...route });
  }

  dispose(): void {
    this.#place.removeEventListener("popstate", this.#onPop);
  }
}
