import { beforeEach, describe, expect, test } from "vitest";
import { askedDelay, retryDelay } from "../../src/data/backoff.ts";
import { Connection } from "../../src/data/connection.ts";
import { FakeSockets } from "../support/socket.ts";
import { ManualTimers } from "../support/timers.ts";

let timers: ManualTimers;
let sockets: FakeSockets;
let line: Connection;
let welcomes: number;
const hubNow = () => timers.now() + 90_000;

beforeEach(() => {
  timers = new ManualTimers();
  sockets = new FakeSockets();
  welcomes = 0;
  line = new Connection({
    url: "ws://hub/api/v1/live",
    client: "test",
    open: sockets.open,
    timers,
    listener: {
      welcomed: () => {
        welcomes += 1;
      },
      frame: () => undefined,
      changed: () => undefined,
    },
  });
  line.connect();
});

function goLive(): void {
  sockets.last.welcomes(hubNow());
  timers.advance(10);
  sockets.last.pongs(hubNow() - 5);
}

describe("a new socket", () => {
  test("says hello first and is open once welcomed", () => {
    sockets.last.opens();
    expect(sockets.last.sent).toEqual([{ type: "hello", client: "test" }]);
    expect(line.state).toBe("connecting");
    sockets.last.welcomes(hubNow());
    expect(line.state).toBe("open");
    expect(welcomes).toBe(1);
  });

  test("without an answer is given up after 5 s", () => {
    timers.advance(4999);
    expect(line.state).toBe("connecting");
    timers.advance(1);
    expect(line.state).toBe("waiting");
    expect(sockets.last.closed).toBe(true);
  });

  test("frames that are no protocol are passed over", () => {
    goLive();
    sockets.last.onmessage?.call(null as never, { data: "{" } as never);
    sockets.last.onmessage?.call(null as never, { data: new ArrayBuffer(2) } as never);
    expect(line.state).toBe("open");
  });
});

describe("while visible", () => {
  test("it pings every 5 s", () => {
    goLive();
    for (let n = 0; n < 4; n += 1) {
      timers.advance(5000);
      sockets.last.pongs(hubNow());
    }
    expect(sockets.last.all("ping")).toHaveLength(5);
    expect(line.state).toBe("open");
  });

  test("it is lost 3 s after a ping that nothing answered", () => {
    goLive();
    timers.advance(4990 + 2999);
    expect(line.state).toBe("open");
    timers.advance(1);
    expect(line.state).toBe("waiting");
  });

  test("any frame counts as an answer, not only a pong", () => {
    goLive();
    timers.advance(4990 + 2000);
    sockets.last.says({ type: "heartbeat", now: hubNow() });
    timers.advance(1500);
    expect(line.state).toBe("open");
  });
});

describe("while hidden", () => {
  test("it pauses, asks nothing and relies on the heartbeat: 2.5 of them", () => {
    goLive();
    line.visible(false);
    expect(sockets.last.sent.at(-1)).toEqual({ type: "pause" });
    const pings = sockets.last.all("ping").length;
    timers.advance(49_999);
    expect(sockets.last.all("ping")).toHaveLength(pings);
    expect(line.state).toBe("open");
    timers.advance(1);
    expect(line.state).toBe("waiting");
  });

  test("a heartbeat keeps it", () => {
    goLive();
    line.visible(false);
    for (let n = 0; n < 5; n += 1) {
      timers.advance(20_000);
      sockets.last.says({ type: "heartbeat", now: hubNow() });
    }
    expect(line.state).toBe("open");
  });

  test("a connection made meanwhile is paused at once", () => {
    line.visible(false);
    sockets.last.welcomes(hubNow());
    expect(sockets.last.all("pause")).toHaveLength(1);
  });

  test("coming back it resumes, and must be proven", () => {
    goLive();
    line.visible(false);
    line.visible(true);
    line.wake(1);
    expect(sockets.last.all("resume")).toHaveLength(1);
    expect(line.state).toBe("checking");
    sockets.last.pongs(hubNow());
    expect(line.state).toBe("open");
    expect(line.proven).toBe(1);
  });
});

