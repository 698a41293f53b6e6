import { beforeEach, describe, expect, test } from "vitest";
import { FakeElement, FakePage, FakeText, threeDevices } from "../support/page.ts";

let page: FakePage;
const view = () => page.dashboard.link.view.value;
const plant = () => threeDevices(page.timers.now());

beforeEach(() => {
  page = new FakePage();
  page.timers.wall += Date.UTC(2026, 2, 4, 14, 31, 29) - page.timers.now();
});

describe("the first connect", () => {
  test("says nothing for 400 ms, then that it connects, then that nobody answers", () => {
    expect(view().strip).toBeNull();
    expect(view().chip).toBe("Connecting");
    page.timers.advance(1000);
    expect(view().strip?.body).toBe("Connecting to the hub…");
    page.timers.advance(2000);
    expect(view().strip?.body).toBe("No answer yet from hub.local:8080 (3 s). Trying again.");
    expect(view().strip?.tone).toBe("plain");
  });

  test("is live once everything asked for is there", () => {
    page.sockets.last.welcomes(page.timers.now());
    expect(view().live).toBe(false);
    page.live(plant());
    expect(view()).toMatchObject({ phase: "live", live: true, strip: null });
    expect(page.dataset).toMatchObject({ live: "yes" });
    expect(view().chain).toEqual({
      broker: "filled",
      brokerHub: "whole",
      hub: "filled",
      hubScreen: "whole",
      screen: "filled",
    });
  });

  test("the number is the hub's latency and half the way there and back", () => {
    page.live(plant());
    page.timers.advance(4680);
    const sent = page.timers.now();
    page.timers.advance(40);
    page.sockets.last.pongs(sent + 20, 22);
    expect(view().chip).toBe("Live 42 ms");
  });
});

describe("this browser lost the hub", () => {
  function lose(): void {
    page.live(plant());
    page.sockets.last.ends(1006);
  }

  test("the strip says so exactly, since when, and when it tries again", () => {
    expect(view().asOf).toBe("");
    lose();
    page.timers.chance = 1;
    page.timers.advance(900);
    expect(view().phase).toBe("lost");
    expect(view().asOf).toMatch(/^as of \d\d:\d\d:\d\d$/);
    expect(view().strip).toMatchObject({
      tone: "inverse",
      headline: "This browser has lost the hub.",
      action: { does: "retry", label: "Try now" },
      phoneLabel: "Retry",
    });
    expect(view().strip?.body).toMatch(
      /^Everything below is as of \d\d:\d\d:\d\d, \d s ago\. The plant may have changed since\.$/,
    );
    expect(view().chip).toBe("No hub");
    expect(view().chain).toEqual({
      broker: "hollow",
      brokerHub: "unknown",
      hub: "hollow",
      hubScreen: "broken",
      screen: "filled",
    });
    expect(page.title).toBe("Not live: Overview");
    expect(page.dataset["live"]).toBe("no");
  });

  test("the age in it ticks once a second", () => {
    lose();
    page.timers.chance = 1;
    const said = new Set<string>();
    for (let n = 0; n < 39; n += 1) {
      page.timers.advance(1000);
      said.add(view().strip?.body ?? "");
    }
    expect([...said].at(-1)).toContain(" 38 s ago");
    expect(said.size).toBeGreaterThan(35);
  });

  test("within 8 s of the line going dead without a word", () => {
    page.live(plant());
    page.timers.advance(8000);
    expect(view().phase).toBe("lost");
  });

  test("it is said to a screen reader once, and so is the return", () => {
    lose();
    page.timers.advance(1);
    expect(page.dashboard.announcer.alert.value).toBe(
      "This browser has lost the hub. Values may be old.",
    );
    page.timers.advance(10_500);
    page.live(plant());
    page.passes(2000);
    expect(page.dashboard.announcer.alert.value).toBe("The hub is back. Values are live.");
  });

  test("back again it says first that it catches up", () => {
    lose();
    page.timers.advance(500);
    page.sockets.last.welcomes(page.timers.now());
    expect(view()).toMatchObject({ phase: "catching-up", chip: "Catching up", live: false });
    expect(view().strip?.headline).toBe("Connected. Catching up…");
    page.grants(plant(), true);
    expect(view().phase).toBe("live");
  });

  test("try now tries now", () => {
    lose();
    page.dashboard.link.retry();
    expect(page.sockets.opened).toHaveLength(2);
    expect(view().strip?.progress).toBe("Trying now");
  });
});

