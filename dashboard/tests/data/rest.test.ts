import { describe, expect, it } from "vitest";
import { provenanceOf, statusOf, unreadOf } from "../../src/data/rest.ts";

describe("answers of the HTTP API", () => {
  it("are read field by field: a hub that says little shows little and breaks nothing", () => {
    for (const body of [null, {}, [], "text", { feeds: null, gauges: [1], latency: "fast" }]) {
      const status = statusOf(body);
      expect(status.feeds).toEqual([]);
      expect(status.clients).toBeNull();
      expect(status.devices).toBeNull();
    }
  });

  it("keep what a status says", () => {
    const status = statusOf({
      version: "0.1.0",
      now: "2026-11-24T05:02:09.510Z",
      uptime_s: 83.9,
      feeds: [
        { source: "mqtt", up: false, since: null, reason: "refused", tries: 3, address: "h:1883" },
      ],
      clients: { live: 2, events: 1, lagging: 0 },
      latency: { count: 5, p50_ms: 0.4, p99_ms: null },
      gauges: { intake_messages: 0, odd: "x" },
      drops: [{ name: "quarantined", label: "reason", value: "not_text", total: 2, per_s: null }],
      log: { position: "e:7", first_seq: 1 },
    });
    expect(status.now).toBe(Date.parse("2026-11-24T05:02:09.510Z"));
    expect(status.feeds[0]).toEqual({
      source: "mqtt",
      up: false,
      since: null,
      reason: "refused",
      tries: 3,
      address: "h:1883",
    });
    expect(status.clients).toEqual({ live: 2, events: 1, lagging: 0 });
    expect(status.latency).toEqual({ p50: 0.4, p99: null });
    expect(status.gauges).toEqual([["intake_messages", 0]]);
    expect(status.drops[0]).toMatchObject({ value: "not_text", total: 2, perSecond: null });
    expect(status.position).toBe("e:7");
  });

  it("keep what a provenance says, bytes as base64 where they are no text", () => {
    const found = provenanceOf({
      topic: "a/b",
      last_payload: { text: null, base64: "AAE=", bytes: 2 },
      clock_skew_s: -4,
      latest: { time: "2026-11-24T05:00:00Z", quality: "good" },
    });
    expect(found.payload).toEqual({ text: "AAE=", bytes: 2 });
    expect(found.skewS).toBe(-4);
    expect(found.quality).toBe("good");
    expect(provenanceOf({ last_payload: null }).payload).toBeNull();
  });

  it("name the topics that could not be read", () => {
    expect(
      unreadOf({ topics: [{ topic: "t", reason: "not_text", count: 2, samples: [] }] }),
    ).toEqual([{ topic: "t", reason: "not_text", count: 2, detail: "" }]);
  });
});
