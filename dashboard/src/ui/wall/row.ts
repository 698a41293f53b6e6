/** A row of the wall: its cells, and the one canvas they share for their trend lines. */
import type { Box } from "../../chart/surface.ts";
import { Surface } from "../../chart/surface.ts";
import { paintTrend } from "../../chart/trend.ts";
import { words } from "../../data/words.ts";
import type { Dashboard, WallGroup } from "../../state/index.ts";
import { paletteInForce } from "../theme.ts";
import { Cell, type TrendOpener } from "./cell.ts";
import type { Density } from "./layout.ts";

/** What all rows of a layout share. */
export interface Geometry {
  readonly density: Density;
  readonly columns: number;
  readonly width: number;
  /** The trend's box inside a cell; null until the first row has been measured. */
  spot: Box | null;
}

/** A recycled row of cells. */
export class CellRow {
  readonly root: HTMLDivElement;
  readonly cells: Cell[] = [];
  #surface = new Surface();
  #geometry: Geometry;
  #dashboard: Dashboard;

  constructor(geometry: Geometry, dashboard: Dashboard) {
    this.#geometry = geometry;
    this.#dashboard = dashboard;
    this.root = document.createElement("div");
    this.root.className = "wall-row";
    const { columns, density } = geometry;
    this.root.style.height = `${density.height}px`;
    if (columns > 1) {
      this.root.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
      this.root.style.columnGap = `${density.gap}px`;
    }
    for (let column = 0; column < columns; column++) {
      const cell = new Cell(density.name, dashboard);
      this.cells.push(cell);
      this.root.append(cell.root);
    }
    this.root.append(this.#surface.element);
  }

  /** Puts the row at its height. */
  moveTo(top: number): void {
    this.root.style.transform = `translateY(${top}px)`;
  }

  /** Shows devices; cells that already show theirs are left alone. True when one of them changed. */
  bind(devices: readonly string[], greyed: ReadonlySet<string>): boolean {
    this.#measure();
    let changed = false;
    for (const [column, cell] of this.cells.entries()) {
      const device = devices[column] ?? null;
      if (cell.device !== device) {
        if (cell.device !== null) changed = true;
        const box = this.#boxOf(column);
        this.#surface.clear(box);
        if (device === null) cell.release();
        else cell.bind(device, this.#opener(box));
      }
      cell.flag("is-greyed", device !== null && greyed.has(device));
    }
    return changed;
  }

  /** Rounds the corners of a list where a place begins and ends. */
  edge(first: boolean, last: boolean): void {
    this.cells[0]?.flag("is-first", first);
    this.cells[0]?.flag("is-last", last);
  }

  /** Draws all trend lines again. */
  repaint(): void {
    for (const cell of this.cells) cell.repaint();
  }

  /** Lets go of the devices; the row may be used again. */
  release(): void {
    for (const [column, cell] of this.cells.entries()) {
      cell.release();
      // A cell that gets no device next time is not painted again: nothing of this one may stay.
      this.#surface.clear(this.#boxOf(column));
    }
  }

  /** The row is not needed any more. */
  dispose(): void {
    this.release();
    this.#surface.dispose();
    this.root.remove();
  }

  #measure(): void {
    const geometry = this.#geometry;
    const [cell] = this.cells;
    if (geometry.spot === null && cell !== undefined) {
      const { offsetLeft: x, offsetTop: y, offsetWidth: width, offsetHeight: height } = cell.spot;
      const { clientLeft, clientTop } = cell.root;
      geometry.spot = { x: x + clientLeft, y: y + clientTop, width, height };
    }
    const spot = geometry.spot;
    if (spot === null) return;
    // The canvas reaches from the first trend line to the last: a list row's is no wider than its one.
    const { columns, density, width } = geometry;
    const step = (width + density.gap) / columns;
    const across = Math.ceil((columns - 1) * step + spot.width);
    if (!this.#surface.resize(across, spot.height)) return;
    this.#surface.element.style.top = `${spot.y}px`;
    this.#surface.element.style.left = `${spot.x}px`;
  }

  #boxOf(column: number): Box {
    const { spot, columns, width, density } = this.#geometry;
    if (spot === null) return { x: 0, y: 0, width: 0, height: 0 };
    const step = (width + density.gap) / columns;
    return {
      x: Math.round(column * step),
      y: 0,
      width: spot.width,
      height: spot.height,
    };
  }

  #opener(box: Box): TrendOpener {
    const { width, height } = box;
    if (width <= 0) return () => null;
    return (plan, card) =>
      this.#dashboard.trends.open(
        { series: plan.series, width, height, window: card.window },
        (picture) => this.#surface.paint(box, picture, paintTrend, paletteInForce.peek()),
      );
  }
}

/** A place's header between rows. */
export class HeadRow {
  readonly root: HTMLDivElement;
  #path = document.createElement("span");
  #last = document.createElement("b");
  #count = document.createElement("span");
  #sum = document.createElement("span");

  constructor() {
    this.root = document.createElement("div");
    this.root.className = "wall-head";
    this.#count.className = "n";
    this.#sum.className = "sum";
    const title = document.createElement("h2");
    title.append(this.#path, this.#last, this.#count);
    this.root.append(title, this.#sum);
  }

  moveTo(top: number): void {
    this.root.style.transform = `translateY(${top}px)`;
  }

  /** Shows a place; `sum` is what is unusual in it. */
  bind(group: WallGroup, sum: string): void {
    const labels = group.labels.length === 0 ? [words.wall.noPlace] : group.labels;
    const path = labels.slice(0, -1).join(" / ");
    write(this.#path, path === "" ? "" : `${path} / `);
    write(this.#last, labels.at(-1) ?? "");
    write(this.#count, words.wall.devices(group.count));
    write(this.#sum, sum);
  }

  dispose(): void {
    this.root.remove();
  }
}

function write(host: HTMLElement, text: string): void {
  if (host.textContent !== text) host.textContent = text;
}
