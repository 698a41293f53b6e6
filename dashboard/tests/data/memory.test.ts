import { describe, expect, test } from "vitest";
import { HubClock, JumpDetector } from "../../src/data/clock.ts";
import { Memory, measure, windowFor } from "../../src/data/memory.ts";
import { ColumnRing, columnMs, columnsPerRing, median, ReadingRing } from "../../src/data/rings.ts";
import { Store } from "../../src/data/store.ts";
import { ManualTimers } from "../support/timers.ts";

const none: ReadonlySet<number> = new Set();
const start = 1_766_500_000_000 - (1_766_500_000_000 % columnMs["15m"]);

describe("a ring of columns", () => {
  test("holds the lowest and highest of each column", () => {
    const ring = new ColumnRing("15m");
    for (const [after, value] of [
      [0, 5],
      [100, 9],
      [200, 2],
      [2500, 7],
    ] as const)
      ring.add(start + after, value);
    const { first, max, min } = ring.slice(0);
    expect(first).toBe(ring.first);
    expect([min.at(-2), max.at(-2), min.at(-1), max.at(-1)]).toEqual([2, 9, 7, 7]);
  });

  test("leaves empty what nothing came in", () => {
    const ring = new ColumnRing("15m");
    ring.add(start, 1);
    ring.add(start + 4 * columnMs["15m"], 2);
    expect([...ring.slice(ring.head - 4).min]).toEqual([1, Number.NaN, Number.NaN, Number.NaN, 2]);
  });

  test("forgets what is older than itself, also after a long silence", () => {
    const ring = new ColumnRing("15m");
    ring.add(start, 1);
    ring.add(start + 10 * columnsPerRing * columnMs["15m"], 2);
    expect([...ring.slice(0).min].filter((value) => !Number.isNaN(value))).toEqual([2]);
  });

  test("takes a reading that comes late into its own column, and none older than the ring", () => {
    const ring = new ColumnRing("15m");
    ring.add(start + 5000, 1);
    ring.add(start, 8);
    expect(ring.slice(ring.head - 2).max[0]).toBe(8);
    ring.add(start - columnsPerRing * columnMs["15m"], 99);
    expect(Math.max(...[...ring.slice(0).max].filter((value) => !Number.isNaN(value)))).toBe(8);
  });

  test("tells what changed since it was handed on", () => {
    const ring = new ColumnRing("15m");
    ring.add(start, 1);
    ring.settle();
    expect(ring.changed).toBe(-1);
    ring.add(start + 2500, 2);
    ring.add(start, 3);
    expect(ring.changed).toBe(start / columnMs["15m"]);
  });
});

describe("a ring of readings", () => {
  test("grows to 4,096 and then forgets the oldest", () => {
    const ring = new ReadingRing();
    for (let n = 0; n < 5000; n += 1) ring.add(n, n);
    expect(ring.length).toBe(4096);
    expect(ring.oldest).toBe(5000 - 4096);
    const seen: number[] = [];
    ring.each(4990, (time) => seen.push(time));
    expect(seen).toEqual([4990, 4991, 4992, 4993, 4994, 4995, 4996, 4997, 4998, 4999]);
  });

  test("costs little while little came", () => {
    expect(new ReadingRing().bytes).toBe(1024);
  });

  test("passes over what is older than the newest", () => {
    const ring = new ReadingRing();
    ring.add(10, 1);
    ring.add(5, 2);
    expect(ring.length).toBe(1);
  });
});

