import { describe, expect, it } from "vitest";
import {
  columnsIn,
  densityOf,
  layoutWall,
  moveFrom,
  rowAt,
  rowOf,
  rowsIn,
} from "../../src/ui/wall/layout.ts";

const cards = densityOf("cards", false);
const headHeight = cards.head;
const group = (place: string, start: number, count: number) => ({
  place,
  labels: [place],
  start,
  count,
});

/** Two places: 6 devices, then 3, four cards a row. */
const layout = layoutWall([group("a", 0, 6), group("b", 6, 3)], 4, cards);

describe("the wall's layout", () => {
  it("puts as many cards beside each other as the width has room for", () => {
    expect(columnsIn(1184, cards)).toBe(4);
    expect(columnsIn(264 * 2 + 12, cards)).toBe(2);
    expect(columnsIn(264 * 2 + 11, cards)).toBe(1);
    expect(columnsIn(100, cards)).toBe(1);
    expect(columnsIn(1408, densityOf("tiles", false))).toBe(9);
    expect(columnsIn(1184, densityOf("list", false))).toBe(1);
  });

  it("shows rows on a phone whatever density is chosen", () => {
    expect(densityOf("cards", true)).toMatchObject({ name: "list", height: 60 });
  });

  it("places a header before each group and full rows after it", () => {
    expect([...layout.first]).toEqual([-1, 0, 4, -2, 6]);
    expect([...layout.count]).toEqual([0, 4, 2, 0, 3]);
    expect([...layout.top]).toEqual([
      0,
      headHeight,
      headHeight + 162,
      headHeight + 324,
      2 * headHeight + 324,
      2 * headHeight + 486,
    ]);
    expect(layout.height).toBe(2 * headHeight + 486);
  });

  it("finds the row of a pixel and of a device", () => {
    expect(rowAt(layout, -50)).toBe(0);
    expect(rowAt(layout, headHeight)).toBe(1);
    expect(rowAt(layout, headHeight + 161.9)).toBe(1);
    expect(rowAt(layout, 1e9)).toBe(4);
    expect([0, 3, 4, 5, 6, 8].map((device) => rowOf(layout, device))).toEqual([1, 1, 2, 2, 4, 4]);
    expect(rowOf(layout, 9)).toBe(-1);
  });

  it("draws a few rows more than the screen shows, and none outside the wall", () => {
    expect(rowsIn(layout, headHeight, headHeight + 10, 0)).toEqual({ from: 1, to: 2 });
    expect(rowsIn(layout, headHeight, headHeight + 10, 3)).toEqual({ from: 0, to: 5 });
    expect(rowsIn(layoutWall([], 4, cards), 0, 900, 3)).toEqual({ from: 0, to: 0 });
  });

  it("moves by arrows over headers, keeps the column where it can, and stops at the edges", () => {
    expect(moveFrom(layout, 0, "right", 3)).toBe(1);
    expect(moveFrom(layout, 0, "left", 3)).toBe(0);
    expect(moveFrom(layout, 3, "down", 3)).toBe(5);
    expect(moveFrom(layout, 5, "down", 3)).toBe(7);
    expect(moveFrom(layout, 7, "up", 3)).toBe(5);
    expect(moveFrom(layout, 8, "down", 3)).toBe(8);
    expect(moveFrom(layout, 8, "home", 3)).toBe(0);
    expect(moveFrom(layout, 0, "end", 3)).toBe(8);
    expect(moveFrom(layout, 0, "pagedown", 2)).toBe(6);
    expect(moveFrom(layout, 8, "pageup", 9)).toBe(2);
  });

  it("keeps 10,000 devices in arithmetic: every device's row is found again", () => {
    const groups = Array.from({ length: 100 }, (_, index) => group(`p${index}`, index * 100, 100));
    const wall = layoutWall(groups, 3, cards);
    for (let device = 0; device < 10_000; device += 7) {
      const row = rowOf(wall, device);
      const first = wall.first[row] as number;
      expect(device >= first && device < first + (wall.count[row] as number)).toBe(true);
      expect(rowAt(wall, wall.top[row] as number)).toBe(row);
    }
    expect(wall.height).toBe(100 * (headHeight + 34 * 162));
  });
});
