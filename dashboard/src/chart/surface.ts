/** A canvas that several small pictures share: one per visible row, not one per card and not one for the page. */
import type { Painter } from "./painter.ts";
import type { Palette } from "./palette.ts";

/** Pixel ratios above this cost memory nobody sees. */
const maxRatio = 2;

/** A box of a surface, in CSS px. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A canvas element and its pen, scaled to CSS pixels. */
export class Surface {
  readonly element: HTMLCanvasElement;
  #pen: CanvasRenderingContext2D | null;
  #ratio = 0;
  #width = 0;
  #height = 0;

  constructor(element?: HTMLCanvasElement) {
    this.element = element ?? document.createElement("canvas");
    this.element.setAttribute("aria-hidden", "true");
    this.#pen = this.element.getContext("2d");
  }

  /** Gives the canvas its size in CSS px; the picture is lost when it changes. True when it did. */
  resize(width: number, height: number): boolean {
    const ratio = Math.min(maxRatio, window.devicePixelRatio || 1);
    if (width === this.#width && height === this.#height && ratio === this.#ratio) return false;
    this.#width = width;
    this.#height = height;
    this.#ratio = ratio;
    this.element.width = Math.round(width * ratio);
    this.element.height = Math.round(height * ratio);
    this.element.style.width = `${width}px`;
    this.element.style.height = `${height}px`;
    return true;
  }

  /** Clears a box and paints a picture into it; nothing is drawn outside. */
  paint<Picture>(box: Box, picture: Picture, painter: Painter<Picture>, palette: Palette): void {
    const pen = this.#pen;
    if (!pen) return;
    pen.save();
    pen.setTransform(this.#ratio, 0, 0, this.#ratio, box.x * this.#ratio, box.y * this.#ratio);
    pen.clearRect(0, 0, box.width, box.height);
    pen.beginPath();
    pen.rect(0, 0, box.width, box.height);
    pen.clip();
    painter(pen, picture, palette);
    pen.restore();
  }

  /** Empties a box. */
  clear(box: Box): void {
    const pen = this.#pen;
    if (!pen) return;
    pen.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
    pen.clearRect(box.x, box.y, box.width, box.height);
  }

  /** Gives the pixels back; browsers keep a canvas's memory until it is collected. */
  dispose(): void {
    this.element.width = 0;
    this.element.height = 0;
    this.#pen = null;
  }
}
