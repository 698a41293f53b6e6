import { describe, expect, test } from "vitest";
import { kinds } from "../../src/data/kinds.ts";
import { columnMs } from "../../src/data/rings.ts";
import { TrendScale } from "../../src/data/scale.ts";
import { compact } from "../../src/state/charts.ts";
import type { TrendPicture } from "../../src/state/index.ts";
import { gapOf, pictureOf, windowMs } from "../../src/state/trend-picture.ts";
import { ColumnMirror } from "../../src/state/trend-points.ts";
import { FakePage, threeDevices } from "../support/page.ts";

describe("a trend picture", () => {
  const now = 1_766_500_000_000 - (1_766_500_000_000 % columnMs["15m"]);
  const picture = (points: readonly (readonly [ago_s: number, value: number])[], more = {}) => {
    const mirror = new ColumnMirror(columnMs["15m"]);
    for (const [ago, value] of points)
      mirror.take({
        key: 1,
        window: "15m",
        columnMs: columnMs["15m"],
        first: Math.floor((now - ago * 1000) / columnMs["15m"]),
        min: Float32Array.of(value),
        max: Float32Array.of(value),
        largest: value,
        median: value,
      });
    const [ago, value] = points.at(-1) ?? [0, Number.NaN];
    return pictureOf({
      width: 90,
      height: 36,
      window: "15m",
      mirror,
      scale: new TrendScale(kinds.temperature),
      kind: kinds.temperature,
      isState: false,
      now,
      last: now - ago * 1000,
      value,
      cadenceMs: 10_000,
      doubtful: false,
      isHole: () => true,
      ...more,
    });
  };
  const steady = Array.from({ length: 80 }, (_, n) => [800 - n * 10, 21] as const);

  test("has its right edge at the hub's now and blanks what was before", () => {
    const { bottom, dot, hatchFrom, top } = picture(steady);
    expect(top).toHaveLength(90);
    expect(top[5]).toBeNaN();
    expect(top[88]).toBeCloseTo(18, 0);
    expect(bottom[88]).toBeCloseTo(18, 0);
    expect(dot?.x).toBeCloseTo(89, 0);
    expect(hatchFrom).toBeNull();
  });

  test("joins readings that follow each other, and never crosses a gap", () => {
    const gap = picture(
      [
        [400, 20],
        [390, 20],
        [380, 20],
        [200, 23],
        [190, 23],
      ],
      { cadenceMs: 10_000 },
    );
    const column = (ago: number) => Math.floor(((900 - ago) / 900) * 90);
    expect(gap.top[column(395)]).not.toBeNaN();
    expect(gap.top[column(300)]).toBeNaN();
    const slow = picture(
      [
        [400, 20],
        [340, 21],
        [280, 22],
      ],
      { cadenceMs: 60_000 },
    );
    expect(slow.top[column(370)]).not.toBeNaN();
  });

  test("holds a value until the next where nothing is missing between them", () => {
    const { top, bottom } = picture(
      [
        [400, 20],
        [390, 20],
        [380, 20],
        [200, 23],
        [190, 23],
      ],
      { cadenceMs: 0, isHole: () => false },
    );
    const at = (ago: number) => Math.floor(((900 - ago) / 900) * 90);
    expect(top[at(300)]).toBeCloseTo(top[at(395)] ?? 0, 5);
    expect(bottom[at(210)]).toBeCloseTo(bottom[at(395)] ?? 0, 5);
    expect(top[at(190)]).toBeLessThan(top[at(300)] ?? 0);
  });

  test("hatches from the last reading once late, stale or not live", () => {
    expect(
      picture([
        [100, 21],
        [60, 21],
      ]).hatchFrom,
    ).toBeCloseTo(84, 0);
    expect(picture(steady, { doubtful: true }).hatchFrom).toBeCloseTo(89, 0);
    // An on-time slow series just ends.
    expect(
      picture(
        [
          [400, 21],
          [200, 21],
        ],
        { cadenceMs: 300_000 },
      ).hatchFrom,
    ).toBeNull();
  });

  test("draws zero where the kind has one", () => {
    const power = { kind: kinds.power, scale: new TrendScale(kinds.power) };
    expect(picture(steady, power).zero).toBeCloseTo(34, 0);
    expect(picture(steady).zero).toBeNull();
  });

  test("a state is a lane that holds until it changes", () => {
    const { lane, top } = picture(
      [
        [600, 1],
        [300, 0],
      ],
      { isState: true, kind: kinds.state, scale: new TrendScale(kinds.state), cadenceMs: 0 },
    );
    expect(top.every(Number.isNaN)).toBe(true);
    expect(lane?.map((run) => [Math.round(run.from), Math.round(run.to), run.active])).toEqual([
      [30, 60, true],
      [60, 90, false],
    ]);
  });

  test("a total's line is its rate, and a counter that went back leaves a hole", () => {
    const total = { kind: kinds.total, scale: new TrendScale(kinds.total), cadenceMs: 100_000 };
    const { zero } = picture(
      [
        [800, 10],
        [700, 11],
        [600, 12],
        [500, 0],
        [400, 1],
      ],
      total,
    );
    expect(zero).toBeCloseTo(34, 0);
  });

  test("windows are what they are called", () => {
    expect([windowMs["15m"], windowMs["24h"]]).toEqual([900_000, 86_400_000]);
  });
});

