/** The canvas palette of the theme in force, read once when the theme changes. */
import { effect, type ReadonlySignal, signal } from "@preact/signals";
import { type Palette, readPalette } from "../chart/palette.ts";
import type { Dashboard } from "../state/index.ts";

const forced = window.matchMedia("(forced-colors: active)");

function read(): Palette {
  const root = document.documentElement;
  const style = getComputedStyle(root);
  const plain = (token: string) => style.getPropertyValue(`--${token}`).trim();
  if (!forced.matches) return readPalette(plain);
  // System colours and mixtures of them are resolved by an element; a canvas may not know their names.
  const probe = document.createElement("span");
  probe.style.setProperty("forced-color-adjust", "none");
  root.append(probe);
  const palette = readPalette((token) => {
    probe.style.color = plain(token);
    return getComputedStyle(probe).color;
  });
  probe.remove();
  return palette;
}

const palette = signal<Palette>(read());

/** What canvases draw with now. */
export const paletteInForce: ReadonlySignal<Palette> = palette;

/** Follows the theme and the system's forced colours; gives what ends it. */
export function bindPalette({ preferences }: Dashboard): () => void {
  const refresh = () => {
    palette.value = read();
  };
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
