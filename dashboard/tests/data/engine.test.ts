import { beforeEach, describe, expect, test } from "vitest";
import { Engine } from "../../src/data/engine.ts";
import { type FromWorker, flags, type HubEvent, type LinkReport } from "../../src/data/port.ts";
import { FakeSockets } from "../support/socket.ts";
import { ManualTimers } from "../support/timers.ts";

let timers: ManualTimers;
let sockets: FakeSockets;
let engine: Engine;
let said: FromWorker[];

const of = <T extends FromWorker["t"]>(t: T) =>
  said.filter((message): message is Extract<FromWorker, { t: T }> => message.t === t);
const link = (): LinkReport => {
  const report = of("link").at(-1)?.link;
  if (!report) throw new Error("no report");
  return report;
};
const events = (kind: HubEvent["kind"]) =>
  of("event")
    .map((message) => message.event)
    .filter((event) => event.kind === kind);

beforeEach(() => {
  timers = new ManualTimers();
  sockets = new FakeSockets();
  said = [];
  engine = new Engine({ open: sockets.open, timers, post: (message) => said.push(message) });
  engine.take({ t: "open", url: "ws://hub", client: "test" });
});

/** Grants the newest subscription with this id and tells one pump with a temperature. */
function grants(id: number, channel: number, resumed = false, seq = 800): void {
  const socket = sockets.last;
  socket.says({
    type: "subscribed",
    id,
    channel,
    position: `k3f9:${seq}`,
    resumed,
    series: 1,
    interval_ms: 250,
  });
}
const introduces = (channel: number, key = 101, seq = 800) => {
  sockets.last.says({
    type: "devices",
    channel,
    seq,
    add: [["a/pump", "json", null, "a", null]],
    remove: [],
  });
  sockets.last.says({
    type: "series",
    channel,
    seq,
    add: [[key, "a/pump", "temperature", "°C", "float", { cadence_ms: 1000 }]],
    remove: [],
  });
};
const snapshot = (channel: number, rows: unknown[], seq = 800, more = false) =>
  sockets.last.says({ type: "snapshot", channel, position: `k3f9:${seq}`, rows, more });
const data = (channel: number, rows: unknown[], seq: number) =>
  sockets.last.says({ type: "data", channel, seq, base: timers.now(), rows, n: rows.length });

function showPump(): void {
  engine.take({ t: "show", devices: ["a/pump"], intervalMs: 250 });
  sockets.last.welcomes(timers.now());
  grants(1, 1);
  snapshot(1, []);
  grants(2, 2);
  introduces(2);
  engine.take({ t: "see", keys: Uint32Array.of(0), trends: new Uint32Array(), windows: [] });
}

describe("after the welcome", () => {
  test("it asks for the catalogue with counts, and for what is shown", () => {
    engine.take({ t: "show", devices: ["a/pump"], intervalMs: 250 });
    sockets.last.welcomes(timers.now());
    expect(sockets.last.all("subscribe")).toEqual([
      { type: "subscribe", id: 1, devices: ["#"], metrics: [], summary: true },
      { type: "subscribe", id: 2, devices: ["a/pump"], interval_ms: 250 },
    ]);
  });

  test("it has caught up once every selection is complete", () => {
    showPump();
    expect(link().caughtUp).toBe(false);
    snapshot(2, [[101, 1, 71.2]], 700, true);
    expect(link().caughtUp).toBe(false);
    snapshot(2, []);
    expect(link().caughtUp).toBe(true);
  });

  test("scrolling on does not undo that", () => {
    showPump();
    snapshot(2, []);
    timers.advance(200);
    engine.take({ t: "show", devices: ["a/pump", "b/pump"], intervalMs: 250 });
    expect(sockets.last.last("subscribe")).toHaveProperty("devices", ["a/pump", "b/pump"]);
    expect(link().caughtUp).toBe(true);
  });

  test("the whole list of devices is told once the catalogue is complete", () => {
    sockets.last.welcomes(timers.now());
    grants(1, 1);
    introduces(1);
    expect(events("catalogue")).toEqual([]);
    snapshot(1, []);
    expect(events("catalogue")).toEqual([{ kind: "catalogue", present: ["a/pump"] }]);
  });
});

