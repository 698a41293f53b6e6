/**
 * The wall's virtual rows: what is on the screen and a few more exist, everything else is a number.
 *
 * Scrolling reuses rows; new data only re-binds cells whose device changed. A focused row is never recycled: it stays
 * in the page until focus leaves it, so focus never falls back to the body.
 */
import type { Dashboard, PlaceView, WallView } from "../../state/index.ts";
import type { TapGuard } from "../tap-guard.ts";
import { placeSummary } from "./group-summary.ts";
import {
  columnsIn,
  type Density,
  layoutWall,
  rowAt,
  rowOf,
  rowsIn,
  type WallLayout,
} from "./layout.ts";
import { CellRow, type Geometry, HeadRow } from "./row.ts";

/** Rows kept ready beyond each edge of the screen. */
const spareRows = 3;
/** After scrolling rests this long the subscription follows, in ms. */
const settledMs = 150;
/** Height of the bar and the strip, in px: what they cover is not on the screen. */
const covered = 88;

/** Rows of a wall inside a box. */
export class WallPool {
  layout: WallLayout;
  view: WallView;
  readonly density: Density;
  #box: HTMLElement;
  #dashboard: Dashboard;
  #guard: TapGuard;
  #geometry: Geometry;
  #rows = new Map<number, CellRow>();
  #heads = new Map<number, HeadRow>();
  #idleRows: CellRow[] = [];
  #idleHeads: HeadRow[] = [];
  #places: ReadonlyMap<string, PlaceView> = new Map();
  #settle = 0;
  #frame = 0;

