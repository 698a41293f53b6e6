import { beforeEach, describe, expect, test } from "vitest";
import { parseTravel, travelQuery } from "../../src/state/travel.ts";
import { fieldOf, instantOf } from "../../src/ui/replay/go.ts";
import { FakeElement, FakePage, FakeText, threeDevices } from "../support/page.ts";

const then = Date.UTC(2026, 2, 1, 14, 30, 5);
const state = {
  type: "replay",
  live: false,
  from: then,
  to: null,
  now: then,
  speed: 10,
  paused: false,
  loading: false,
  ended: null,
  outages: [],
};

describe("a page of the past", () => {
  let page: FakePage;
  const view = () => page.dashboard.link.view.value;

  beforeEach(() => {
    page = new FakePage(`/?q=pump&t=${then}&x=10`);
    page.timers.wall += Date.UTC(2026, 2, 4, 14, 31, 29) - page.timers.now();
    page.sockets.last.welcomes(page.timers.now());
  });

  test("asks for the past before it subscribes to anything", () => {
    const kinds = page.sockets.last.sent.map((frame) => frame["type"]);
    expect(kinds.indexOf("replay")).toBeLessThan(kinds.indexOf("subscribe"));
    expect(page.sockets.last.last("replay")).toEqual({
      type: "replay",
      from: then,
      speed: 10,
      paused: false,
    });
  });

  test("says in strip, chip and title that it is not live, and when it is", () => {
    page.sockets.last.says(state);
    page.grants(threeDevices(then));
    page.passes(2000);
    page.sockets.last.says({ ...state, now: then + 20_000 });
    expect(view()).toMatchObject({ phase: "replay", live: false, chip: "Replay" });
    expect(view().strip).toMatchObject({
      tone: "inverse",
      headline: "Replay, not live.",
      body: "1 Mar 14:30 at 10×.",
      action: { does: "live", label: "Back to live" },
    });
    expect(page.title).toBe("Replay: Overview");
    expect(page.dataset["live"]).toBe("no");
    expect(page.dashboard.link.clock.value).toContain(":30:25");
  });

  test("marks every value as not live and tells its own time", () => {
    page.sockets.last.says(state);
    page.dashboard.viewport.show("wall", ["plant/pump-2"], 250);
    page.timers.advance(500);
    page.grants(threeDevices(then));
    page.timers.advance(100);
    const host = new FakeElement();
    const number = new FakeText();
    const age = new FakeText();
    page.dashboard.slots.value(0, { number: number.node, host: host.element });
    page.dashboard.slots.age("plant/pump-2", age.node);
    page.timers.advance(500);
    expect(number.data).toContain("71.2");
    expect(host.getAttribute("data-mark")).toBe("unproven");
    expect(age.data).toMatch(/^read /);
  });

  test("time goes on by itself at its speed, and not far without the hub", () => {
    page.sockets.last.says(state);
    page.timers.advance(500);
    expect(page.dashboard.now()).toBe(then + 5000);
    page.timers.advance(60_000);
    expect(page.dashboard.now()).toBe(then + 10_000);
    page.sockets.last.says({ ...state, paused: true, now: then + 60_000 });
    page.timers.advance(500);
    expect(page.dashboard.now()).toBe(then + 60_000);
  });

  test("pauses and changes speed on the line it has", () => {
    page.dashboard.replay.pause(true);
    expect(page.sockets.last.last("replay")).toEqual({ type: "replay", paused: true });
    page.dashboard.replay.speed(100);
    expect(page.sockets.last.last("replay")).toEqual({ type: "replay", speed: 100 });
  });

  test("goes on where it was after a lost connection, never live in between", () => {
    page.sockets.last.says({ ...state, now: then + 7000, paused: true });
    page.sockets.last.ends(1006);
    expect(view().phase).toBe("lost");
    page.timers.advance(30_000);
    page.sockets.last.welcomes(page.timers.now());
    expect(page.sockets.last.last("replay")).toMatchObject({ from: then + 7000, paused: true });
    expect(view().live).toBe(false);
  });

  test("says why the hub shows nothing, and what was wrong at that time", () => {
    const message = "This hub keeps no history to replay.";
    page.sockets.last.says({ type: "error", code: "no_history", message });
    expect(view().strip?.body).toBe(message);
    page.sockets.last.says({ ...state, outages: [["mqtt", then - 1, then + 1]] });
    expect(view().strip?.body).toContain("The hub had lost its broker then.");
    page.sockets.last.says({ ...state, ended: "now" });
    expect(view().strip?.progress).toBe("This is where the replay ends.");
  });

  test("keeps the moment in its addresses, and asks nothing of the present over HTTP", () => {
    const { route } = page.dashboard;
    expect(route.href({ page: "status" })).toBe(`/status?t=${then}&x=10`);
    route.filter({ q: "tank" });
    expect(page.location.search).toBe(`?q=tank&t=${then}&x=10`);
    page.passes(40_000);
    expect(page.asked).toEqual([]);
  });
});

describe("moments in addresses", () => {
  test.each([
    ["", null],
    ["?t=", null],
    ["?t=yesterday", null],
    ["?t=-5", null],
    [`?t=${then}`, { from: then, speed: 1, paused: false }],
    [`?t=${then}&x=1000`, { from: then, speed: 1, paused: false }],
    [`?t=${then}/${then + 5}&x=30&still=1`, { from: then, to: then + 5, speed: 30, paused: true }],
    [`?t=${then}/${then - 5}`, { from: then, speed: 1, paused: false }],
  ])("%s", (search, travel) => {
    expect(parseTravel(search)).toEqual(travel);
  });

  test("go in and out of a query that says more", () => {
    const query = travelQuery("?q=a&t=1", { from: then, speed: 10, paused: true });
    expect(query).toBe(`?q=a&t=${then}&x=10&still=1`);
    expect(travelQuery(query, null)).toBe("?q=a");
    expect(travelQuery("?t=1", null)).toBe("");
  });
});

describe("dates in the hub's zone", () => {
  test.each(["UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu"])("%s", (zone) => {
    for (const time of [then, Date.UTC(2026, 6, 1), Date.UTC(2026, 2, 29, 3)])
      expect(instantOf(fieldOf(time, zone), zone)).toBe(time);
  });

  test("what is no date is none", () => {
    expect(instantOf("soon", "UTC")).toBeNull();
    expect(instantOf("2026-03-01T14:30:05", "Europe/Berlin")).toBe(then - 3_600_000);
  });
});