describe("values", () => {
  test("wait for the page to pull, then come together, newest only", () => {
    showPump();
    snapshot(2, [[101, 5, 71.2, "stale"]]);
    data(2, [[101, 0, 71.4]], 801);
    expect(of("frame")).toEqual([]);
    engine.take({ t: "next" });
    const [frame] = of("frame");
    expect(frame?.keys).toEqual(Uint32Array.of(0));
    expect(frame?.value).toEqual(Float64Array.of(71.4));
    expect(frame?.time).toEqual(Float64Array.of(timers.now()));
    expect((frame?.flag[0] ?? 0) & flags.proven).toBe(flags.proven);
    expect(frame?.n).toBe(2);
  });

  test("a pull that finds nothing is answered when something comes", () => {
    showPump();
    engine.take({ t: "next" });
    expect(of("frame")).toEqual([]);
    snapshot(2, [[101, 5, 71.2]]);
    expect(of("frame")).toHaveLength(1);
    data(2, [[101, 0, 71.4]], 801);
    expect(of("frame")).toHaveLength(1);
  });

  test("texts, states and nothing keep their kind", () => {
    showPump();
    snapshot(2, [[101, 5, "läuft"]]);
    engine.take({ t: "next" });
    expect(of("frame")[0]?.text[of("frame")[0]?.value[0] ?? -1]).toBe("läuft");
    data(2, [[101, 0, true]], 801);
    engine.take({ t: "next" });
    expect((of("frame")[1]?.flag[0] ?? 0) & flags.typeMask).toBe(flags.boolean);
    data(2, [[101, 0, null]], 802);
    engine.take({ t: "next" });
    expect((of("frame")[2]?.flag[0] ?? 0) & flags.typeMask).toBe(flags.none);
  });

  test("a quality that changes without a reading comes with its reason", () => {
    showPump();
    snapshot(2, [[101, 5, 71.2]]);
    engine.take({ t: "next" });
    sockets.last.says({
      type: "quality",
      channel: 2,
      seq: 802,
      rows: [[101, "bad:sensor", timers.now()]],
    });
    engine.take({ t: "next" });
    expect(of("frame")[1]?.doubts).toEqual([[0, "bad:sensor"]]);
    expect((of("frame")[1]?.flag[0] ?? 0) & flags.qualityMask).toBe(flags.bad);
  });

  test("a quality of tomorrow is uncertain, not good", () => {
    showPump();
    snapshot(2, [[101, 5, 71.2, "dubious"]]);
    engine.take({ t: "next" });
    expect((of("frame")[0]?.flag[0] ?? 0) & flags.qualityMask).toBe(flags.uncertain);
  });

  test("a key nobody introduced, or of a channel that was left, changes nothing", () => {
    showPump();
    snapshot(2, [[999, 5, 1]]);
    data(77, [[101, 0, 9]], 801);
    engine.take({ t: "next" });
    expect(of("frame")).toEqual([]);
  });
});

describe("a reconnect", () => {
  function reconnect(epoch = "k3f9"): void {
    sockets.last.ends(1006);
    timers.advance(500);
    sockets.last.welcomes(timers.now(), epoch);
  }

  test("resumes an unchanged selection where it was complete", () => {
    showPump();
    snapshot(2, [[101, 5, 71.2]]);
    data(2, [[101, 0, 71.4]], 815);
    reconnect();
    expect(sockets.last.all("subscribe")).toEqual([
      { type: "subscribe", id: 1, devices: ["#"], metrics: [], summary: true, since: "k3f9:800" },
      { type: "subscribe", id: 2, devices: ["a/pump"], interval_ms: 250, since: "k3f9:815" },
    ]);
  });

  test("never from before the snapshot was complete", () => {
    showPump();
    reconnect();
    expect(sockets.last.last("subscribe")).not.toHaveProperty("since");
  });

  test("from a page's own position when it broke off between pages", () => {
    showPump();
    snapshot(2, [[101, 5, 71.2]], 640, true);
    reconnect();
    expect(sockets.last.last("subscribe")).toHaveProperty("since", "k3f9:640");
  });

  test("keys are new, series stay the same for the page", () => {
    showPump();
    snapshot(2, [[101, 5, 71.2]]);
    engine.take({ t: "next" });
    reconnect();
    grants(2, 9, true, 830);
    introduces(9, 7, 830);
    snapshot(9, [[7, 6, 72]], 830);
    engine.take({ t: "next" });
    const frame = of("frame").at(-1);
    expect(frame?.keys).toEqual(Uint32Array.of(0));
    expect(frame?.value).toEqual(Float64Array.of(72));
    expect(of("series")).toHaveLength(1);
  });

  test("resumed and unchanged values are proven by the end of the catch-up, without a row", () => {
    showPump();
    snapshot(2, [[101, 5, 71.2]]);
    engine.take({ t: "next" });
    reconnect();
    grants(2, 9, true, 830);
    introduces(9, 7, 830);
    engine.take({ t: "next" });
    expect(of("frame")).toHaveLength(1);
    snapshot(9, [], 830);
    const frame = of("frame").at(-1);
    expect(of("frame")).toHaveLength(2);
    expect((frame?.flag[0] ?? 0) & flags.proven).toBe(flags.proven);
    expect(frame?.value).toEqual(Float64Array.of(71.2));
  });

  test("or by an answer to a later ping when no page comes", () => {
    showPump();
    snapshot(2, [[101, 5, 71.2]]);
    engine.take({ t: "next" });
    reconnect();
    grants(1, 8, true, 830);
    grants(2, 9, true, 830);
    introduces(9, 7, 830);
    engine.take({ t: "next" });
    sockets.last.pongs(timers.now());
    expect(link().caughtUp).toBe(false);
    timers.advance(5000);
    sockets.last.pongs(timers.now());
    expect(link().caughtUp).toBe(true);
    expect(of("frame")).toHaveLength(2);
  });

  test("a new epoch starts from a whole snapshot", () => {
    showPump();
    snapshot(2, [[101, 5, 71.2]]);
    reconnect("z9");
    grants(2, 9, false, 3);
    sockets.last.ends(1006);
    timers.advance(1000);
    sockets.last.welcomes(timers.now(), "z9");
    expect(sockets.last.last("subscribe")).not.toHaveProperty("since");
  });
});