describe("the memory", () => {
  test("stays within its budget; what was looked at longest ago goes first", () => {
    const memory = new Memory(40_000);
    for (const key of [1, 2, 3, 4]) memory.add(key, start, 1, none);
    expect(memory.size).toBe(4);
    memory.touch([1]);
    for (const key of [5, 6, 7]) memory.add(key, start, 1, none);
    expect(memory.bytes).toBeLessThanOrEqual(40_000);
    expect(memory.past(1)).toBeDefined();
    expect(memory.past(2)).toBeUndefined();
    expect(memory.evicted).toBeGreaterThan(0);
  });

  test("never forgets what is on the screen", () => {
    const memory = new Memory(10_000);
    const shown = new Set([1, 2, 3]);
    for (const key of [1, 2, 3, 4]) memory.add(key, start, 1, shown);
    expect([1, 2, 3].map((key) => memory.past(key) !== undefined)).toEqual([true, true, true]);
  });

  test("1,500 series with an hour at 1 Hz fit the stated 96 MiB", () => {
    const one = new Memory();
    for (let second = 0; second < 3600; second += 1)
      one.add(1, start + second * 1000, second, none);
    expect(1500 * one.bytes).toBeLessThan(1.15 * 96 * 1024 * 1024);
  });

  test("makes chart columns with lowest, highest and mean", () => {
    const memory = new Memory();
    for (let second = 0; second < 60; second += 1)
      memory.add(1, start + second * 1000, second % 10, none);
    const chart = memory.chart({ id: 1, key: 1, from: start, to: start + 60_000, columns: 6 });
    expect([...chart.min]).toEqual([0, 0, 0, 0, 0, 0]);
    expect([...chart.max]).toEqual([9, 9, 9, 9, 9, 9]);
    expect([...chart.mean]).toEqual([4.5, 4.5, 4.5, 4.5, 4.5, 4.5]);
    expect(chart.time[0]).toBe(start + 5000);
    expect(chart.oldest).toBe(start);
  });

  test("takes from trend columns what the readings no longer reach", () => {
    const memory = new Memory();
    const tenHz = 15 * 60 * 10;
    for (let n = 0; n < tenHz; n += 1) memory.add(1, start + n * 100, n < 10 ? 50 : 1, none);
    const chart = memory.chart({
      id: 1,
      key: 1,
      from: start,
      to: start + tenHz * 100,
      columns: 90,
    });
    expect(chart.max[0]).toBe(50);
    expect(chart.max[89]).toBe(1);
    expect([...chart.max].some(Number.isNaN)).toBe(false);
  });

  test("of a young series begins with its first reading, at no coarser column", () => {
    const memory = new Memory();
    const begun = start + 120_000;
    for (let second = 0; second < 7; second += 1) memory.add(1, begun + second * 1000, 7, none);
    const to = begun + 7000;
    const chart = memory.chart({ id: 1, key: 1, from: to - 900_000, to, columns: 900 });
    const first = chart.min.findIndex((value) => !Number.isNaN(value));
    expect(chart.time[first]).toBeGreaterThanOrEqual(begun);
  });

  test("of a series never heard makes an empty chart", () => {
    const chart = new Memory().chart({ id: 1, key: 9, from: 0, to: 1000, columns: 4 });
    expect(chart.oldest).toBe(0);
    expect([...chart.min].every(Number.isNaN)).toBe(true);
  });

  test("knows median and deviation of the last hour", () => {
    const memory = new Memory();
    for (let turn = 0; turn < 20; turn += 1)
      memory.add(1, start + turn * 240_000, 20 + (turn % 3), none);
    expect(memory.evidence(1)).toMatchObject({ deviation: 1, unchanged: false });
    expect(memory.evidence(7)).toBeNull();
  });

  test("calls unchanged only what did not move for 24 h", () => {
    const memory = new Memory();
    for (let turn = 0; turn < 360; turn += 1) memory.add(1, start + turn * 240_000, 5, none);
    for (let turn = 0; turn < 100; turn += 1) memory.add(2, start + turn * 240_000, 5, none);
    expect([memory.evidence(1)?.unchanged, memory.evidence(2)?.unchanged]).toEqual([true, false]);
  });
});

test("a state counts 1 while active, 0 at rest; a text never breaks a trend", () => {
  expect(measure(true, "contact", undefined)).toBe(0);
  expect(measure("Loaded", "state", undefined)).toBe(1);
  expect(measure(null, "x", undefined)).toBeNaN();
  expect(measure(7.5, "x", undefined)).toBe(7.5);
});

test("series slower than a reading a minute show 24 h", () => {
  expect([0, 1000, 60_000, 60_001].map(windowFor)).toEqual(["15m", "15m", "15m", "24h"]);
});

test("the median leaves out what is missing", () => {
  expect(median([3, Number.NaN, 1, 2])).toBe(2);
  expect(median([4, 1])).toBe(2.5);
  expect(median([])).toBeNaN();
});

describe("the store", () => {
  test("gives series numbers in the order of keys, whatever the order of rows", () => {
    const store = new Store();
    const made = store.introduce([
      [12, "d", "humidity", "%", "float"],
      [11, "d", "temperature", "°C", "float"],
    ]);
    expect(made.map((one) => one.metric)).toEqual(["temperature", "humidity"]);
  });

  test("tells of a series again only when something of it changed", () => {
    const store = new Store();
    store.introduce([[1, "d", "t", "°C", "float"]]);
    expect(store.introduce([[9, "d", "t", "°C", "float"]])).toEqual([]);
    expect(store.introduce([[9, "d", "t", "°C", "float", { cadence_ms: 1000 }]])).toHaveLength(1);
  });

  test("hands out what is wanted, once, with what it missed", () => {
    const store = new Store();
    store.introduce([[1, "d", "t", "°C", "float"]]);
    store.read(1, 5, 20, "uncertain:clock");
    expect(store.hasNews).toBe(false);
    store.want(new Set([0]));
    expect(store.take()).toMatchObject({ doubts: [[0, "uncertain:clock"]], n: 1 });
    expect(store.hasNews).toBe(false);
  });

  test("a retired key is nobody's, its last value stays", () => {
    const store = new Store();
    store.introduce([[1, "d", "t", "°C", "float"]]);
    expect(store.retire([1, 99])).toEqual([0]);
    expect(store.read(1, 5, 20, "good")).toBe(-1);
  });
});

describe("clocks", () => {
  test("a jump of wall against monotonic clock is noticed once, both ways, a small one not", () => {
    const timers = new ManualTimers();
    const jumps = new JumpDetector(timers);
    timers.advance(3000);
    timers.wall += 1999;
    expect(jumps.check()).toBe(false);
    timers.wall += 3_600_000;
    expect([jumps.check(), jumps.check()]).toEqual([true, false]);
    timers.burn(4001);
    expect([jumps.check(), jumps.check()]).toEqual([true, false]);
    timers.wall -= 3_600_000;
    expect(jumps.check()).toBe(true);
  });

  test("an unasked time is a hint only until there was an answer", () => {
    const clock = new HubClock(0);
    clock.hint(5000, 1000);
    expect(clock.offset).toBe(4000);
    clock.answer(5100, 200, 1000);
    expect(clock.offset).toBe(4200);
    clock.hint(9999, 1000);
    expect(clock.offset).toBe(4200);
    clock.forget();
    clock.hint(5000, 1000);
    expect(clock.offset).toBe(4000);
  });
});
