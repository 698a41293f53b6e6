/**
 * What a painter is: a function from a picture to strokes.
 *
 * A painter sees pixels, never readings, and no DOM, so it can move to a worker with an `OffscreenCanvas` the day a
 * bench asks for it.
 */
import type { Palette } from "./palette.ts";

/** Either canvas's context. Its unit is the CSS pixel: the surface has scaled it. */
export type Pen = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Draws a picture with its top left corner at the pen's origin. */
export type Painter<Picture> = (pen: Pen, picture: Picture, palette: Palette) => void;

/** Distance of hatch lines along x, in px. */
const hatchPitch = 6;

/** Fills a box with the hatch that means "not live". Lines of neighbouring boxes meet. */
export function hatch(
  pen: Pen,
  box: { x: number; y: number; width: number; height: number },
  colour: string,
): void {
  if (box.width <= 0 || box.height <= 0) return;
  pen.save();
  pen.beginPath();
  pen.rect(box.x, box.y, box.width, box.height);
  pen.clip();
  pen.beginPath();
  for (const [from, to] of hatchLines(box)) {
    pen.moveTo(from, box.y + box.height);
    pen.lineTo(to, box.y);
  }
  pen.strokeStyle = colour;
  pen.lineWidth = 1.75;
  pen.setLineDash([]);
  pen.stroke();
  pen.restore();
}

/** The x of each hatch line at the bottom and at the top of a box, anchored to the origin of the canvas. */
export function hatchLines(box: {
  x: number;
  y: number;
  width: number;
  height: number;
}): [bottom: number, top: number][] {
  const lines: [number, number][] = [];
  const bottom = box.y + box.height;
  // A line at slope −1 is the set x + y = c; the same c everywhere keeps boxes in step.
  const first = Math.floor((box.x + box.y) / hatchPitch) * hatchPitch;
  for (let c = first; c <= box.x + box.width + bottom + hatchPitch; c += hatchPitch)
    lines.push([c - bottom, c - box.y]);
  return lines;
}
