/** Choices that belong to this browser: theme, density, single-letter keys. */
import { effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Dispose, Preferences } from "./dashboard.ts";

const themes = ["system", "light", "dark", "contrast"] as const;
const densities = ["list", "cards", "tiles"] as const;

/** As much of a browser as is used. `storage` null: it refuses to store, and choices last as long as the page. */
export interface Surroundings {
  readonly storage: Pick<Storage, "getItem" | "setItem"> | null;
  matches(query: string): {
    readonly matches: boolean;
    addEventListener(name: "change", act: () => void): void;
    removeEventListener(name: "change", act: () => void): void;
  };
  /** Where the theme in force is written. */
  readonly root: { dataset: Record<string, string | undefined> };
}

function stored<T extends string>(
  storage: Surroundings["storage"],
  name: string,
  known: readonly T[],
  otherwise: T,
): Signal<T> {
  const held = signal(known.find((one) => one === storage?.getItem(name)) ?? otherwise);
  return held;
}

export class PreferencesState implements Preferences {
  readonly theme: Signal<(typeof themes)[number]>;
  readonly density: Signal<(typeof densities)[number]>;
  readonly letterKeys: Signal<boolean>;
  readonly #inForce: Signal<"light" | "dark" | "contrast">;
  readonly #ends: Dispose[] = [];

  constructor({ matches, root, storage }: Surroundings) {
    this.theme = stored(storage, "hub.theme", themes, "system");
    this.density = stored(storage, "hub.density", densities, "cards");
    this.letterKeys = signal(storage?.getItem("hub.letter-keys") !== "off");
    const dark = matches("(prefers-color-scheme: dark)");
    const contrast = matches("(prefers-contrast: more)");
    const system = (): "light" | "dark" | "contrast" =>
      contrast.matches ? "contrast" : dark.matches ? "dark" : "light";
    const resolve = (): void => {
      const chosen = this.theme.value;
      this.#inForce.value = chosen === "system" ? system() : chosen;
    };
    this.#inForce = signal("light");
    for (const media of [dark, contrast]) {
      media.addEventListener("change", resolve);
      this.#ends.push(() => media.removeEventListener("change", resolve));
    }
    const keep = (name: string, value: () => string): void => {
      // The first run reads what is stored already.
      let first = true;
      const end = effect(() => {
        const text = value();
        if (!first) storage?.setItem(name, text);
        first = false;
      });
      this.#ends.push(end);
    };
    this.#ends.push(effect(resolve));
    this.#ends.push(
      effect(() => {
        root.dataset["theme"] = this.#inForce.value;
      }),
    );
    keep("hub.theme", () => this.theme.value);
    keep("hub.density", () => this.density.value);
    keep("hub.letter-keys", () => (this.letterKeys.value ? "on" : "off"));
  }

  get themeInForce(): ReadonlySignal<"light" | "dark" | "contrast"> {
    return this.#inForce;
  }

  dispose(): void {
    for (const end of this.#ends) end();
  }
}
