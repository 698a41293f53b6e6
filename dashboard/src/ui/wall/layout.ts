/**
 * Where every row of the wall stands, by arithmetic.
 *
 * The wall is a tall box of rows: a header per place, then rows of cells. Rows of a kind have one height, so a pixel
 * finds its row by a binary search in one array, and 10,000 devices cost a few typed arrays and no elements.
 */
import type { WallGroup } from "../../state/index.ts";

/** The three densities' measures in px. */
export interface Density {
  readonly name: "list" | "cards" | "tiles";
  /** Height of a cell and the gap after it. */
  readonly height: number;
  readonly gap: number;
  /** Height of a place's header. */
  readonly head: number;
  /** Cells are at least this wide; 0: one cell per row. */
  readonly least: number;
  /** Values are asked for at this interval, in ms. */
  readonly intervalMs: number;
}

/** Measures of a density; phones always show rows. */
export function densityOf(name: "list" | "cards" | "tiles", phone: boolean): Density {
  if (phone) return { name: "list", height: 60, gap: 0, head: 38, least: 0, intervalMs: 250 };
  if (name === "list") return { name, height: 44, gap: 0, head: 48, least: 0, intervalMs: 250 };
  if (name === "cards")
    return { name, height: 150, gap: 12, head: 48, least: 264, intervalMs: 250 };
  return { name, height: 92, gap: 8, head: 48, least: 140, intervalMs: 500 };
}

/** Cells that fit beside each other in a width. */
export function columnsIn(width: number, density: Density): number {
  if (density.least === 0) return 1;
  return Math.max(1, Math.floor((width + density.gap) / (density.least + density.gap)));
}

/** All rows of a wall, in order. */
export interface WallLayout {
  readonly rows: number;
  readonly columns: number;
  readonly height: number;
  /** Top of each row in px, and the height of the whole as its last entry. */
  readonly top: Float64Array;
  /** Index of the first device of each row; −1 − g for the header of group g. */
  readonly first: Int32Array;
  /** Devices in each row; 0 for headers. */
  readonly count: Uint16Array;
}

/** Lays out groups of devices. */
export function layoutWall(
  groups: readonly WallGroup[],
  columns: number,
  density: Density,
): WallLayout {
  let rows = 0;
  for (const group of groups) rows += 1 + Math.ceil(group.count / columns);
  const top = new Float64Array(rows + 1);
  const first = new Int32Array(rows);
  const counts = new Uint16Array(rows);
  let row = 0;
  let y = 0;
  for (const [index, group] of groups.entries()) {
    top[row] = y;
    first[row] = -1 - index;
    y += density.head;
    row++;
    for (let taken = 0; taken < group.count; taken += columns) {
      top[row] = y;
      first[row] = group.start + taken;
      counts[row] = Math.min(columns, group.count - taken);
      y += density.height + density.gap;
      row++;
    }
  }
  top[rows] = y;
  return { rows, columns, height: y, top, first, count: counts };
}

/** The row at a height; the nearest one outside the wall. */
export function rowAt(layout: WallLayout, y: number): number {
  let low = 0;
  let high = layout.rows - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((layout.top[middle] as number) <= y) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, low);
}

/** Rows to draw for a window of the wall, `spare` more at each end; end exclusive. */
export function rowsIn(
  layout: WallLayout,
  from: number,
  to: number,
  spare: number,
): { from: number; to: number } {
  if (layout.rows === 0) return { from: 0, to: 0 };
  return {
    from: Math.max(0, rowAt(layout, from) - spare),
    to: Math.min(layout.rows, rowAt(layout, to) + 1 + spare),
  };
}

/** The row that holds a device. */
export function rowOf(layout: WallLayout, device: number): number {
  let low = 0;
  let high = layout.rows - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    // A header stands for the device after it.
    const start = firstOf(layout, middle);
    const count = layout.count[middle] as number;
    if (device < start) high = middle - 1;
    else if (count > 0 && device < start + count) return middle;
    else low = middle + 1;
  }
  return -1;
}

function firstOf(layout: WallLayout, row: number): number {
  const first = layout.first[row] as number;
  return first >= 0 ? first : ((layout.first[row + 1] as number | undefined) ?? 0);
}

/** Keys that move in the wall. */
export type Move = "left" | "right" | "up" | "down" | "home" | "end" | "pageup" | "pagedown";

/** The device a move leads to; the same one at an edge. `page` is the number of rows on the screen. */
export function moveFrom(layout: WallLayout, device: number, move: Move, page: number): number {
  const last = lastDevice(layout);
  if (last < 0) return -1;
  if (move === "home") return 0;
  if (move === "end") return last;
  if (move === "left") return Math.max(0, device - 1);
  if (move === "right") return Math.min(last, device + 1);
  const row = rowOf(layout, device);
  if (row < 0) return Math.min(last, Math.max(0, device));
  const column = device - (layout.first[row] as number);
  const step = move === "up" || move === "pageup" ? -1 : 1;
  const hops = move === "pageup" || move === "pagedown" ? Math.max(1, page) : 1;
  let target = row;
  for (let hop = 0; hop < hops; hop++) {
    let next = target + step;
    while (next >= 0 && next < layout.rows && layout.count[next] === 0) next += step;
    if (next < 0 || next >= layout.rows) break;
    target = next;
  }
  const count = layout.count[target] as number;
  return (layout.first[target] as number) + Math.min(column, count - 1);
}

function lastDevice(layout: WallLayout): number {
  for (let row = layout.rows - 1; row >= 0; row--) {
    const count = layout.count[row] as number;
    if (count > 0) return (layout.first[row] as number) + count - 1;
  }
  return -1;
}
