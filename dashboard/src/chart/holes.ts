/** Holes in a chart: hatched from edge to edge, with the reason written in where there is room for it. */
import type { ChartHole } from "../state/index.ts";
import { hatch, type Pen } from "./painter.ts";
import type { Palette } from "./palette.ts";

const font = '12px system-ui, -apple-system, "Segoe UI", Roboto, Inter, Arial, sans-serif';
/** Height of a line of text, and the room left and right of it, in px. */
const lineHeight = 18;
const padding = 6;
/** The reason stands this far below the top, in px. */
const inset = 8;

/** Where a chart's lines are drawn, and where a time (s) lies in it, in px. */
export interface HoleBox {
  readonly top: number;
  readonly left: number;
  readonly right: number;
  readonly height: number;
  readonly x: (time: number) => number;
}

/** Paints all holes of a line. */
export function paintHoles(
  pen: Pen,
  holes: readonly ChartHole[],
  box: HoleBox,
  palette: Palette,
): void {
  for (const { from, reason, to } of holes) {
    const x = Math.max(box.left, box.x(from));
    const width = Math.min(box.right, box.x(to)) - x;
    if (width <= 0) continue;
    hatch(pen, { x, y: box.top, width, height: box.height }, palette.hatch);
    write(pen, reason, { x, y: box.top, width, height: box.height }, palette);
  }
}

/** Which way a text of a width fits into a hole: along, upwards, or not at all. */
export function wayOf(
  text: number,
  { height, width }: { readonly width: number; readonly height: number },
): "along" | "upwards" | null {
  const long = text + 2 * padding;
  if (long + 4 <= width && height >= lineHeight + 2 * inset) return "along";
  return width >= lineHeight + 2 && long + 2 * inset <= height ? "upwards" : null;
}

function write(
  pen: Pen,
  reason: string,
  box: { x: number; y: number; width: number; height: number },
  palette: Palette,
): void {
  pen.save();
  pen.font = font;
  const text = pen.measureText(reason).width;
  const way = wayOf(text, box);
  if (way !== null) {
    const middle = box.x + box.width / 2;
    if (way === "along") pen.translate(middle, box.y + inset + lineHeight / 2);
    else {
      pen.translate(middle, box.y + box.height / 2);
      pen.rotate(-Math.PI / 2);
    }
    // On a plate of the panel's own colour: words on a hatch are hard to read.
    pen.fillStyle = palette.surface;
    pen.fillRect(-text / 2 - padding, -lineHeight / 2, text + 2 * padding, lineHeight);
    pen.fillStyle = palette.ink2;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText(reason, 0, 0.5);
  }
  pen.restore();
}
