/** The canvas palette of the theme in force, read once when the theme changes. */
import { effect, type ReadonlySignal, signal } from "@preact/signals";
import { type Palette, readPalette } from "../chart/palette.ts";
import type { Dashboard } from "../state/index.ts";

function read(): Palette {
  const style = getComputedStyle(document.documentElement);
  return readPalette((token) => style.getPropertyValue(`--${token}`).trim());
}

const palette = signal<Palette>(read());

/** What canvases draw with now. */
export const paletteInForce: ReadonlySignal<Palette> = palette;

/** Follows the theme and the system's forced colours; gives what ends it. */
export function bindPalette({ preferences }: Dashboard): () => void {
  const refresh = () => {
    palette.value = read();
  };
  const forced = window.matchMedia("(forced-colors: active)");
  forced.addEventListener("change", refresh);
  const end = effect(() => {
    document.documentElement.dataset["theme"] = preferences.themeInForce.value;
    refresh();
  });
  return () => {
    end();
    forced.removeEventListener("change", refresh);
  };
}