describe("after a wake", () => {
  test("old bytes prove nothing, only an answer to its own ping does", () => {
    goLive();
    const old = sockets.last.last("ping")["n"];
    line.wake(1);
    sockets.last.says({ type: "heartbeat", now: hubNow() });
    sockets.last.says({ type: "pong", n: old, now: hubNow(), latency_ms: 1 });
    expect(line.state).toBe("checking");
    sockets.last.pongs(hubNow());
    expect(line.state).toBe("open");
  });

  test("without an answer in 1.5 s it opens another socket at once", () => {
    goLive();
    line.wake(1);
    timers.advance(1499);
    expect(sockets.opened).toHaveLength(1);
    timers.advance(1);
    expect(sockets.opened).toHaveLength(2);
    expect(line.state).toBe("connecting");
  });

  test("an attempt that hangs is given up for a new one, a young one is not", () => {
    line.wake(1);
    expect(sockets.opened).toHaveLength(1);
    timers.advance(1500);
    line.wake(2);
    expect(sockets.opened).toHaveLength(2);
    line.wake(3);
    expect(sockets.opened).toHaveLength(2);
  });

  test("while it waits for its next try it tries now", () => {
    sockets.last.ends(1006);
    line.wake(1);
    expect(sockets.opened).toHaveLength(2);
  });
});

describe("after this computer stood still", () => {
  test("an answer that could not be heard is no silence: it asks again, on the same socket", () => {
    goLive();
    timers.advance(5000);
    timers.burn(60_000);
    timers.advance(0);
    expect(line.state).toBe("checking");
    expect(sockets.opened).toHaveLength(1);
    sockets.last.pongs(hubNow());
    expect(line.state).toBe("open");
  });

  test("without an answer it opens another socket after 1.5 s", () => {
    goLive();
    timers.advance(5000);
    timers.burn(60_000);
    timers.advance(0);
    timers.advance(1500);
    expect(sockets.opened).toHaveLength(2);
  });
});

describe("how long it waits", () => {
  test.each([
    [0, 0, 500],
    [0, 1, 1000],
    [1, 1, 2000],
    [3, 1, 8000],
    [5, 1, 30_000],
    [400, 1, 30_000],
    [400, 0, 500],
    [2, 0.5, 2250],
  ])("after %d failures with chance %d: %d ms", (failed, chance, ms) => {
    expect(retryDelay(failed, chance)).toBe(ms);
  });

  test("a bye's own bounds come first", () => {
    expect(askedDelay([1000, 5000], 0)).toBe(1000);
    expect(askedDelay([1000, 5000], 1)).toBe(5000);
    goLive();
    timers.chance = 0.5;
    sockets.last.says({
      type: "bye",
      code: 3001,
      reason: "shutting down",
      reconnect: true,
      after_ms: [1000, 5000],
    });
    expect(line.code).toBe(3001);
    expect(line.nextTry - timers.monotonic()).toBe(3000);
    timers.advance(3000);
    expect(sockets.opened).toHaveLength(2);
  });

  test("it grows until a connection has held for 10 s", () => {
    timers.chance = 1;
    sockets.last.ends(1006);
    timers.advance(1000);
    sockets.last.welcomes(hubNow());
    sockets.last.ends(1006);
    expect(line.nextTry - timers.monotonic()).toBe(2000);
    timers.advance(2000);
    goLive();
    timers.advance(4990);
    sockets.last.pongs(hubNow());
    timers.advance(5000);
    sockets.last.pongs(hubNow());
    expect(line.tries).toBe(0);
    sockets.last.ends(1006);
    expect(line.nextTry - timers.monotonic()).toBe(1000);
  });
});

describe("when the hub does not want it back", () => {
  test.each([3500, 3501, 3507, 3510])("close code %d ends the tries", (code) => {
    goLive();
    sockets.last.ends(code, "no");
    expect(line.state).toBe("refused");
    timers.advance(3_600_000);
    expect(sockets.opened).toHaveLength(1);
    line.retry();
    expect(sockets.opened).toHaveLength(2);
  });

  test("so does a bye that says so", () => {
    goLive();
    sockets.last.says({
      type: "bye",
      code: 3500,
      reason: "bad token",
      reconnect: false,
      after_ms: [0, 0],
    });
    expect(line.state).toBe("refused");
  });
});

describe("the hub's clock", () => {
  test("is known from the welcome, and better from a pong", () => {
    sockets.last.welcomes(hubNow());
    expect(line.clock.offset + timers.monotonic()).toBe(hubNow());
    timers.advance(40);
    sockets.last.pongs(hubNow() - 20);
    expect(line.rtt).toBe(40);
    expect(line.clock.offset + timers.monotonic()).toBe(hubNow());
  });

  test("believes the shortest round trip of the last eight", () => {
    goLive();
    const offset = line.clock.offset;
    timers.advance(4990);
    timers.advance(2000);
    sockets.last.pongs(hubNow());
    expect(line.rtt).toBe(2000);
    expect(line.clock.offset).toBe(offset);
  });
});

test("once closed nothing happens any more", () => {
  goLive();
  line.close();
  timers.advance(3_600_000);
  expect(sockets.opened).toHaveLength(1);
  expect(timers.armed).toBe(0);
});