describe("what is shown", () => {
  test("changes at most every 200 ms, and only lists that changed are asked for again", () => {
    sockets.last.welcomes(timers.now());
    const before = sockets.last.all("subscribe").length;
    for (let n = 1; n <= 10; n += 1) {
      engine.take({ t: "show", devices: [`a/${n}`], intervalMs: 250 });
      timers.advance(50);
    }
    timers.advance(200);
    const asked = sockets.last.all("subscribe").slice(before);
    expect(asked.length).toBeLessThanOrEqual(4);
    expect(asked.at(-1)).toHaveProperty("devices", ["a/10"]);
  });

  test("more than 256 devices are several lists; one that goes is ended", () => {
    const devices = Array.from({ length: 600 }, (_, n) => `d/${n}`);
    engine.take({ t: "show", devices, intervalMs: 500 });
    sockets.last.welcomes(timers.now());
    const lists = sockets.last.all("subscribe").slice(1);
    expect(lists.map((frame) => (frame["devices"] as string[]).length)).toEqual([256, 256, 88]);
    timers.advance(200);
    engine.take({ t: "show", devices: devices.slice(0, 256), intervalMs: 500 });
    expect(sockets.last.all("unsubscribe").map((frame) => frame["id"])).toEqual([3, 4]);
    expect(sockets.last.all("subscribe")).toHaveLength(4);
  });

  test("after a new grant nothing of the old selection counts", () => {
    showPump();
    snapshot(2, [[101, 5, 71.2]]);
    engine.take({ t: "next" });
    timers.advance(200);
    engine.take({ t: "show", devices: ["b/pump"], intervalMs: 250 });
    data(2, [[101, 0, 99]], 801);
    engine.take({ t: "next" });
    expect(of("frame")).toHaveLength(1);
  });
});

describe("trend lines", () => {
  test("come whole at mount, then only what changed", () => {
    showPump();
    snapshot(2, [[101, timers.now(), 70]]);
    engine.take({
      t: "see",
      keys: Uint32Array.of(0),
      trends: Uint32Array.of(0),
      windows: ["15m"],
    });
    expect(of("cols")).toHaveLength(1);
    engine.take({ t: "next" });
    timers.advance(10_000);
    data(2, [[101, 0, 71]], 801);
    engine.take({ t: "next" });
    const increment = of("cols")[1]?.lines[0];
    expect(increment?.max.at(-1)).toBe(71);
    expect(increment?.min.length).toBeLessThanOrEqual(2);
  });

  test("a bad value leaves no trace", () => {
    showPump();
    engine.take({
      t: "see",
      keys: Uint32Array.of(0),
      trends: Uint32Array.of(0),
      windows: ["15m"],
    });
    snapshot(2, [[101, timers.now(), 9999, "bad:sensor"]]);
    engine.take({ t: "next" });
    expect(of("cols")).toEqual([]);
    expect(of("frame")[0]?.value).toEqual(Float64Array.of(9999));
  });
});

describe("a slow link", () => {
  test("says how many readings each shown one stands for", () => {
    showPump();
    snapshot(2, []);
    for (let n = 0; n < 10; n += 1) {
      timers.advance(1000);
      sockets.last.says({ type: "heartbeat", now: timers.now() });
      sockets.last.says({
        type: "data",
        channel: 2,
        seq: 900 + n,
        base: 0,
        rows: [[101, n, n]],
        n: 14,
      });
    }
    sockets.last.says({ type: "lag", behind: true, buffered_bytes: 270_336, conflated: 0 });
    for (let n = 0; n < 5; n += 1) {
      timers.advance(1000);
      snapshot(2, [[101, 50 + n, n]], 950 + n, true);
    }
    sockets.last.pongs(timers.now());
    expect(events("lag").at(-1)).toEqual({ kind: "lag", behind: true, oneOf: 14 });
    sockets.last.says({ type: "lag", behind: false, buffered_bytes: 0, conflated: 65 });
    expect(events("lag").at(-1)).toEqual({ kind: "lag", behind: false, oneOf: 1 });
  });
});

test("a gap is told", () => {
  showPump();
  sockets.last.says({
    type: "gap",
    channel: 2,
    from: 1,
    to: 2,
    missed: null,
    reason: "restart",
  });
  expect(events("gap")).toEqual([{ kind: "gap", from: 1, to: 2, reason: "restart" }]);
});
