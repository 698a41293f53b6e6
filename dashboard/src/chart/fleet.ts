/**
 * The fleet panel: one mark per device in a stable order, or one bar per place where there are too many.
 *
 * The layout is arithmetic on counts, so a device's mark is found from a pointer, and a pointer's device from a
 * place, without a list of boxes.
 */
import type { Painter, Pen } from "./painter.ts";
import type { Palette } from "./palette.ts";

/** More devices than this are shown as one 100 % bar per place. */
export const maxMarks = 3000;

/** What a mark says; the names of the glyphs, or nothing special. */
export type Mark = string;

/** A place's part of the panel. */
export interface FleetBlock {
  readonly label: string;
  readonly marks: readonly Mark[];
  /** Top of its first row of marks, in px. */
  readonly top: number;
}

/** Where everything stands. */
export interface FleetLayout {
  readonly kind: "marks" | "bars";
  /** Name and count of a place stand beside each other: many places, few devices in each. */
  readonly isDense: boolean;
  /** A place's label begins so far above its first row of marks, in px. */
  readonly inset: number;
  readonly blocks: readonly FleetBlock[];
  readonly columns: number;
  /** Distance of two marks and the side of one, in px. */
  readonly pitch: number;
  readonly side: number;
  readonly width: number;
  readonly height: number;
}

/** Sizes tried from large to small: distance and side, in px. */
const sizes = [
  [18, 14],
  [14, 11],
  [11, 9],
  [9, 7],
  [7, 5],
  [6, 5],
] as const;

/** A block is never lower than its label, of two lines or of one, and stands off the next, in px. */
const roomy = { least: 32, gap: 8 };
const dense = { least: 16, gap: 5 };
/** The capitals of a label of two lines are as high as its first mark. */
const labelRise = 3;

/**
 * Lays the panel out in a box of the given width; marks are as large as fit into the height.
 *
 * Where the smallest do not fit, because the places are too many, each place's label takes one line instead of two.
 */
export function layoutFleet(
  places: readonly { label: string; marks: readonly Mark[] }[],
  box: { width: number; height: number },
): FleetLayout {
  const total = places.reduce((sum, place) => sum + place.marks.length, 0);
  if (total > maxMarks) return layoutBars(places, box.width);
  const inRows = (rows: typeof roomy): FleetLayout[] =>
    sizes.map((size) => layoutMarks(places, box.width, size, rows));
  const tried = inRows(dense);
  const lowest = Math.min(...tried.map(({ height }) => height));
  const fits = ({ height }: FleetLayout): boolean => height <= box.height;
  // Where nothing fits the panel scrolls, and the marks are as large as cost no height.
  const found = inRows(roomy).find(fits) ?? tried.find(fits);
  return found ?? (tried.find(({ height }) => height <= lowest + dense.gap) as FleetLayout);
}

function layoutMarks(
  places: readonly { label: string; marks: readonly Mark[] }[],
  width: number,
  [pitch, side]: readonly [number, number],
  { gap, least }: typeof roomy,
): FleetLayout {
  const columns = Math.max(1, Math.floor((width + pitch - side) / pitch));
  const isDense = least === dense.least;
  // In a line of text the marks stand at its middle.
  const inset = isDense ? Math.max(0, (least - side) >> 1) : 0;
  let top = inset;
  const blocks = places.map((place) => {
    const block = { label: place.label, marks: place.marks, top };
    const rows = Math.ceil(place.marks.length / columns);
    top += Math.max(least, rows * pitch) + gap;
    return block;
  });
  return {
    kind: "marks",
    isDense,
    inset: isDense ? inset : labelRise,
    blocks,
    columns,
    pitch,
    side,
    width,
    height: Math.max(0, top - gap),
  };
}

function layoutBars(
  places: readonly { label: string; marks: readonly Mark[] }[],
  width: number,
): FleetLayout {
  const step = roomy.least + roomy.gap;
  const blocks = places.map((place, index) => ({ ...place, top: index * step }));
  return {
    kind: "bars",
    isDense: false,
    inset: labelRise,
    blocks,
    columns: 1,
    pitch: step,
    side: 12,
    width,
    height: Math.max(0, blocks.length * step - roomy.gap),
  };
}

/** The block and the position in it under a point; null beside the marks. */
export function hitFleet(
  layout: FleetLayout,
  x: number,
  y: number,
): { block: number; position: number } | null {
  if (layout.kind === "bars") return null;
  const column = Math.floor(x / layout.pitch);
  if (x < 0 || column >= layout.columns) return null;
  for (let block = 0; block < layout.blocks.length; block++) {
    const { top, marks } = layout.blocks[block] as FleetBlock;
    const row = Math.floor((y - top) / layout.pitch);
    if (row < 0) return null;
    const position = row * layout.columns + column;
    if (row < Math.ceil(marks.length / layout.columns))
      return position < marks.length ? { block, position } : null;
  }
  return null;
}

/** Left top corner of a mark. */
export function markCorner(
  layout: FleetLayout,
  block: number,
  position: number,
): { x: number; y: number } {
  const top = layout.blocks[block]?.top ?? 0;
  return {
    x: (position % layout.columns) * layout.pitch,
    y: top + Math.floor(position / layout.columns) * layout.pitch,
  };
}

