import { describe, expect, test } from "vitest";
import {
  absoluteTime,
  clockTime,
  coarse,
  duration,
  period,
  weekTime,
} from "../../src/data/times.ts";

const now = Date.UTC(2026, 10, 24, 14, 32, 7);
const day = 86_400_000;

describe("a time", () => {
  test.each([
    ["today", Date.UTC(2026, 10, 24, 14, 28, 5), "14:28:05"],
    ["yesterday", Date.UTC(2026, 10, 23, 22, 40), "yesterday 22:40"],
    ["this year", Date.UTC(2026, 10, 3, 22, 40), "3 Nov 22:40"],
    ["another year", Date.UTC(2025, 10, 3, 22, 40), "3 Nov 2025 22:40"],
  ])("of %s", (_, time, text) => {
    expect(absoluteTime(time, now, "UTC")).toBe(text);
  });

  test("is the hub's, whatever the zone of the browser", () => {
    expect(clockTime(now, "Asia/Kolkata")).toBe("20:02:07");
    expect(absoluteTime(Date.UTC(2026, 10, 23, 20), now, "Asia/Kolkata")).toBe("01:30:00");
  });

  test("midnight is 00:00:00, not 24", () => {
    expect(clockTime(Date.UTC(2026, 0, 1), "UTC")).toBe("00:00:00");
  });

  test("of this week is told by its day", () => {
    expect(weekTime(Date.UTC(2026, 10, 23, 6, 12), now, "UTC")).toBe("Mon 06:12");
    expect(weekTime(now - 9 * day, now, "UTC")).toBe("15 Nov 14:32");
  });
});

test.each([
  [38_000, "38 s"],
  [4 * 60_000, "4 min"],
  [2 * 3_600_000 + 10 * 60_000, "2 h 10 min"],
  [12 * day + 4 * 3_600_000, "12 d 4 h"],
  [3_600_000, "1 h"],
  [-5, "0 s"],
])("%d ms last %s", (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test("a coarse age has one unit", () => {
  expect(coarse(2 * 3_600_000 + 59 * 60_000)).toBe("2 h");
  expect(coarse(34 * 60_000 + 59_000)).toBe("34 min");
});

test.each([
  [500, "0.5 s"],
  [1000, "1 s"],
  [60_000, "60 s"],
  [300_000, "5 min"],
])("a cadence of %d ms is every %s", (ms, text) => {
  expect(period(ms)).toBe(text);
});
