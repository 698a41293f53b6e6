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