describe("the hub lost its broker", () => {
  test("the strip names the broker, and the chain breaks there", () => {
    page.live(plant());
    const since = page.timers.now();
    page.sockets.last.says({
      type: "feed",
      source: "mqtt",
      up: false,
      since,
      reason: "refused",
      tries: 9,
    });
    page.passes(120_000);
    expect(view()).toMatchObject({ phase: "no-broker", chip: "No broker", live: false });
    expect(view().strip?.headline).toBe("The hub has lost its broker.");
    expect(view().strip?.body).toMatch(
      /^No device can reach it since \d\d:\d\d:\d\d, 2 min ago\. Values below are the last that arrived\.$/,
    );
    expect(view().strip?.progress).toBe("Hub is retrying, 9th try");
    expect(view().chain).toEqual({
      broker: "hollow",
      brokerHub: "broken",
      hub: "filled",
      hubScreen: "whole",
      screen: "filled",
    });
  });

  test("a lost hub is the higher cause", () => {
    page.live(plant());
    page.sockets.last.says({ type: "feed", source: "mqtt", up: false, since: 1 });
    page.sockets.last.ends(1006);
    page.timers.advance(1);
    expect(view().phase).toBe("lost");
  });
});

test("a feed that is up but incomplete is live, and says in the details what is missing", () => {
  page.live(plant());
  const reason = "the broker denied plant/#";
  page.sockets.last.says({ type: "feed", source: "mqtt", up: true, since: 1, reason });
  expect(view()).toMatchObject({ phase: "live", strip: null });
  expect(view().details[0]?.[1]).toMatch(/^connected since .*; the broker denied plant\/#$/);
});

test("what is live and not kept in history says so, and that it is live all the same", () => {
  page.live(plant());
  page.sockets.last.says({ type: "feed", source: "store", up: true, since: 1 });
  expect(view()).toMatchObject({ phase: "live", unkept: "" });
  expect(view().details[1]?.[1]).toMatch(/^kept since /);
  const reason = "database or disk is full";
  page.sockets.last.says({ type: "feed", source: "store", up: false, since: 1, reason });
  expect(view()).toMatchObject({ phase: "live", live: true, strip: null, chip: "Live · not kept" });
  expect(view().unkept).toMatch(/^Live, not kept since .*: database or disk is full$/);
  expect(view().details[1]?.[1]).toMatch(/^not kept since .*; database or disk is full$/);
  page.sockets.last.says({ type: "feed", source: "mqtt", up: false, since: 1 });
  expect(view()).toMatchObject({ phase: "no-broker", unkept: "" });
});

describe("a history that goes and comes back", () => {
  const keeps = (up: boolean) =>
    page.sockets.last.says({ type: "feed", source: "store", up, since: 1 });
  const alert = () => page.dashboard.announcer.alert.value;

  test("is announced once each way, and not at all where all is well", () => {
    page.live(plant());
    keeps(true);
    page.passes(11_000);
    expect(alert()).toBe("");
    keeps(false);
    expect(alert()).toBe("Values are live, but they are not kept in history.");
    page.passes(11_000);
    keeps(true);
    expect(alert()).toBe("Values are kept in history again.");
  });

  test("is nothing that another hub without one is blamed for", () => {
    page.live(plant());
    keeps(false);
    page.sockets.last.ends(1006);
    page.timers.advance(30_000);
    page.live(plant());
    page.passes(11_000);
    expect(view()).toMatchObject({ phase: "live", unkept: "" });
    expect(view().details.map(([name]) => name)).not.toContain("History");
    expect(alert()).toBe("The hub is back. Values are live.");
  });
});

describe("the hub says goodbye", () => {
  test("and when to come back", () => {
    page.live(plant());
    page.timers.chance = 1;
    page.sockets.last.says({
      type: "bye",
      code: 3001,
      reason: "shutting down",
      reconnect: true,
      after_ms: [1000, 5000],
    });
    expect(view().strip?.headline).toBe(
      "The hub is restarting. It asked this screen to come back in 5 s.",
    );
    expect(view().chip).toBe("Restarting");
    expect(page.dataset["live"]).toBe("no");
  });

  test("for good when somebody signed out", () => {
    page.live(plant());
    page.sockets.last.ends(3500);
    expect(view().strip?.headline).toBe("The hub refused this session: signed out elsewhere.");
    expect(view().strip?.action?.does).toBe("sign-in");
    expect(view().chip).toBe("Signed out");
  });
});

describe("doubt", () => {
  test("a clock jump of an hour ends being live before the next paint", () => {
    page.dashboard.viewport.show("wall", ["plant/pump-2"], 250);
    page.timers.advance(30);
    page.live(plant());
    const number = new FakeText();
    const host = new FakeElement();
    page.dashboard.slots.value(0, { number: number.node, host: host.element });
    page.timers.wall += 3_600_000;
    // The first thing that happens after sleep may be a batch of the worker, not the second's timer.
    page.data([[101, 0, 71.5]], 900);
    page.timers.advance(250);
    expect(page.dataset["live"]).toBe("no");
    expect(host.getAttribute("data-mark")).toBe("unproven");
    page.sockets.last.pongs(page.timers.now());
    expect(page.dataset["live"]).toBe("yes");
  });

  test("the hub's clock is believed through it, not this computer's", () => {
    page.live(plant());
    const before = page.dashboard.now();
    page.timers.wall += 600_000;
    page.timers.advance(1000);
    expect(page.dashboard.now() - before).toBeLessThan(1100);
    page.sockets.last.pongs(page.timers.now() - 600_000);
    expect(view().clockNotice).toBe(
      "This computer's clock is 10 min ahead of the hub. Times shown are the hub's.",
    );
    page.dashboard.link.dismissClockNotice();
    expect(view().clockNotice).toBe("");
  });

  test("a return from hiding is not live until the hub answers", () => {
    page.live(plant());
    page.presence("hidden");
    page.timers.advance(30_000);
    page.presence("shown");
    expect(view().strip?.headline).toBe("Paused while hidden. Catching up…");
    page.sockets.last.pongs(page.timers.now());
    expect(view().live).toBe(true);
  });

  test("an answer to an earlier doubt does not lift a later one", () => {
    page.live(plant());
    page.presence("network");
    const first = page.sockets.last.last("ping")["n"];
    page.presence("network");
    page.sockets.last.says({ type: "pong", n: first, now: page.timers.now(), latency_ms: 1 });
    expect(view().live).toBe(false);
    page.sockets.last.pongs(page.timers.now());
    expect(view().live).toBe(true);
  });

  test("no answer in 1.5 s opens another socket, and it is still not live", () => {
    page.live(plant());
    page.presence("network");
    page.timers.advance(1500);
    expect(page.sockets.opened).toHaveLength(2);
    expect(view().live).toBe(false);
  });
});

describe("a value through a loss", () => {
  const bound = () => {
    const number = new FakeText();
    const unit = new FakeText();
    const host = new FakeElement();
    const age = new FakeText();
    page.dashboard.slots.value(0, { number: number.node, unit: unit.node, host: host.element });
    page.dashboard.slots.age("plant/pump-2", age.node);
    return { number, unit, host, age };
  };

  beforeEach(() => {
    page.dashboard.viewport.show("wall", ["plant/pump-2"], 250);
    page.timers.advance(30);
    page.live(plant());
  });

  test("is hatched at once, keeps its text, and says when it was read", () => {
    const { age, host, number, unit } = bound();
    expect([number.data, unit.data, host.getAttribute("data-mark"), age.data]).toEqual([
      "71.2",
      "\u202f°C",
      "",
      "live",
    ]);
    page.sockets.last.ends(1006);
    expect([number.data, host.getAttribute("data-mark")]).toEqual(["71.2", "unproven"]);
    expect(age.data).toMatch(/^read \d\d:\d\d:\d\d$/);
  });

  test("stays hatched after the reconnect until its own row came", () => {
    const { age, host } = bound();
    page.sockets.last.ends(1006);
    page.timers.advance(500);
    page.sockets.last.welcomes(page.timers.now());
    page.timers.advance(100);
    expect(host.getAttribute("data-mark")).toBe("unproven");
    page.grants(plant(), true);
    page.timers.advance(300);
    expect(host.getAttribute("data-mark")).toBe("");
    expect(age.data).toBe("live");
  });

  test("is not written again while its text is the same", () => {
    const { number } = bound();
    const before = number.writes;
    for (let n = 0; n < 8; n += 1) {
      page.data([[101, 0, 71.2 + n / 1000]], 900 + n);
      page.timers.advance(250);
    }
    expect(number.writes).toBe(before);
    page.data([[101, 0, 71.4]], 950);
    page.timers.advance(500);
    expect(number.data).toBe("71.4");
    expect(number.writes).toBe(before + 1);
  });

  test("is gone with its binding: a recycled row must not show another device's", () => {
    const [number, age] = [new FakeText(), new FakeText()];
    const host = new FakeElement();
    const ends = [
      page.dashboard.slots.value(0, { number: number.node, host: host.element }),
      page.dashboard.slots.age("plant/pump-2", age.node, host.element),
    ];
    expect([number.data, age.data]).toEqual(["71.2\u202f°C", "live"]);
    for (const end of ends) end();
    expect([number.data, age.data, host.attributes.size]).toEqual(["", "", 0]);
    // Whoever has the node now keeps what it wrote, also when the old binding is ended again.
    number.data = "mine";
    for (const end of ends) end();
    page.data([[101, 0, 99.9]], 901);
    page.timers.advance(600);
    expect(number.data).toBe("mine");
  });
});

test("a page that stood still is not live until the hub has answered it", () => {
  page.live(plant());
  page.timers.burn(10_000);
  page.timers.advance(0);
  expect(view().phase).toBe("catching-up");
  page.sockets.last.pongs(page.timers.now());
  expect(view().live).toBe(true);
});
