/** Draws a trend line, or the lane of a state, into its small box. */
import type { TrendPicture } from "../state/index.ts";
import { hatch, type Painter, type Pen } from "./painter.ts";
import type { Palette } from "./palette.ts";

/** Radius of the dot at the last reading, in px. */
const dotRadius = 2.25;
/** A column whose readings are closer than this is one point: noise within a pixel must not thicken the line. */
const leastSpan = 1.5;
/** Height of a state's lane, in px. */
const laneHeight = 9;

/** Paints a trend picture: limits and zero line below, the line or lane above, hatch behind the last reading. */
export const paintTrend: Painter<TrendPicture> = (pen, picture, palette) => {
  pen.lineJoin = "round";
  pen.lineCap = "butt";
  if (picture.zero !== null) rule(pen, picture.zero, picture.width, palette.line, []);
  for (const limit of picture.limits)
    rule(pen, limit.y, picture.width, palette.ink[limit.severity] ?? palette.ink1, [3, 2]);
  if (picture.hatchFrom !== null)
    hatch(
      pen,
      {
        x: picture.hatchFrom,
        y: 1,
        width: picture.width - picture.hatchFrom,
        height: picture.height - 2,
      },
      palette.hatch,
    );
  if (picture.lane !== null) {
    paintLane(pen, picture, palette);
  } else {
    tracePath(pen, picture.top, picture.bottom);
    pen.strokeStyle = palette.spark;
    pen.lineWidth = 1.25;
    pen.setLineDash([]);
    pen.stroke();
    if (picture.dot !== null) {
      pen.beginPath();
      pen.arc(
        Math.min(picture.dot.x, picture.width - dotRadius),
        Math.max(dotRadius, Math.min(picture.dot.y, picture.height - dotRadius)),
        dotRadius,
        0,
        2 * Math.PI,
      );
      pen.fillStyle = palette.ink1;
      pen.fill();
    }
  }
  if (picture.window === "24h") {
    pen.fillStyle = palette.ink3;
    pen.font = '11px system-ui, "Segoe UI", Roboto, Inter, Arial, sans-serif';
    pen.textBaseline = "top";
    pen.fillText("24 h", 0, 0);
  }
};

/** Anything that takes a path: a canvas, or a test's recorder. */
export interface PathTaker {
  beginPath(): void;
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
}

/**
 * Puts the line of a trend on a pen: one column per pixel, each from its highest to its lowest reading.
 *
 * Columns without readings end the line; the next one starts afresh, so no stroke crosses a gap. A column is entered
 * at the end nearer to where the line was, which keeps noise from doubling the stroke.
 */
export function tracePath(pen: PathTaker, top: Float32Array, bottom: Float32Array): void {
  pen.beginPath();
  let drawing = false;
  let last = 0;
  for (let column = 0; column < top.length; column++) {
    const high = top[column] as number;
    const low = bottom[column] as number;
    if (Number.isNaN(high) || Number.isNaN(low)) {
      drawing = false;
      continue;
    }
    const x = column + 0.5;
    const tall = Math.abs(low - high) >= leastSpan;
    const fromTop = !drawing || Math.abs(last - high) <= Math.abs(last - low);
    const [first, then] = fromTop ? [high, low] : [low, high];
    const enter = tall ? first : (high + low) / 2;
    if (drawing) pen.lineTo(x, enter);
    else pen.moveTo(x - 0.5, enter);
    if (tall) pen.lineTo(x, then);
    else if (!drawing) pen.lineTo(x, enter);
    last = tall ? then : enter;
    drawing = true;
  }
}

function paintLane(pen: Pen, picture: TrendPicture, palette: Palette): void {
  const y = Math.round((picture.height - laneHeight) / 2);
  pen.setLineDash([]);
  pen.lineWidth = 1;
  for (const run of picture.lane ?? []) {
    const width = Math.max(2, run.to - run.from);
    if (run.active) {
      pen.fillStyle = palette.spark;
      pen.fillRect(run.from, y, width, laneHeight);
    } else {
      pen.strokeStyle = palette.spark;
      pen.strokeRect(run.from + 0.5, y + 0.5, width - 1, laneHeight - 1);
    }
  }
}

function rule(pen: Pen, y: number, width: number, colour: string, dash: number[]): void {
  const at = Math.round(y) + 0.5;
  pen.beginPath();
  pen.setLineDash(dash);
  pen.moveTo(0, at);
  pen.lineTo(width, at);
  pen.strokeStyle = colour;
  pen.lineWidth = 1;
  pen.stroke();
}
