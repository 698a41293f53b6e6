import { describe, expect, test } from "vitest";
import { kinds } from "../../src/data/kinds.ts";
import { columnMs } from "../../src/data/rings.ts";
import { TrendScale } from "../../src/data/scale.ts";
import { type Need, rowsOf } from "../../src/state/attention.ts";
import { compact } from "../../src/state/charts.ts";
import { askOver, Elsewhere } from "../../src/state/elsewhere.ts";
import { FrameLoop } from "../../src/state/frame-loop.ts";
import type { TrendPicture } from "../../src/state/index.ts";
import { Pulse } from "../../src/state/pulse.ts";
import { formatRoute, parseRoute, plainRoute, windowLength } from "../../src/state/route.ts";
import { ColumnMirror, pictureOf, windowMs } from "../../src/state/trend-picture.ts";
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

describe("a trend line on the page", () => {
  const open = () => {
    const page = new FakePage();
    page.dashboard.viewport.show("wall", ["plant/pump-2"], 250);
    page.timers.advance(30);
    page.live(threeDevices(page.timers.now()));
    const pictures: TrendPicture[] = [];
    const spec = { series: 0, width: 90, height: 36, window: "15m" } as const;
    const handle = page.dashboard.trends.open(spec, (picture) => pictures.push(picture));
    page.timers.advance(400);
    return { page, pictures, handle };
  };

  test("is drawn as soon as its columns are there", () => {
    const { pictures } = open();
    expect(pictures.at(-1)?.dot).not.toBeNull();
    expect([...(pictures.at(-1)?.top ?? [])].some((y) => !Number.isNaN(y))).toBe(true);
  });

  test("is painted at most once a second, and a step that came too soon is not forgotten", () => {
    const { page, pictures } = open();
    page.passes(2000);
    const before = pictures.length;
    for (let n = 0; n < 40; n += 1) {
      page.data([[101, 0, 71 + (n % 2) * 3]], 900 + n);
      page.timers.advance(100);
    }
    expect(pictures.length - before).toBeLessThanOrEqual(5);
    expect(pictures.length - before).toBeGreaterThanOrEqual(3);
    page.data([[101, 0, 90]], 990);
    page.timers.advance(260);
    page.passes(1000);
    expect(pictures.at(-1)?.dot?.y).toBeLessThan(5);
  });

  test("is not painted while nothing moves by a pixel", () => {
    const { page, pictures } = open();
    page.passes(1000);
    const before = pictures.length;
    for (let n = 0; n < 8; n += 1) {
      page.data([[101, 0, 71.2]], 900 + n);
      page.passes(1000);
    }
    // A pixel is 10 s wide here: at most one new column.
    expect(pictures.length - before).toBeLessThanOrEqual(2);
  });

  test("is hatched when the hub is lost, and ends with its handle", () => {
    const { handle, page, pictures } = open();
    page.sockets.last.ends(1006);
    page.timers.advance(20);
    expect(pictures.at(-1)?.hatchFrom).not.toBeNull();
    const before = pictures.length;
    handle.dispose();
    handle.dispose();
    page.timers.advance(5000);
    expect(pictures).toHaveLength(before);
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

describe("a trend picture", () => {
  const now = 1_766_500_000_000 - (1_766_500_000_000 % columnMs["15m"]);
  const picture = (points: readonly (readonly [ago_s: number, value: number])[], more = {}) => {
    const mirror = new ColumnMirror(columnMs["15m"]);
    for (const [ago, value] of points)
      mirror.take({
        t: "cols",
        key: 1,
        window: "15m",
        columnMs: columnMs["15m"],
        first: Math.floor((now - ago * 1000) / columnMs["15m"]),
        min: Float32Array.of(value),
        max: Float32Array.of(value),
        largest: value,
        median: value,
      });
    const [ago, value] = points.at(-1) ?? [0, Number.NaN];
    return pictureOf({
      width: 90,
      height: 36,
      window: "15m",
      mirror,
      scale: new TrendScale(kinds.temperature),
      kind: kinds.temperature,
      isState: false,
      now,
      last: now - ago * 1000,
      value,
      cadenceMs: 10_000,
      doubtful: false,
      ...more,
    });
  };
  const steady = Array.from({ length: 80 }, (_, n) => [800 - n * 10, 21] as const);

  test("has its right edge at the hub's now and blanks what was before", () => {
    const { bottom, dot, hatchFrom, top } = picture(steady);
    expect(top).toHaveLength(90);
    expect(top[5]).toBeNaN();
    expect(top[88]).toBeCloseTo(18, 0);
    expect(bottom[88]).toBeCloseTo(18, 0);
    expect(dot?.x).toBeCloseTo(89, 0);
    expect(hatchFrom).toBeNull();
  });

  test("joins readings that follow each other, and never crosses a gap", () => {
    const gap = picture(
      [
        [400, 20],
        [390, 20],
        [380, 20],
        [200, 23],
        [190, 23],
      ],
      { cadenceMs: 10_000 },
    );
    const column = (ago: number) => Math.floor(((900 - ago) / 900) * 90);
    expect(gap.top[column(395)]).not.toBeNaN();
    expect(gap.top[column(300)]).toBeNaN();
    const slow = picture(
      [
        [400, 20],
        [340, 21],
        [280, 22],
      ],
      { cadenceMs: 60_000 },
    );
    expect(slow.top[column(370)]).not.toBeNaN();
  });

  test("hatches from the last reading once late, stale or not live", () => {
    expect(
      picture([
        [100, 21],
        [60, 21],
      ]).hatchFrom,
    ).toBeCloseTo(84, 0);
    expect(picture(steady, { doubtful: true }).hatchFrom).toBeCloseTo(89, 0);
    // An on-time slow series just ends.
    expect(
      picture(
        [
          [400, 21],
          [200, 21],
        ],
        { cadenceMs: 300_000 },
      ).hatchFrom,
    ).toBeNull();
  });

  test("draws zero where the kind has one", () => {
    const power = { kind: kinds.power, scale: new TrendScale(kinds.power) };
    expect(picture(steady, power).zero).toBeCloseTo(34, 0);
    expect(picture(steady).zero).toBeNull();
  });

  test("a state is a lane that holds until it changes", () => {
    const { lane, top } = picture(
      [
        [600, 1],
        [300, 0],
      ],
      { isState: true, kind: kinds.state, scale: new TrendScale(kinds.state), cadenceMs: 0 },
    );
    expect(top.every(Number.isNaN)).toBe(true);
    expect(lane?.map((run) => [Math.round(run.from), Math.round(run.to), run.active])).toEqual([
      [30, 60, true],
      [60, 90, false],
    ]);
  });

  test("a total's line is its rate, and a counter that went back leaves a hole", () => {
    const total = { kind: kinds.total, scale: new TrendScale(kinds.total), cadenceMs: 100_000 };
    const { zero } = picture(
      [
        [800, 10],
        [700, 11],
        [600, 12],
        [500, 0],
        [400, 1],
      ],
      total,
    );
    expect(zero).toBeCloseTo(34, 0);
  });

  test("windows are what they are called", () => {
    expect([windowMs["15m"], windowMs["24h"]]).toEqual([900_000, 86_400_000]);
  });
});

test("chart columns leave out empty ones, but for one hole in each gap", () => {
  const answer = {
    time: Float64Array.of(1000, 2000, 3000, 9000, 10_000),
    min: Float64Array.of(1, Number.NaN, 2, 3, 4),
    max: Float64Array.of(1, Number.NaN, 2, 3, 4),
    mean: Float64Array.of(1, Number.NaN, 2, 3, 4),
    oldest: 1000,
  };
  const rows = compact(answer, 1000, 500);
  expect([...rows.time]).toEqual([1, 3, 6, 9, 10]);
  expect([...rows.min]).toEqual([1, 2, Number.NaN, 3, 4]);
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

  test("is asked when counts change, at most every 5 s", async () => {
    const timers = new ManualTimers();
    const asked: string[] = [];
    const elsewhere = new Elsewhere({
      timers,
      onChange: () => undefined,
      ask: (query) => {
        asked.push(query);
        return Promise.resolve(query === "quality:stale" ? ["a"] : []);
      },
    });
    const settle = () => new Promise((done) => setImmediate(done));
    elsewhere.counted(1, 0);
    await settle();
    expect(elsewhere.of("a")).toBe("stale");
    elsewhere.counted(1, 0);
    elsewhere.counted(2, 0);
    elsewhere.counted(3, 0);
    await settle();
    expect(asked).toHaveLength(3);
    timers.advance(5000);
    await settle();
    expect(asked).toHaveLength(6);
  });
});
