import { describe, expect, test } from "vitest";
import { type Need, rowsOf } from "../../src/state/attention.ts";
import { askOver, Elsewhere } from "../../src/state/elsewhere.ts";
import { FrameLoop } from "../../src/state/frame-loop.ts";
import { Pulse } from "../../src/state/pulse.ts";
import { formatRoute, parseRoute, plainRoute, windowLength } from "../../src/state/route.ts";
import { ViewportState } from "../../src/state/viewport.ts";
import { FakePage, threeDevices } from "../support/page.ts";
import { ManualTimers } from "../support/timers.ts";

describe("addresses", () => {
  test.each([
    ["/", {}],
    [
      "/?q=temperature%3E80&place=plant&view=tiles&sort=age",
      { q: "temperature>80", place: "plant", view: "tiles", sort: "age" },
    ],
    ["/d/plant/utilities/chiller-2", { page: "device", device: "plant/utilities/chiller-2" }],
    [
      "/d/a%20b/%C3%A9%3F?m=power,flow&w=6h",
      { page: "device", device: "a b/é?", metrics: ["power", "flow"], window: "6h" },
    ],
    ["/status", { page: "status" }],
  ] as const)("%s is read and written the same", (address, expected) => {
    const url = new URL(address, "http://h");
    const route = parseRoute(url.pathname, url.search);
    expect(route).toEqual({ ...plainRoute, ...expected });
    const again = new URL(formatRoute(route), "http://h");
    expect(parseRoute(again.pathname, again.search)).toEqual(route);
  });

  test("what is unknown is missing or passed over, never an exception", () => {
    expect(parseRoute("/nowhere", "").page).toBe("missing");
    expect(parseRoute("/d/%E0%A4%A", "").page).toBe("missing");
    expect(parseRoute("/", "?view=hologram&sort=mood&w=forever")).toEqual(plainRoute);
  });

  test("filters replace, pages push, back comes home", () => {
    const page = new FakePage("/?q=pump");
    const { route } = page.dashboard;
    route.filter({ q: "chiller" });
    expect(page.pushed).toEqual([]);
    route.go({ page: "device", device: "a/b" });
    expect(page.pushed).toEqual(["/d/a/b"]);
    route.go({ page: "device", device: "a/b" });
    expect(page.pushed).toHaveLength(1);
    page.pops("/?q=chiller");
    expect(route.current.value.q).toBe("chiller");
    expect(route.href({ page: "status" })).toBe("/status");
  });

  test("a window's length", () => {
    expect([windowLength("15m"), windowLength("7d"), windowLength("x")]).toEqual([
      900_000, 604_800_000, 900_000,
    ]);
  });
});

describe("preferences", () => {
  test("follow the system until chosen, and are kept", () => {
    const page = new FakePage();
    const { preferences } = page.dashboard;
    expect(preferences.themeInForce.value).toBe("light");
    preferences.theme.value = "contrast";
    preferences.density.value = "tiles";
    preferences.letterKeys.value = false;
    expect(page.dataset["theme"]).toBe("contrast");
    expect([...page.stored]).toEqual([
      ["hub.theme", "contrast"],
      ["hub.density", "tiles"],
      ["hub.letter-keys", "off"],
    ]);
  });

  test("nothing is written for someone who chose nothing", () => {
    expect(new FakePage().stored.size).toBe(0);
  });
});

test("the page knows how it is doing", () => {
  const page = new FakePage();
  page.live(threeDevices(page.timers.now()));
  page.passes(6000);
  expect(page.dashboard.vitals.value).toMatchObject({ overfullFrames: 0, slowdown: 1, evicted: 0 });
  expect(page.dashboard.vitals.value.memoryBudgetBytes).toBe(96 * 1024 * 1024);
  page.dashboard.dispose();
  expect(page.dashboard.vitals.value.slowdown).toBe(1);
});

test("once disposed the page does nothing more", () => {
  const page = new FakePage();
  page.live(threeDevices(page.timers.now()));
  page.dashboard.dispose();
  const sent = page.sockets.last.sent.length;
  page.timers.advance(60_000);
  expect(page.sockets.opened).toHaveLength(1);
  expect(page.sockets.last.sent).toHaveLength(sent);
});

