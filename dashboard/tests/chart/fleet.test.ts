import { describe, expect, it } from "vitest";
import { hitFleet, layoutFleet, markCorner, maxMarks } from "../../src/chart/fleet.ts";

const place = (label: string, n: number) => ({
  label,
  marks: Array.from({ length: n }, () => "fine"),
});
const box = { width: 300, height: 210 };

describe("the fleet panel", () => {
  it("draws few devices large and many small, and keeps within its box where it can", () => {
    const few = layoutFleet([place("a", 40)], box);
    const many = layoutFleet(
      [place("a", 412), place("b", 268), place("c", 331), place("d", 193)],
      box,
    );
    expect(few.side).toBeGreaterThan(many.side);
    expect(many.side).toBe(5);
    expect(few.height).toBeLessThanOrEqual(box.height);
    expect(many.height).toBeLessThanOrEqual(box.height);
  });

  it("gives a place one line instead of two where the places are too many", () => {
    const lines = (n: number) =>
      layoutFleet(
        Array.from({ length: n }, (_, index) => place(`p${index}`, 3)),
        box,
      );
    expect(lines(5).isDense).toBe(false);
    expect(lines(9)).toMatchObject({ isDense: true, side: 14 });
    expect(lines(9).height).toBeLessThanOrEqual(box.height);
    // More than fit at all: the panel scrolls, and larger marks would not help.
    expect(lines(30)).toMatchObject({ isDense: true, side: 11 });
    expect(lines(30).height).toBeLessThan(30 * 22);
    expect(lines(30).blocks[0]?.top).toBe(lines(30).inset);
  });

  it("finds every mark again under its own middle", () => {
    const layout = layoutFleet([place("a", 100), place("b", 3), place("c", 57)], box);
    for (const [block, { marks }] of layout.blocks.entries())
      for (const position of marks.keys()) {
        const { x, y } = markCorner(layout, block, position);
        const middle = layout.side / 2;
        expect(hitFleet(layout, x + middle, y + middle)).toEqual({ block, position });
      }
  });

  it("finds nothing beside the marks", () => {
    const layout = layoutFleet([place("a", 3)], box);
    expect(hitFleet(layout, -1, 2)).toBeNull();
    expect(hitFleet(layout, 299, 2)).toBeNull();
    expect(hitFleet(layout, 2, 200)).toBeNull();
    expect(hitFleet(layout, 2, -5)).toBeNull();
  });

  it("gives each place one bar when there are too many devices for marks", () => {
    const layout = layoutFleet([place("a", maxMarks), place("b", 1)], box);
    expect(layout.kind).toBe("bars");
    expect(layout.blocks.map(({ top }) => top)).toEqual([0, 40]);
    expect(hitFleet(layout, 5, 5)).toBeNull();
  });
});