  constructor(
    box: HTMLElement,
    dashboard: Dashboard,
    density: Density,
    width: number,
    guard: TapGuard,
  ) {
    this.#box = box;
    this.#dashboard = dashboard;
    this.density = density;
    this.#guard = guard;
    this.#geometry = { density, columns: columnsIn(width, density), width, spot: null };
    this.view = dashboard.wall.view.peek();
    this.layout = layoutWall(this.view.groups, this.#geometry.columns, density);
    window.addEventListener("scroll", this.#onScroll, { passive: true });
    window.addEventListener("resize", this.#onScroll, { passive: true });
  }

  /** Takes another list of devices. What was at the top of the screen stays there. */
  show(view: WallView): void {
    const anchor = this.#anchor();
    this.view = view;
    this.layout = layoutWall(view.groups, this.#geometry.columns, this.density);
    this.#box.style.height = `${this.layout.height}px`;
    this.#restore(anchor);
    if (this.#draw(true)) this.#guard.moved(performance.now());
    this.#followViewport(0);
  }

  /** Takes the places' counts, for the headers. */
  setPlaces(places: readonly PlaceView[]): void {
    this.#places = new Map(places.map((place) => [place.path, place]));
    for (const [row, head] of this.#heads) this.#bindHead(head, row);
  }

  /** Draws all trend lines again, for a new theme. */
  repaint(): void {
    for (const row of this.#rows.values()) row.repaint();
  }

  /** The cell of a device, if it is in the page. */
  cellOf(index: number): HTMLAnchorElement | null {
    const row = rowOf(this.layout, index);
    const column = index - (this.layout.first[row] ?? 0);
    return this.#rows.get(row)?.cells[column]?.root ?? null;
  }

  /** Index of the device a cell shows; −1 for what is not a cell. */
  indexOf(cell: Element): number {
    for (const [row, { cells }] of this.#rows) {
      const column = cells.findIndex(({ root }) => root === cell);
      if (column >= 0) return (this.layout.first[row] as number) + column;
    }
    return -1;
  }

  /** Index of the first device in the page. */
  firstShown(): number {
    return Math.max(0, this.layout.first[Math.min(...this.#rows.keys())] ?? 0);
  }

  /** Scrolls a device's row into the free part of the screen, draws it, and gives its cell. */
  reveal(index: number): HTMLAnchorElement | null {
    const row = rowOf(this.layout, index);
    if (row < 0) return null;
    const top = this.#boxTop() + (this.layout.top[row] as number);
    const first = this.layout.first[row - 1] ?? 0;
    // The first row of a place brings its header along.
    const from = first < 0 ? (this.layout.top[row - 1] as number) + this.#boxTop() : top;
    const bottom = top + this.density.height;
    if (from - 8 < window.scrollY + covered) window.scrollTo(0, from - covered - 8);
    else if (bottom + 16 > window.scrollY + window.innerHeight)
      window.scrollTo(0, bottom + 16 - window.innerHeight);
    this.#draw(false);
    return this.cellOf(index);
  }

  /** Rows that fit on the screen, for Page Up and Page Down. */
  rowsOnScreen(): number {
    const free = window.innerHeight - covered;
    return Math.max(1, Math.floor(free / (this.density.height + this.density.gap)) - 1);
  }

  dispose(): void {
    window.removeEventListener("scroll", this.#onScroll);
    window.removeEventListener("resize", this.#onScroll);
    window.clearTimeout(this.#settle);
    cancelAnimationFrame(this.#frame);
    for (const row of [...this.#rows.values(), ...this.#idleRows]) row.dispose();
    for (const head of [...this.#heads.values(), ...this.#idleHeads]) head.dispose();
    this.#rows.clear();
    this.#heads.clear();
  }

  #onScroll = (): void => {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw(false);
      this.#followViewport(settledMs);
    });
  };

  #boxTop(): number {
    return this.#box.getBoundingClientRect().top + window.scrollY;
  }

  /** The first device below the covered part, and where its row is on the screen; null at the top of the page. */
  #anchor(): { device: string; y: number } | null {
    const into = window.scrollY + covered - this.#boxTop();
    if (into <= 0 || this.layout.rows === 0) return null;
    let row = rowAt(this.layout, into);
    while (row < this.layout.rows && this.layout.count[row] === 0) row++;
    const device = this.view.devices[this.layout.first[row] as number];
    if (device === undefined) return null;
    return { device, y: (this.layout.top[row] as number) - into };
  }

  #restore(anchor: { device: string; y: number } | null): void {
    if (anchor === null) return;
    const index = this.view.devices.indexOf(anchor.device);
    if (index < 0) return;
    const into = (this.layout.top[rowOf(this.layout, index)] as number) - anchor.y;
    const target = Math.round(this.#boxTop() + into - covered);
    if (Math.abs(target - window.scrollY) >= 1) window.scrollTo(0, target);
  }

  /** Gives each visible row an element. True when a cell that stayed on the screen got another device. */
  #draw(rebind: boolean): boolean {
    const from = window.scrollY + covered - this.#boxTop();
    const wanted = rowsIn(this.layout, from, from + window.innerHeight - covered, spareRows);
    this.#retire(wanted);
    let changed = false;
    for (let row = wanted.from; row < wanted.to; row++)
      changed = this.#place(row, rebind) || changed;
    return changed;
  }

  #retire(wanted: { from: number; to: number }): void {
    for (const [row, element] of this.#rows) {
      const stays = row >= wanted.from && row < wanted.to && this.layout.count[row] !== 0;
      if (stays || this.#isPinned(row, element)) continue;
      element.release();
      element.root.style.visibility = "hidden";
      this.#idleRows.push(element);
      this.#rows.delete(row);
    }
    for (const [row, element] of this.#heads) {
      if (row >= wanted.from && row < wanted.to && this.layout.count[row] === 0) continue;
      element.root.style.visibility = "hidden";
      this.#idleHeads.push(element);
      this.#heads.delete(row);
    }
  }

  /** A row that holds focus stays, unless the wall has become too short for it. */
  #isPinned(row: number, element: CellRow): boolean {
    return (
      row < this.layout.rows &&
      this.layout.count[row] !== 0 &&
      element.root.contains(document.activeElement)
    );
  }

  #place(row: number, rebind: boolean): boolean {
    if (this.layout.count[row] === 0) {
      const known = this.#heads.get(row);
      const head = known ?? this.#idleHeads.pop() ?? new HeadRow();
      if (known === undefined) this.#adopt(head.root);
      this.#heads.set(row, head);
      head.moveTo(this.layout.top[row] as number);
      if (rebind || known === undefined) this.#bindHead(head, row);
      return false;
    }
    const known = this.#rows.get(row);
    if (known !== undefined && !rebind) return false;
    const cells = known ?? this.#idleRows.pop() ?? new CellRow(this.#geometry, this.#dashboard);
    if (known === undefined) this.#adopt(cells.root);
    this.#rows.set(row, cells);
    cells.moveTo(this.layout.top[row] as number);
    const first = this.layout.first[row] as number;
    const devices = this.view.devices.slice(first, first + (this.layout.count[row] as number));
    const changed = cells.bind(devices, this.view.greyed);
    if (this.density.name === "list")
      cells.edge((this.layout.count[row - 1] ?? 0) === 0, (this.layout.count[row + 1] ?? 0) === 0);
    return changed && known !== undefined;
  }

  #adopt(root: HTMLElement): void {
    root.style.visibility = "";
    if (root.parentNode !== this.#box) this.#box.append(root);
  }

  #bindHead(head: HeadRow, row: number): void {
    const group = this.view.groups[-1 - (this.layout.first[row] as number)];
    if (group !== undefined) head.bind(group, placeSummary(this.#places.get(group.place), group));
  }

  /** Says which devices are on the screen, and one screen around it. */
  #followViewport(afterMs: number): void {
    window.clearTimeout(this.#settle);
    this.#settle = window.setTimeout(() => {
      const top = window.scrollY - this.#boxTop();
      const screen = window.innerHeight;
      // What is seen comes first: a subscription has room for so many devices only.
      const devices = [
        ...this.#devicesBetween(top + covered, top + screen),
        ...this.#devicesBetween(top + screen, top + 2 * screen),
        ...this.#devicesBetween(top - screen, top),
      ];
      this.#dashboard.viewport.show("wall", [...new Set(devices)], this.density.intervalMs);
      this.#order();
    }, afterMs);
  }

  /** Recycled rows stand anywhere in the page; for people who read it in order they are put in order again. */
  #order(): void {
    const rows = [...this.#heads, ...this.#rows].sort(([a], [b]) => a - b);
    const inOrder = rows.every(([, { root }], index) => {
      const before = rows[index - 1]?.[1].root;
      return before === undefined || follows(root, before);
    });
    if (inOrder) return;
    const held = rows.findIndex(([, { root }]) => root.contains(document.activeElement));
    // A focused row is not moved: moving it would take focus away. The others go around it.
    const fixed = rows[held]?.[1].root ?? null;
    for (const [index, [, { root }]] of rows.entries())
      if (index !== held) this.#box.insertBefore(root, index < held ? fixed : null);
  }

  #devicesBetween(from: number, to: number): string[] {
    if (to <= 0 || from >= this.layout.height) return [];
    const rows = rowsIn(this.layout, from, to, 0);
    const devices: string[] = [];
    for (let row = rows.from; row < rows.to; row++) {
      const start = this.layout.first[row] as number;
      if (start >= 0)
        devices.push(...this.view.devices.slice(start, start + (this.layout.count[row] as number)));
    }
    return devices;
  }
}

/** True when an element comes after another in the page. */
function follows(element: Element, other: Element): boolean {
  return (other.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;
}
