import { describe, expect, test } from "vitest";
import { type AgeFacts, ageOf, exactAgeOf, isLate } from "../../src/data/ages.ts";

const now = Date.UTC(2026, 2, 4, 14, 32, 7);
const facts = (age_s: number, more: Partial<AgeFacts> = {}): AgeFacts => ({
  time: now - age_s * 1000,
  now,
  cadenceMs: 0,
  stale: false,
  retained: false,
  live: true,
  zone: "UTC",
  ...more,
});
const minute = 60;
const hour = 3600;
const day = 86_400;

describe("an age with no learnt cadence", () => {
  test.each([
    [0, "live"],
    [9.9, "live"],
    [20, "20 s"],
    [29.9, "20 s"],
    [30, "30 s"],
    [3 * minute, "3 min ago"],
    [2 * hour + 59 * minute, "2 h ago"],
    [3 * day, "3 d ago"],
  ])("of %d s is said as %s", (age, text) => {
    expect(ageOf(facts(age)).text).toBe(text);
  });

  test("is never late nor stale by itself", () => {
    expect(ageOf(facts(30 * day)).tone).toBe("plain");
  });

  test("from a device whose clock is ahead is live, not negative", () => {
    expect(ageOf(facts(-40)).text).toBe("live");
  });
});

describe("a series with a cadence", () => {
  test("of 20 s is late past 30 s, in tens", () => {
    expect(ageOf(facts(29, { cadenceMs: 20_000 })).text).toBe("20 s");
    expect(ageOf(facts(41, { cadenceMs: 20_000 }))).toEqual({ text: "late · 40 s", tone: "late" });
  });

  test("of 5 min is on time after 7 min and late after 8", () => {
    expect(ageOf(facts(7 * minute, { cadenceMs: 300_000 })).text).toBe("7 min ago");
    expect(ageOf(facts(8 * minute, { cadenceMs: 300_000 })).text).toBe("late · 8 min");
  });

  test("of 1 s is not late while it still counts as live", () => {
    expect(isLate(now - 5000, now, 1000)).toBe(false);
    expect(isLate(now - 10_001, now, 1000)).toBe(true);
  });
});

describe("what is not live", () => {
  test("stale says how long", () => {
    expect(ageOf(facts(11 * minute, { stale: true, cadenceMs: 60_000 }))).toEqual({
      text: "stale · 11 min",
      tone: "stale",
    });
  });

  test("a screen that is not live says when it was read", () => {
    expect(ageOf(facts(38, { live: false })).text).toBe("read 14:31:29");
    expect(ageOf(facts(day, { live: false })).text).toBe("read yesterday 14:32");
  });

  test("what was stale before stays stale: one cause, one message", () => {
    expect(ageOf(facts(11 * minute, { stale: true, live: false })).text).toBe("stale · 11 min");
  });

  test("a retained value is never live, however young", () => {
    expect(ageOf(facts(0, { retained: true })).text).toBe("of unknown age");
  });
});

describe("the age in a sentence", () => {
  test.each([
    [0, "0.0 s ago"],
    [0.44, "0.4 s ago"],
    [9.99, "9.9 s ago"],
    [12, "12 s ago"],
    [3 * minute, "3 min ago"],
  ])("of %d s is said as %s, with no word for being young", (age, text) => {
    expect(exactAgeOf(facts(age)).text).toBe(text);
  });

  test("keeps the tone, and leaves the words to the sentence", () => {
    const late = exactAgeOf(facts(40, { cadenceMs: 1000 }));
    expect(late).toEqual({ text: "40 s ago", tone: "late" });
    const stale = exactAgeOf(facts(11 * minute, { stale: true }));
    expect(stale).toEqual({ text: "11 min ago", tone: "stale" });
  });

  test("is the time itself while the screen is not live, and unknown of a retained message", () => {
    expect(exactAgeOf(facts(38, { live: false })).text).toBe("14:31:29");
    expect(exactAgeOf(facts(1, { retained: true })).text).toBe("of unknown age");
  });
});