describe("the pulse", () => {
  test("beats at most four times a second, and at rest at once", () => {
    const timers = new ManualTimers();
    const pulse = new Pulse(timers);
    let beats = 0;
    const task = () => {
      beats += 1;
    };
    for (let n = 0; n < 100; n += 1) {
      pulse.mark(task);
      timers.advance(10);
    }
    expect(beats).toBeLessThanOrEqual(5);
    timers.advance(1000);
    beats = 0;
    pulse.mark(task);
    timers.advance(0);
    expect(beats).toBe(1);
  });
});

describe("the frame loop", () => {
  const make = () => {
    const timers = new ManualTimers();
    const slowdowns: number[] = [];
    const loop: FrameLoop = new FrameLoop(timers, (act) => timers.after(16, act), {
      onFrame: () => undefined,
      onSlower: () => slowdowns.push(loop.slowdown),
    });
    return { timers, loop, slowdowns };
  };

  test("works 4 ms a frame and leaves the rest for the next", () => {
    const { loop, timers } = make();
    const done: number[] = [];
    for (let n = 0; n < 10; n += 1)
      loop.add(`job:${n}`, () => {
        timers.burn(1.5);
        done.push(n);
      });
    timers.advance(17);
    expect(done).toEqual([0, 1, 2]);
    timers.advance(100);
    expect(done).toHaveLength(10);
  });

  test("does a thing once, however often it was asked for", () => {
    const { loop, timers } = make();
    let done = 0;
    for (let n = 0; n < 5; n += 1)
      loop.add("same", () => {
        done += 1;
      });
    timers.advance(50);
    expect(done).toBe(1);
  });

  test("30 full frames halve the rate, twice at most; 300 easy ones give it back", () => {
    const { loop, slowdowns, timers } = make();
    const flood = (frames: number): void => {
      for (let frame = 0; frame < frames; frame += 1) {
        for (let n = 0; n < 2; n += 1) loop.add(`f${frame}:${n}`, () => timers.burn(5));
        timers.advance(16);
      }
    };
    flood(40);
    expect(slowdowns[0]).toBe(2);
    flood(200);
    expect(loop.slowdown).toBe(4);
    timers.advance(10_000);
    for (let n = 0; n < 700; n += 1) {
      loop.add("easy", () => undefined);
      timers.advance(16);
    }
    expect(loop.slowdown).toBe(1);
  });
});

describe("the viewport", () => {
  const make = () => {
    const timers = new ManualTimers();
    const shown: [readonly string[], number][] = [];
    const viewport = new ViewportState({ timers, onChange: (...said) => shown.push(said) });
    return { timers, shown, viewport };
  };

  test("is the sum of its owners, in one order, at the shortest interval", () => {
    const { shown, timers, viewport } = make();
    viewport.show("wall", ["b", "a"], 500);
    viewport.show("page", ["c"], 100);
    timers.advance(30);
    expect(shown).toEqual([[["a", "b", "c"], 100]]);
  });

  test("what scrolled away stays for 5 s", () => {
    const { shown, timers, viewport } = make();
    viewport.show("wall", ["a", "b"], 250);
    timers.advance(30);
    viewport.show("wall", ["b", "c"], 250);
    timers.advance(30);
    expect(shown.at(-1)?.[0]).toEqual(["a", "b", "c"]);
    timers.advance(5100);
    expect(shown.at(-1)?.[0]).toEqual(["b", "c"]);
    viewport.hide("wall");
    timers.advance(6000);
    expect(shown.at(-1)?.[0]).toEqual([]);
    expect(timers.armed).toBe(0);
  });

  test("says nothing while nothing changes", () => {
    const { shown, timers, viewport } = make();
    for (let n = 0; n < 10; n += 1) {
      viewport.show("wall", ["a"], 250);
      timers.advance(100);
    }
    expect(shown).toHaveLength(1);
  });

  test("lingering ones never make the list longer than one list of filters", () => {
    const { shown, timers, viewport } = make();
    const ids = Array.from({ length: 500 }, (_, n) => `d/${n}`);
    viewport.show("wall", ids.slice(0, 200), 250);
    timers.advance(30);
    viewport.show("wall", ids.slice(200, 400), 250);
    timers.advance(30);
    expect(shown.at(-1)?.[0]).toHaveLength(256);
  });
});

