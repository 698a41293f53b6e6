import { describe, expect, it } from "vitest";
import { layoutFleet, stepFleet } from "../../src/chart/fleet.ts";

const place = (label: string, n: number) => ({ label, marks: new Array<string>(n).fill("fine") });
/** 16 marks a row. */
const layout = layoutFleet([place("a", 20), place("b", 3)], { width: 290, height: 210 });

describe("arrow keys in the fleet panel", () => {
  it("begin at the first mark", () => {
    expect(stepFleet(layout, null, "ArrowRight")).toEqual({ block: 0, position: 0 });
    expect(stepFleet(layoutFleet([], { width: 290, height: 210 }), null, "ArrowDown")).toBeNull();
  });

  it("move by one and by a row, from place to place, and stop at the ends", () => {
    expect(layout.columns).toBe(16);
    const from = (block: number, position: number) => ({ block, position });
    expect(stepFleet(layout, from(0, 0), "ArrowRight")).toEqual(from(0, 1));
    expect(stepFleet(layout, from(0, 1), "ArrowDown")).toEqual(from(0, 17));
    expect(stepFleet(layout, from(0, 19), "ArrowRight")).toEqual(from(1, 0));
    expect(stepFleet(layout, from(1, 0), "ArrowUp")).toEqual(from(0, 19));
    expect(stepFleet(layout, from(1, 2), "ArrowRight")).toEqual(from(1, 2));
    expect(stepFleet(layout, from(0, 0), "ArrowLeft")).toEqual(from(0, 0));
  });

  it("leave other keys alone", () => {
    expect(stepFleet(layout, null, "a")).toBeUndefined();
  });
});
