/** The drawings that stand before names: shapes carry the meaning, hue only repeats it. */

import { words } from "../data/words.ts";
import type { Glyph } from "../state/index.ts";

/** Symbols of the page that are not a device's state. */
export type Icon =
  | "search"
  | "check"
  | "overview"
  | "status"
  | "menu"
  | "places"
  | "close"
  | "logo";

/** A drawing from the page's own symbols; decorative unless `label` says what it means. */
export function Drawing({ name, label }: { name: Icon | NonNullable<Glyph>; label?: string }) {
  return label === undefined ? (
    <svg class="gl" aria-hidden="true">
      <use href={`#g-${name}`} />
    </svg>
  ) : (
    <svg class="gl" role="img" aria-label={label}>
      <use href={`#g-${name}`} />
    </svg>
  );
}

/** A state's glyph with its word as name; nothing where the state is normal. */
export function StateGlyph({ glyph }: { glyph: Glyph }) {
  return glyph === null ? null : <Drawing name={glyph} label={words.glyph[glyph]} />;
}

/** The same for cells that are built and recycled by hand. */
export class GlyphElement {
  readonly element: SVGSVGElement;
  #use: SVGUseElement;
  #shown: Glyph = null;

  constructor() {
    const space = "http://www.w3.org/2000/svg";
    this.element = document.createElementNS(space, "svg");
    this.element.setAttribute("class", "gl");
    this.element.setAttribute("role", "img");
    this.#use = document.createElementNS(space, "use");
    this.element.append(this.#use);
    this.element.style.display = "none";
  }

  /** Shows another glyph; null hides it and gives its room to the name. */
  show(glyph: Glyph): void {
    if (glyph === this.#shown) return;
    this.#shown = glyph;
    this.element.style.display = glyph === null ? "none" : "";
    if (glyph === null) return;
    this.#use.setAttribute("href", `#g-${glyph}`);
    this.element.setAttribute("aria-label", words.glyph[glyph]);
  }
}