describe("a flood", () => {
  const need = (n: number, since: number, place = "harbour"): Need => ({
    device: `${place}/${n}`,
    name: `D${n}`,
    place,
    cause: "offline",
    what: "Offline",
    series: null,
    since,
  });
  const when = () => "14:20";

  test("of five with one cause, place and minute is one row", () => {
    const needs = [1, 2, 3, 4, 5].map((n) => need(n, n * 10_000));
    expect(rowsOf(needs, when)).toMatchObject([
      { name: "Harbour", what: "5 devices offline since 14:20", devices: { length: 5 } },
    ]);
  });

  test("four are four, and so are those of another place or a later minute", () => {
    expect(
      rowsOf(
        [1, 2, 3, 4].map((n) => need(n, 0)),
        when,
      ),
    ).toHaveLength(4);
    const apart = [...[1, 2, 3].map((n) => need(n, 0)), ...[4, 5].map((n) => need(n, 90_000))];
    expect(rowsOf(apart, when)).toHaveLength(5);
    const places = [...[1, 2, 3].map((n) => need(n, 0)), ...[4, 5].map((n) => need(n, 0, "x"))];
    expect(rowsOf(places, when)).toHaveLength(5);
  });
});

describe("what the hub knows of devices off the screen", () => {
  test("is asked page by page", async () => {
    const pages = [
      { devices: [{ device: "a" }], next: "c2" },
      { devices: [{ device: "b" }], next: null },
    ];
    const addresses: string[] = [];
    const fetcher = ((address: URL) => {
      addresses.push(String(address));
      return Promise.resolve(Response.json(pages[addresses.length - 1]));
    }) as unknown as typeof fetch;
    expect(await askOver(fetcher, "http://h")("quality:stale")).toEqual(["a", "b"]);
    expect(addresses[1]).toContain("cursor=c2");
  });

  test.each([
    ["an error", () => Promise.resolve(new Response("", { status: 503 }))],
    ["no connection", () => Promise.reject(new TypeError("failed"))],
    ["nonsense", () => Promise.resolve(Response.json({ devices: 3 }))],
  ])("%s is no answer, not an exception", async (_, fetcher) => {
    expect(await askOver(fetcher as unknown as typeof fetch, "http://h")("x")).toBeNull();
  });

  const setUp = (visible = () => true) => {
    const timers = new ManualTimers();
    const asked: string[] = [];
    const answers: Record<string, readonly string[]> = { "quality:stale": ["a"] };
    let changes = 0;
    const elsewhere = new Elsewhere({
      timers,
      visible,
      onChange: () => {
        changes += 1;
      },
      ask: (query) => {
        asked.push(query);
        return Promise.resolve(answers[query] ?? []);
      },
    });
    const passes = async (ms: number) => {
      timers.advance(ms);
      await new Promise((done) => setImmediate(done));
    };
    return { answers, asked, changes: () => changes, elsewhere, passes };
  };
  const changed = { changed: true, any: true };

  test("is asked when counts of any place change, at most every 5 s", async () => {
    const { asked, elsewhere, passes } = setUp();
    elsewhere.counted(changed);
    await passes(0);
    expect(elsewhere.of("a")).toBe("stale");
    elsewhere.counted({ changed: false, any: true });
    elsewhere.counted(changed);
    elsewhere.counted(changed);
    await passes(4900);
    expect(asked).toHaveLength(3);
    await passes(100);
    expect(asked).toHaveLength(6);
  });

  test("is asked again although no count changed: one may have recovered while another fell silent", async () => {
    const { answers, changes, elsewhere, passes } = setUp();
    elsewhere.counted(changed);
    await passes(0);
    answers["quality:stale"] = ["b"];
    await passes(29_000);
    expect(elsewhere.of("a")).toBe("stale");
    await passes(1000);
    expect([elsewhere.of("a"), elsewhere.of("b")]).toEqual([null, "stale"]);
    expect(changes()).toBe(2);
    await passes(30_000);
    expect(changes()).toBe(2);
  });

  test("is asked at once when the page is shown or the list was told anew", async () => {
    const { answers, elsewhere, passes } = setUp();
    elsewhere.counted(changed);
    await passes(10_000);
    answers["quality:stale"] = [];
    elsewhere.doubt();
    await passes(0);
    expect(elsewhere.of("a")).toBeNull();
  });

  test("is not asked while nothing is stale, nor while the page is hidden", async () => {
    let visible = true;
    const { asked, elsewhere, passes } = setUp(() => visible);
    elsewhere.counted({ changed: true, any: false });
    await passes(60_000);
    expect(asked).toEqual([]);
    visible = false;
    elsewhere.counted(changed);
    await passes(60_000);
    expect(asked).toEqual([]);
    visible = true;
    elsewhere.doubt();
    await passes(0);
    expect(elsewhere.of("a")).toBe("stale");
  });
});
