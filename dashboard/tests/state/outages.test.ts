import { describe, expect, it } from "vitest";
import { holesOf } from "../../src/state/chart-holes.ts";
import { Outages } from "../../src/state/outages.ts";

const hole = (from: number, to: number, open = false) => ({ from, to, open });
const usual = 2500;

function watching(): Outages {
  const outages = new Outages();
  outages.watchedSince(0);
  return outages;
}

describe("a hole in a device's readings", () => {
  it("is the device's silence when nothing else is known", () => {
    expect(watching().why("pump", hole(1000, 9000), usual)).toBe("silent");
  });

  it("is of unknown cause when it began before this page listened, unless it lasts", () => {
    const outages = new Outages();
    expect(outages.why("pump", hole(1000, 9000), usual)).toBe("unknown");
    outages.watchedSince(5000);
    outages.watchedSince(20_000);
    expect(outages.why("pump", hole(1000, 9000), usual)).toBe("unknown");
    expect(outages.why("pump", hole(6000, 9000), usual)).toBe("silent");
    expect(outages.why("pump", hole(1000, 9000, true), usual)).toBe("silent");
  });

  it("is none in a device without a rhythm that was only silent: it speaks when something changes", () => {
    const outages = watching();
    outages.begin("broker", 20_000);
    outages.end("broker", 30_000);
    const without = { cadenceMs: 0, usual };
    expect(outages.isHole("filler", hole(1000, 9000), without)).toBe(false);
    expect(outages.isHole("filler", hole(1000, 9000), { ...without, cadenceMs: 1000 })).toBe(true);
    expect(outages.isHole("filler", hole(19_000, 30_000), without)).toBe(true);
  });

  it("is explained by an outage that covers it but for one usual silence", () => {
    const outages = watching();
    outages.begin("broker", 3000);
    outages.end("broker", 9000);
    expect(outages.why("pump", hole(1000, 10_000), usual)).toBe("silent");
    expect(outages.why("pump", hole(1000, 9500), usual)).toBe("broker");
    expect(outages.why("pump", hole(9500, 20_000), usual)).toBe("silent");
  });

  it("is explained while the outage lasts", () => {
    const outages = watching();
    outages.begin("hub", 2000);
    expect(outages.why("pump", hole(1500, 60_000, true), usual)).toBe("hub");
  });

  it("names the highest of several causes that each explain it", () => {
    const outages = watching();
    outages.begin("offline", 1000, "pump");
    outages.begin("broker", 1500);
    expect(outages.why("pump", hole(1000, 30_000, true), usual)).toBe("broker");
    outages.begin("hub", 2000);
    expect(outages.why("pump", hole(1000, 30_000, true), usual)).toBe("hub");
  });

  it("names the longest of several that explain it only together", () => {
    const outages = watching();
    outages.begin("hub", 0);
    outages.end("hub", 10_000);
    outages.begin("broker", 10_000);
    outages.end("broker", 40_000);
    expect(outages.why("pump", hole(0, 40_000), usual)).toBe("broker");
  });

  it("is not explained by another device's outage", () => {
    const outages = watching();
    outages.begin("offline", 0, "fan");
    expect(outages.why("pump", hole(0, 40_000), usual)).toBe("silent");
    expect(outages.why("fan", hole(0, 40_000), usual)).toBe("offline");
  });

  it("keeps an outage that is told twice as one, and forgets the oldest of very many", () => {
    const outages = watching();
    outages.begin("hub", 1000);
    outages.begin("hub", 8000);
    expect(outages.why("pump", hole(1000, 7000), usual)).toBe("hub");
    outages.end("hub", 9000);
    for (let n = 0; n < 300; n += 1) {
      outages.begin("hidden", 100_000 + n * 1000);
      outages.end("hidden", 100_500 + n * 1000);
    }
    expect(outages.why("pump", hole(1000, 7000), usual)).toBe("silent");
  });
});

it("says of each hole in the window from when to when it was, and why", () => {
  const outages = watching();
  outages.begin("broker", 1_700_000_000_000);
  outages.end("broker", 1_700_000_060_000);
  const from = 1_700_000_010_000;
  const facts = { device: "pump", outages, usual, from, zone: "UTC" };
  const before = hole(from - 60_000, from - 50_000);
  const across = hole(1_700_000_000_000, 1_700_000_060_000);
  const last = hole(1_700_000_090_000, 1_700_000_120_000, true);
  expect(holesOf([before, across, last], facts)).toEqual([
    {
      from: from / 1000,
      to: 1_700_000_060,
      open: false,
      reason: "The hub had lost its broker",
      sentence: "No reading from 22:13:20 to 22:14:20. The hub had lost its broker.",
    },
    {
      from: 1_700_000_090,
      to: 1_700_000_120,
      open: true,
      reason: "The device is silent",
      sentence: "No reading since 22:14:50. The device is silent.",
    },
  ]);
});