/** The mark an arrow key leads to; undefined for keys that are not ours. */
export function stepFleet(
  layout: FleetLayout,
  at: { block: number; position: number } | null,
  key: string,
): { block: number; position: number } | null | undefined {
  const by: Record<string, number> = {
    ArrowRight: 1,
    ArrowLeft: -1,
    ArrowDown: layout.columns,
    ArrowUp: -layout.columns,
  };
  const delta = by[key];
  if (delta === undefined || layout.kind === "bars") return undefined;
  if (at === null) return layout.blocks.length > 0 ? { block: 0, position: 0 } : null;
  const size = layout.blocks[at.block]?.marks.length ?? 0;
  const next = at.position + delta;
  if (next >= 0 && next < size) return { block: at.block, position: next };
  const block = at.block + Math.sign(delta);
  const other = layout.blocks[block]?.marks.length;
  if (other === undefined) return at;
  return { block, position: delta > 0 ? 0 : other - 1 };
}

/** Order of a bar's parts, and of drawing: what needs a look comes last and stands on top. */
const order = [
  "fine",
  "attention",
  "uncertain",
  "bad",
  "stale",
  "unknown",
  "offline",
  "low",
  "medium",
  "high",
  "critical",
] as const;

/** Paints the panel. */
export const paintFleet: Painter<FleetLayout> = (pen, layout, palette) => {
  if (layout.kind === "bars") {
    for (const block of layout.blocks) paintBar(pen, block, layout, palette);
    return;
  }
  for (const [index, block] of layout.blocks.entries()) {
    const urgent: number[] = [];
    for (const [position, mark] of block.marks.entries()) {
      if (mark in palette.fill) urgent.push(position);
      else paintMark(pen, mark, markCorner(layout, index, position), layout.side, palette);
    }
    for (const position of urgent)
      paintMark(
        pen,
        block.marks[position] as Mark,
        markCorner(layout, index, position),
        layout.side,
        palette,
      );
  }
};

function paintMark(
  pen: Pen,
  mark: Mark,
  at: { x: number; y: number },
  side: number,
  palette: Palette,
): void {
  if (mark in palette.fill) {
    paintShape(pen, mark, { x: at.x + side / 2, y: at.y + side / 2 }, Math.max(10, side), palette);
    return;
  }
  if (mark === "fine") {
    pen.fillStyle = palette.cell;
    pen.fillRect(at.x, at.y, side, side);
    return;
  }
  pen.fillStyle = palette.surface;
  pen.fillRect(at.x, at.y, side, side);
  pen.strokeStyle = palette.ink1;
  pen.lineWidth = 1;
  pen.setLineDash(mark === "unknown" ? [2, 1.5] : []);
  pen.strokeRect(at.x + 0.5, at.y + 0.5, side - 1, side - 1);
  pen.setLineDash([]);
  if (mark === "offline" || mark === "unknown") return;
  if (mark !== "stale") {
    // A dot in the outline: heard, but doubtful.
    const dot = Math.max(1, Math.round(side / 3));
    const inset = Math.floor((side - dot) / 2);
    pen.fillStyle = palette.ink1;
    pen.fillRect(at.x + inset, at.y + inset, dot, dot);
    return;
  }
  // Half a mark: it was alive, and is silent now.
  pen.beginPath();
  pen.moveTo(at.x, at.y);
  pen.lineTo(at.x + side, at.y);
  pen.lineTo(at.x, at.y + side);
  pen.closePath();
  pen.fillStyle = palette.ink1;
  pen.fill();
}

/** The four alarm shapes, outlined in the surface so that they stand off their neighbours. */
function paintShape(
  pen: Pen,
  severity: string,
  middle: { x: number; y: number },
  size: number,
  palette: Palette,
): void {
  const r = size / 2;
  pen.beginPath();
  if (severity === "critical") pen.rect(middle.x - r, middle.y - r, size, size);
  else if (severity === "low") pen.arc(middle.x, middle.y, r, 0, 2 * Math.PI);
  else {
    const tip = severity === "high" ? -r : r;
    pen.moveTo(middle.x, middle.y + tip);
    pen.lineTo(middle.x + r, middle.y - tip);
    pen.lineTo(middle.x - r, middle.y - tip);
    pen.closePath();
  }
  pen.fillStyle = palette.fill[severity] ?? palette.ink1;
  pen.strokeStyle = palette.surface;
  pen.lineWidth = 2;
  pen.setLineDash([]);
  pen.stroke();
  pen.fill();
}

function paintBar(pen: Pen, block: FleetBlock, layout: FleetLayout, palette: Palette): void {
  const y = block.top + 4;
  let x = 0;
  for (const mark of order) {
    const count = block.marks.filter((each) => each === mark).length;
    if (count === 0) continue;
    const width = Math.max(3, (count / block.marks.length) * layout.width);
    const from = Math.min(x, layout.width - 3);
    const fill = palette.fill[mark];
    pen.fillStyle = fill ?? (mark === "fine" ? palette.cell : palette.ink1);
    pen.fillRect(from, y, Math.min(width, layout.width - from), layout.side);
    if (fill === undefined && mark !== "fine") {
      // Doubtful parts are hollow: only alarms and normal devices are filled.
      pen.fillStyle = palette.surface;
      pen.fillRect(from + 1, y + 1, Math.min(width, layout.width - from) - 2, layout.side - 2);
    }
    x += width;
  }
}
