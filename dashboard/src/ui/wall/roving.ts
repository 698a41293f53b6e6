/** One tab stop for the whole wall: arrows move it, and it follows the device, not the element that shows it. */
import { type Move, moveFrom } from "./layout.ts";
import type { WallPool } from "./pool.ts";

const moves: Readonly<Record<string, Move>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
  Home: "home",
  End: "end",
  PageUp: "pageup",
  PageDown: "pagedown",
};
const letters: Readonly<Record<string, Move>> = { h: "left", j: "down", k: "up", l: "right" };

/** Keeps the tab stop of a wall. */
export class Roving {
  #pool: () => WallPool | null;
  #lettersOn: () => boolean;
  /** The device that holds the tab stop. */
  #device: string | null = null;

  constructor(pool: () => WallPool | null, lettersOn: () => boolean) {
    this.#pool = pool;
    this.#lettersOn = lettersOn;
  }

  /** Gives the stop to the device it had, or to the first one, after rows were bound again. */
  refresh(): void {
    const pool = this.#pool();
    if (pool === null) return;
    const index = this.#device === null ? -1 : pool.view.devices.indexOf(this.#device);
    const cell = pool.cellOf(Math.max(0, index)) ?? pool.cellOf(pool.firstShown());
    if (cell !== null) cell.tabIndex = 0;
  }

  /** Focus came to a cell: the stop moves there. */
  readonly onFocus = (event: FocusEvent): void => {
    const pool = this.#pool();
    const cell = (event.target as Element).closest("a");
    if (pool === null || cell === null) return;
    const index = pool.indexOf(cell);
    if (index < 0) return;
    this.#clear(pool);
    this.#device = pool.view.devices[index] ?? null;
    cell.tabIndex = 0;
  };

  /** A key was pressed in the wall. */
  readonly onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const pool = this.#pool();
    const move = moves[event.key] ?? (this.#lettersOn() ? letters[event.key] : undefined);
    const cell = (event.target as Element).closest("a");
    if (pool === null || move === undefined || cell === null) return;
    event.preventDefault();
    event.stopPropagation();
    const from = pool.indexOf(cell);
    const to = moveFrom(pool.layout, from, move, pool.rowsOnScreen());
    pool.reveal(to)?.focus({ preventScroll: true });
  };

  #clear(pool: WallPool): void {
    if (this.#device === null) return;
    const cell = pool.cellOf(pool.view.devices.indexOf(this.#device));
    if (cell !== null) cell.tabIndex = -1;
  }
}
