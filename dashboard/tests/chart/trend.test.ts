import { describe, expect, it } from "vitest";
import { hatchLines } from "../../src/chart/painter.ts";
import { type PathTaker, tracePath } from "../../src/chart/trend.ts";

/** Writes down what a pen is asked to draw. */
class Recorder implements PathTaker {
  readonly strokes: [number, number][][] = [];
  beginPath(): void {
    this.strokes.length = 0;
  }
  moveTo(x: number, y: number): void {
    this.strokes.push([[x, y]]);
  }
  lineTo(x: number, y: number): void {
    this.strokes.at(-1)?.push([x, y]);
  }
}

const none = Number.NaN;
const trace = (top: number[], bottom = top) => {
  const recorder = new Recorder();
  tracePath(recorder, Float32Array.from(top), Float32Array.from(bottom));
  return recorder.strokes;
};

describe("a trend line", () => {
  it("is one stroke while every column holds a reading", () => {
    expect(trace([10, 11, 12])).toEqual([
      [
        [0, 10],
        [0.5, 10],
        [1.5, 11],
        [2.5, 12],
      ],
    ]);
  });

  it("ends at a gap and starts afresh after it", () => {
    const strokes = trace([10, none, none, 12, 13]);
    expect(strokes).toHaveLength(2);
    const xs = strokes.map((stroke) => stroke.map(([x]) => x));
    expect(Math.max(...(xs[0] ?? []))).toBeLessThan(1);
    expect(Math.min(...(xs[1] ?? []))).toBeGreaterThanOrEqual(3);
  });

  it("spans the lowest and highest reading of a column", () => {
    const [stroke] = trace([10, 4], [10, 20]);
    expect(stroke?.filter(([x]) => x === 1.5)).toEqual([
      [1.5, 4],
      [1.5, 20],
    ]);
  });

  it("enters a column at the end nearer to where it was", () => {
    const [stroke] = trace([19, 4], [19, 20]);
    expect(stroke?.filter(([x]) => x === 1.5)).toEqual([
      [1.5, 20],
      [1.5, 4],
    ]);
  });

  it("draws a single reading as a short stroke, so that it is seen", () => {
    expect(trace([none, 7, none])).toEqual([
      [
        [1, 7],
        [1.5, 7],
      ],
    ]);
  });
});

describe("hatch", () => {
  it("covers a box from corner to corner at one distance", () => {
    const lines = hatchLines({ x: 10, y: 0, width: 50, height: 30 });
    const tops = lines.map(([, top]) => top);
    expect(Math.min(...tops)).toBeLessThanOrEqual(10);
    expect(Math.max(...lines.map(([bottom]) => bottom))).toBeGreaterThanOrEqual(60);
    expect(new Set(tops.slice(1).map((x, index) => x - (tops[index] as number)))).toEqual(
      new Set([6]),
    );
  });

  it("is in step in neighbouring boxes", () => {
    const phase = (x: number) =>
      (hatchLines({ x, y: 0, width: 40, height: 30 })[0] as [number, number])[1] % 6;
    expect(phase(0)).toBe(phase(42));
    expect(phase(0)).toBe(phase(37));
  });
});