test("chart columns leave out empty ones, but for one hole in each gap", () => {
  const answer = {
    time: Float64Array.of(1000, 2000, 3000, 9000, 10_000),
    min: Float64Array.of(1, Number.NaN, 2, 3, 4),
    max: Float64Array.of(1, Number.NaN, 2, 3, 4),
    mean: Float64Array.of(1, Number.NaN, 2, 3, 4),
    oldest: 1000,
  };
  const rows = compact(answer, 1000, 500);
  expect([...rows.time]).toEqual([1, 3, 6, 9, 10]);
  expect([...rows.min]).toEqual([1, 2, Number.NaN, 3, 4]);
  expect(rows.stretches).toEqual([{ from: 3000, to: 9000, open: false }]);
});

test("chart columns hold a value until the next where nothing is missing between them", () => {
  const answer = {
    time: Float64Array.of(1000, 2000, 3000, 9000),
    min: Float64Array.of(1, 1, 2, 7),
    max: Float64Array.of(1, 1, 4, 7),
    mean: Float64Array.of(1, 1, 3, 7),
    oldest: 1000,
  };
  const rows = compact(answer, 0, 500, () => false);
  expect([...rows.time]).toEqual([1, 2, 3, 8.5, 9]);
  expect([...rows.mean]).toEqual([1, 1, 3, 3, 7]);
  expect(rows.stretches).toEqual([]);
});

describe("a silence between readings", () => {
  const minutes = (...at: number[]) => at.map((minute) => minute * 60_000);

  test("is a gap when it is long for the device's rhythm", () => {
    expect(gapOf([], 10_000, 1000)).toBe(25_000);
    expect(gapOf(minutes(0, 1), 10_000, 1000)).toBe(25_000);
    expect(gapOf(minutes(0, 0.1, 60), 6000, 1000)).toBe(15_000);
  });

  test("is never shorter than three columns", () => {
    expect(gapOf(minutes(0, 1, 2), 10, 60_000)).toBe(180_000);
  });

  test("is judged by how the device measured where it tells late and at once what it measured slowly", () => {
    expect(gapOf(minutes(0, 1, 2, 3, 4, 10, 11), 50, 1000)).toBe(150_000);
  });

  test("is judged by the readings alone where no rhythm is known", () => {
    expect(gapOf(minutes(0, 1), 0, 1000)).toBe(150_000);
    expect(gapOf(minutes(0, 1, 9), 0, 1000)).toBe(150_000);
  });
});

describe("a trend line on the page", () => {
  const open = () => {
    const page = new FakePage();
    page.dashboard.viewport.show("wall", ["plant/pump-2"], 250);
    page.timers.advance(30);
    page.live(threeDevices(page.timers.now()));
    const pictures: TrendPicture[] = [];
    const spec = { series: 0, width: 90, height: 36, window: "15m" } as const;
    const handle = page.dashboard.trends.open(spec, (picture) => pictures.push(picture));
    page.timers.advance(400);
    return { page, pictures, handle };
  };

  test("is drawn as soon as its columns are there", () => {
    const { pictures } = open();
    expect(pictures.at(-1)?.dot).not.toBeNull();
    expect([...(pictures.at(-1)?.top ?? [])].some((y) => !Number.isNaN(y))).toBe(true);
  });

  test("is painted at most once a second, and a step that came too soon is not forgotten", () => {
    const { page, pictures } = open();
    page.passes(2000);
    const before = pictures.length;
    for (let n = 0; n < 40; n += 1) {
      page.data([[101, 0, 71 + (n % 2) * 3]], 900 + n);
      page.timers.advance(100);
    }
    expect(pictures.length - before).toBeLessThanOrEqual(5);
    expect(pictures.length - before).toBeGreaterThanOrEqual(3);
    page.data([[101, 0, 90]], 990);
    page.timers.advance(260);
    page.passes(1000);
    expect(pictures.at(-1)?.dot?.y).toBeLessThan(5);
  });

  test("is not painted while nothing moves by a pixel", () => {
    const { page, pictures } = open();
    page.passes(1000);
    const before = pictures.length;
    for (let n = 0; n < 8; n += 1) {
      page.data([[101, 0, 71.2]], 900 + n);
      page.passes(1000);
    }
    // A pixel is 10 s wide here: at most one new column.
    expect(pictures.length - before).toBeLessThanOrEqual(2);
  });

  test("loses its hatch with the reading that comes after a silence, though nothing moves by a pixel", () => {
    const { page, pictures } = open();
    page.data([[101, 0, 71.2]], 900);
    page.timers.advance(260);
    page.passes(25_000);
    expect(pictures.at(-1)?.hatchFrom).not.toBeNull();
    page.data([[101, 0, 71.2]], 901);
    page.timers.advance(260);
    page.passes(1000);
    expect(pictures.at(-1)?.hatchFrom).toBeNull();
  });

  test("is hatched when the hub is lost, and ends with its handle", () => {
    const { handle, page, pictures } = open();
    page.sockets.last.ends(1006);
    page.timers.advance(20);
    expect(pictures.at(-1)?.hatchFrom).not.toBeNull();
    const before = pictures.length;
    handle.dispose();
    handle.dispose();
    page.timers.advance(5000);
    expect(pictures).toHaveLength(before);
  });
});
