import { beforeEach, describe, expect, test } from "vitest";
import type { DeviceRow, StatusRow } from "../../src/wire/messages.ts";
import { FakeElement, FakePage, FakeText, threeDevices } from "../support/page.ts";

let page: FakePage;
const plant = () => threeDevices(page.timers.now());
const catalogue = () => page.dashboard.catalogue;
const wall = () => page.dashboard.wall.view.value;
const attention = () => page.dashboard.attention.view.value;

function start(address = "/", more: Partial<ReturnType<typeof threeDevices>> = {}): void {
  page = new FakePage(address);
  page.timers.wall += Date.UTC(2026, 2, 4, 14, 32, 7) - page.timers.now();
  page.dashboard.viewport.show("wall", ["harbour/meter", "plant/pump-10", "plant/pump-2"], 250);
  page.timers.advance(30);
  page.live({ ...plant(), ...more });
  // What looks at every device does so once a second.
  page.passes(1200);
}

beforeEach(() => start());

describe("a device that scrolled away", () => {
  const scrolledAway = () => {
    page.dashboard.viewport.show("wall", ["harbour/meter"], 250);
    page.passes(6000);
    page.grants(plant());
    page.passes(1200);
  };

  test("needs attention when it falls silent, though its last value here was good", () => {
    scrolledAway();
    expect(attention().rows.map((row) => row.name)).not.toContain("Pump 2");
    const rows = [["plant/pump-2", "unknown", page.timers.now(), "silent"]];
    page.sockets.last.says({ type: "status", channel: page.channel, seq: 900, rows });
    page.passes(1200);
    expect(catalogue().card("plant/pump-2").value.state).toBe("stale");
    expect(attention().rows.map((row) => row.name)).toContain("Pump 2");
  });

  test("is no longer stale once it is back, though its last value here was", () => {
    page.dashboard.viewport.show("wall", ["plant/pump-2"], 250);
    expect(catalogue().card("harbour/meter").value.state).toBe("stale");
    page.passes(6000);
    page.grants(plant());
    page.passes(1200);
    expect(catalogue().card("harbour/meter").value.state).toBe("fine");
  });
});

describe("the catalogue", () => {
  test("counts are the hub's", () => {
    expect(catalogue().counts.value).toMatchObject({
      devices: 3,
      offline: 1,
      stale: 1,
      uncertain: 0,
    });
  });

  test("without a row for the whole hub they are the sum of the top level", () => {
    start("/", {
      summary: [
        ["a", 2, 1, 0, 0, 0, 0, 0, 0, 0],
        ["a/b", 1, 1, 0, 0, 0, 0, 0, 0, 0],
        ["c", 3, 0, 0, 2, 0, 0, 1, 0, 0],
      ],
    });
    expect(catalogue().counts.value).toMatchObject({ devices: 5, offline: 1, stale: 2, high: 1 });
    expect(
      catalogue().places.value.map((one) => [one.path, one.label, one.depth, one.glyph]),
    ).toEqual([
      ["", "All places", 0, "high"],
      ["a", "A", 1, null],
      ["a/b", "B", 2, null],
      ["c", "C", 1, "high"],
    ]);
  });

  test("a silent device is among the stale; only one never heard is unknown", () => {
    start("/", {
      devices: [
        ["a/silent", "json", null, "a", null],
        ["a/mute", "json", null, "a", null],
      ],
      statuses: [
        ["a/silent", "unknown", page.timers.now(), "silent"],
        ["a/mute", "unknown", page.timers.now(), "announced"],
      ],
      summary: [
        ["", 2, 0, 2, 0, 0, 0, 0, 0, 0],
        ["a", 2, 0, 2, 0, 0, 0, 0, 0, 0],
      ],
    });
    expect(catalogue().counts.value).toMatchObject({ stale: 1, unknown: 1 });
    expect(catalogue().places.value[1]).toMatchObject({ path: "a", stale: 1, unknown: 1 });
  });

  test("sources are counted, most first", () => {
    expect(catalogue().sources.value).toEqual([
      { source: "json", label: "JSON", devices: 2 },
      { source: "shelly", label: "Shelly", devices: 1 },
    ]);
  });

  test("is complete only once the hub has told all", () => {
    expect(catalogue().complete.value).toBe(true);
    expect(new FakePage().dashboard.catalogue.complete.value).toBe(false);
  });

  test("the fleet shows one mark a device, in wall order", () => {
    expect(catalogue().fleet.value).toEqual([
      { place: "harbour", label: "Harbour", devices: ["harbour/meter"], marks: ["stale"] },
      {
        place: "plant",
        label: "Plant",
        devices: ["plant/pump-2", "plant/pump-10"],
        marks: ["fine", "offline"],
      },
    ]);
  });
});

describe("a card", () => {
  test("fine: its model, its primary metric, nothing else", () => {
    expect(catalogue().card("plant/pump-2").value).toMatchObject({
      name: "Pump 2",
      state: "fine",
      glyph: null,
      line: "P 7",
      reasonTone: "model",
      primary: { metric: "temperature", label: "Temperature", isState: false },
      secondary: [],
      window: "15m",
      isNew: false,
    });
  });

  test("offline: since when and how it is known", () => {
    expect(catalogue().card("plant/pump-10").value).toMatchObject({
      state: "offline",
      glyph: "offline",
      reasonTone: "reason",
    });
    expect(catalogue().card("plant/pump-10").value.line).toMatch(
      /^Offline since \d\d:\d\d, last will received$/,
    );
    const age = new FakeText();
    page.dashboard.slots.age("plant/pump-10", age.node);
    expect(age.data).toBe("offline · 34 min");
    const rows = [["plant/pump-10", "offline", page.timers.now(), "bridge"]];
    page.sockets.last.says({ type: "status", channel: 1, seq: 900, rows });
    page.timers.advance(300);
    expect(catalogue().card("plant/pump-10").value.line).toMatch(
      /^Offline since \d\d:\d\d, and so is its bridge$/,
    );
  });

  test("stale: since when, and how often it comes otherwise", () => {
    const card = catalogue().card("harbour/meter").value;
    expect(card.state).toBe("stale");
    expect(card.line).toMatch(/^Silent since \d\d:\d\d, normally every 60 s$/);
    const age = new FakeText();
    page.dashboard.slots.age("harbour/meter", age.node);
    expect(age.data).toBe("stale · 11 min");
    expect(card.accessibleName()).toMatch(
      /^meter, stale, Silent since .*, Power 212\.3\u202fkW, stale · 11 min$/,
    );
  });

  test("is the same object while nothing of it changed, however many values come", () => {
    const before = catalogue().card("plant/pump-2").value;
    for (let n = 0; n < 10; n += 1) {
      page.data([[101, 0, 60 + n]], 900 + n);
      page.timers.advance(250);
    }
    expect(catalogue().card("plant/pump-2").value).toBe(before);
  });

  test("follows a quality that changes without a reading", () => {
    const rows = [[101, "uncertain:retained", page.timers.now()]];
    page.sockets.last.says({ type: "quality", channel: page.channel, seq: 900, rows });
    page.timers.advance(600);
    expect(catalogue().card("plant/pump-2").value).toMatchObject({
      state: "uncertain",
      line: "Retained, of unknown age",
    });
    const age = new FakeText();
    page.dashboard.slots.age("plant/pump-2", age.node);
    expect(age.data).toBe("of unknown age");
  });

  test("fell silent before this page opened: never said to have reported nothing", () => {
    const since = page.timers.now() - 12 * 60_000;
    start("/", {
      devices: [["plant/pump-2", "json", null, "plant", null]],
      statuses: [["plant/pump-2", "unknown", since, "silent"]],
      rows: [],
    });
    const card = catalogue().card("plant/pump-2").value;
    expect(card).toMatchObject({ state: "stale", glyph: "stale" });
    expect(card.line).toMatch(/^Silent since/);
    const age = new FakeText();
    page.dashboard.slots.age("plant/pump-2", age.node);
    expect(age.data).toBe("stale · 12 min");
  });

  test("of an offline device: its last value is marked as such, and no more once it is back", () => {
    const rows = (status: string) => [["plant/pump-2", status, page.timers.now(), "will"]];
    const host = new FakeElement();
    const number = new FakeText();
    const held = catalogue().card("plant/pump-2").value.primary?.series ?? -1;
    page.dashboard.slots.value(held, { number: number.node, host: host.element });
    const says = (status: string, seq: number) => {
      page.sockets.last.says({ type: "status", channel: 1, seq, rows: rows(status) });
      page.timers.advance(600);
      return host.getAttribute("data-mark");
    };
    expect(host.getAttribute("data-mark")).toBe("");
    expect(says("offline", 900)).toBe("stale");
    expect(says("online", 901)).toBe("");
  });

  test("never heard: says so, whatever else is known of it", () => {
    start("/", {
      devices: [["plant/pump-2", "json", null, "plant", null]],
      statuses: [["plant/pump-2", "unknown", page.timers.now(), "restart"]],
      rows: [],
    });
    const card = catalogue().card("plant/pump-2").value;
    expect(card).toMatchObject({ state: "unknown", glyph: "unknown" });
    const age = new FakeText();
    page.dashboard.slots.age("plant/pump-2", age.node);
    expect(age.data).toBe("not heard yet");
  });

  test.each([
    ["online", "bridge", "Online"],
    ["offline", "will", "Offline"],
  ])("of a device that only says it is %s: that, in the place of a value", (status, why, word) => {
    start("/", {
      statuses: [["plant/pump-2", status as "online", page.timers.now(), why] as StatusRow],
      series: [],
      rows: [],
    });
    expect(catalogue().card("plant/pump-2").value.status).toBe("");
    page.passes(3000);
    expect(catalogue().card("plant/pump-2").value).toMatchObject({ primary: null, status: word });
    expect(catalogue().card("plant/pump-2").value.accessibleName()).toContain(word);
    const add = [[101, "plant/pump-2", "temperature", "°C", "float"]];
    page.sockets.last.says({ type: "series", channel: page.channel, seq: 900, add, remove: [] });
    page.timers.advance(600);
    expect(catalogue().card("plant/pump-2").value).toMatchObject({ status: "" });
    expect(catalogue().card("plant/pump-2").value.primary?.metric).toBe("temperature");
  });

  test("of a device that says nothing at all: that there are no readings yet", () => {
    start("/", { statuses: [], series: [], rows: [] });
    expect(catalogue().card("plant/pump-2").value.status).toBe("");
    page.passes(3000);
    expect(catalogue().card("plant/pump-2").value.status).toBe("No readings yet");
  });

  describe("shows first what tells most", () => {
    const energy = [201, "plant/pump-2", "energy", "kWh", "float"];
    const power = [202, "plant/pump-2", "power", "kW", "float"];
    const metrics = () => {
      const { primary, secondary } = catalogue().card("plant/pump-2").value;
      return [primary, ...secondary].map((one) => one?.metric);
    };
    const says = (...add: unknown[]) => {
      page.sockets.last.says({ type: "series", channel: page.channel, seq: 900, add, remove: [] });
      page.timers.advance(600);
    };

    test("in whatever order the hub introduces it", () => {
      start("/", { series: [], rows: [] });
      says(energy);
      expect(metrics()).toEqual(["energy"]);
      says(power);
      expect(metrics()).toEqual(["power", "energy"]);
    });

    test("but keeps what has stood there for a while", () => {
      start("/", { series: [], rows: [] });
      says(energy);
      page.passes(4000);
      says(power);
      expect(metrics()).toEqual(["energy", "power"]);
    });
  });

  test("of a device the hub does not know is empty", () => {
    expect(catalogue().card("no/such").value).toMatchObject({ state: "unknown", primary: null });
    expect(catalogue().device("no/such").value).toBeNull();
  });
});

describe("the device page", () => {
  test("groups all series by kind and says what is normal", () => {
    const device = catalogue().device("plant/pump-2").value;
    expect(device?.statusLine).toMatch(/^Online since \d\d:\d\d$/);
    expect(
      device?.groups.map((group) => [group.label, group.series.map((one) => one.metric)]),
    ).toEqual([
      ["Temperatures", ["temperature"]],
      ["Device", ["uptime"]],
    ]);
    expect(device?.groups[0]?.series[0]?.cadence).toBe("normally every 1 s");
  });

  test("says what is wrong with a value", () => {
    const stale = catalogue().device("harbour/meter").value?.groups[0]?.series[0];
    expect(stale).toMatchObject({ doubt: "stale", glyph: "stale", unit: "W" });
  });
});

describe("the wall", () => {
  test("stands in order of place, then natural name, in groups", () => {
    expect(wall().devices).toEqual(["harbour/meter", "plant/pump-2", "plant/pump-10"]);
    expect(wall().groups).toEqual([
      { place: "harbour", labels: ["Harbour"], start: 0, count: 1 },
      { place: "plant", labels: ["Plant"], start: 1, count: 2 },
    ]);
  });

  test("does not move through 100 changes of state and 3 reconnects", () => {
    const before = wall().devices;
    for (let n = 0; n < 100; n += 1) {
      const status = n % 2 === 0 ? "offline" : "online";
      const rows: StatusRow[] = [["plant/pump-2", status, page.timers.now(), "said"]];
      page.sockets.last.says({ type: "status", channel: 1, seq: 900 + n, rows });
      page.data([[101, 0, n]], 900 + n);
      page.timers.advance(20);
    }
    for (let n = 0; n < 3; n += 1) {
      page.sockets.last.ends(1006);
      page.timers.advance(500);
      page.sockets.last.welcomes(page.timers.now());
      page.grants(plant(), n > 0, 2000 + n);
      page.passes(11_000);
    }
    expect(wall().devices).toBe(before);
  });

  test("a newcomer stands at the end of its place, marked new for 10 min", () => {
    const add: DeviceRow[] = [["plant/a", "json", "A pump", "plant", null]];
    page.sockets.last.says({ type: "devices", channel: 1, seq: 900, add, remove: [] });
    page.timers.advance(300);
    expect(wall().devices).toEqual(["harbour/meter", "plant/pump-2", "plant/pump-10", "plant/a"]);
    expect(catalogue().card("plant/a").value.isNew).toBe(true);
  });

  test("a device the hub forgot stays, as offline", () => {
    page.sockets.last.says({
      type: "devices",
      channel: 1,
      seq: 900,
      add: [],
      remove: ["plant/pump-2"],
    });
    page.timers.advance(300);
    expect(wall().devices).toContain("plant/pump-2");
    expect(catalogue().card("plant/pump-2").value.state).toBe("offline");
  });

  test("the address filters it, by place and words", () => {
    page.dashboard.route.filter({ place: "plant" });
    expect(wall().devices).toEqual(["plant/pump-2", "plant/pump-10"]);
    page.dashboard.route.filter({ q: "status:offline" });
    expect(wall().devices).toEqual(["plant/pump-10"]);
    expect(page.location.search).toBe("?q=status%3Aoffline&place=plant");
  });

  test("what matches nothing offers what is close", () => {
    page.dashboard.route.filter({ q: "pmp" });
    expect(wall().nothing).toBe('No device matches "pmp". Close: Pump 2, Pump 10.');
    page.dashboard.route.filter({ q: "colour:red" });
    expect(wall().problem).toMatch(/^There is no field "colour"/);
  });

  test("a query about values is the hub's to answer, and asked every 2 s", async () => {
    page.answers = new Map([["temperature>80", ["plant/pump-10"]]]);
    page.dashboard.route.filter({ q: "temperature>80" });
    await Promise.resolve();
    expect(wall().devices).toEqual(["plant/pump-10"]);
    page.answers = new Map([["temperature>80", ["plant/pump-2"]]]);
    page.timers.advance(2000);
    await Promise.resolve();
    // What matches now is added at the end; what matches no more is greyed where it stands.
    expect(wall().devices).toEqual(["plant/pump-10", "plant/pump-2"]);
    expect([...wall().greyed]).toEqual(["plant/pump-10"]);
  });

  test("without an answer it is answered from what the page knows", async () => {
    page.dashboard.route.filter({ q: "temperature>70" });
    await Promise.resolve();
    expect(wall().devices).toEqual(["plant/pump-2"]);
  });

  test("a sort is made once and freezes", () => {
    page.dashboard.route.filter({ sort: "state" });
    expect(wall().devices[0]).toBe("plant/pump-10");
    expect(wall().sorted).toMatch(/^Sorted by state at \d\d:\d\d\. Sort again$/);
    const rows: StatusRow[] = [["plant/pump-2", "offline", page.timers.now(), "said"]];
    page.sockets.last.says({ type: "status", channel: 1, seq: 900, rows });
    page.sockets.last.says({
      type: "devices",
      channel: 1,
      seq: 901,
      add: [["plant/a", "json", null, "plant", null]],
      remove: [],
    });
    page.timers.advance(300);
    expect(wall().devices).toEqual(["plant/pump-10", "harbour/meter", "plant/pump-2", "plant/a"]);
    page.dashboard.wall.sortAgain();
    expect(wall().devices.slice(0, 2).sort()).toEqual(["plant/pump-10", "plant/pump-2"]);
  });
});

describe("needs attention", () => {
  test("offline first, then stale, with why", () => {
    expect(attention().rows.map((row) => [row.name, row.glyph, row.what])).toEqual([
      ["Pump 10", "offline", expect.stringMatching(/^Offline since .*, last will received$/)],
      ["meter", "stale", expect.stringMatching(/^Silent since/)],
    ]);
    expect(attention().total).toBe(2);
    expect(attention().more(1)).toBe("1 more: 1 stale");
  });

  const goesOffline = (device: string, seq: number) => {
    const rows: StatusRow[] = [[device, "offline", page.timers.now() - 3_600_000, "said"]];
    page.sockets.last.says({ type: "status", channel: 1, seq, rows });
    page.passes(1200);
  };

  test("while someone is in it no row moves; it says how many wait", () => {
    page.dashboard.attention.hold(true);
    goesOffline("plant/pump-2", 900);
    expect(attention().rows.map((row) => row.name)).toEqual(["Pump 10", "meter"]);
    expect(attention().waiting).toBe(1);
    page.dashboard.attention.hold(false);
    page.timers.advance(1900);
    expect(attention().waiting).toBe(1);
    page.timers.advance(100);
    expect(attention().rows.map((row) => row.name)).toEqual(["Pump 2", "Pump 10", "meter"]);
    expect(attention().waiting).toBe(0);
  });

  test("show takes them in", () => {
    page.dashboard.attention.hold(true);
    goesOffline("plant/pump-2", 900);
    page.dashboard.attention.show();
    expect(attention().rows).toHaveLength(3);
  });

  test("a row that is over stays 10 s, struck, in its place", () => {
    const rows: StatusRow[] = [["plant/pump-10", "online", page.timers.now(), "data"]];
    page.sockets.last.says({ type: "status", channel: 1, seq: 900, rows });
    page.sockets.last.says({
      type: "quality",
      channel: page.channel,
      seq: 901,
      rows: [[103, "good", page.timers.now()]],
    });
    page.passes(1000);
    expect(attention().rows.map((row) => [row.name, row.cleared])).toEqual([
      ["Pump 10", true],
      ["meter", false],
    ]);
    page.passes(11_000);
    expect(attention().rows.map((row) => row.name)).toEqual(["meter"]);
  });

  const returns = (more: readonly [reason: string, ago: number] = ["said", 0]) => {
    const [reason, ago] = more;
    const rows: StatusRow[] = [["plant/pump-10", "online", page.timers.now() - ago, reason]];
    page.sockets.last.says({ type: "status", channel: 1, seq: 900, rows });
    page.passes(1000);
  };
  const listed = () => attention().rows.map((row) => [row.name, row.glyph, row.cleared]);

  test("a device that is back has its time to speak before it is stale, and is never listed twice", () => {
    const before = listed();
    returns();
    expect(listed()).toEqual([
      ["Pump 10", "offline", true],
      ["meter", "stale", false],
    ]);
    expect(catalogue().card("plant/pump-10").value).toMatchObject({
      state: "fine",
      line: expect.stringMatching(/^Back since /),
    });
    page.passes(6000);
    // It still has not spoken: one row of it, which says so now.
    expect(catalogue().card("plant/pump-10").value.state).toBe("stale");
    expect(listed().filter(([name]) => name === "Pump 10")).toEqual([["Pump 10", "stale", false]]);
    expect(listed()).toHaveLength(before.length);
  });

  test("a device that came back by a reading of another series is stale when its own does not come", () => {
    returns(["data", 6000]);
    expect(catalogue().card("plant/pump-10").value.state).toBe("stale");
  });

  test("while someone is in it a row whose cause changed keeps its place", () => {
    page.dashboard.attention.hold(true);
    returns(["data", 6000]);
    expect(listed()).toEqual([
      ["Pump 10", "stale", false],
      ["meter", "stale", false],
    ]);
  });

  test("while someone is in it rows that fold keep saying what they said", () => {
    const at = page.timers.now() - 60_000;
    const pumps = Array.from({ length: 5 }, (_, n) => `plant/spare-${n}`);
    page.sockets.last.says({
      type: "devices",
      channel: 1,
      seq: 900,
      add: pumps.map((device) => [device, "json", null, "plant", null]),
      remove: [],
    });
    const offline = (devices: readonly string[], seq: number) => {
      const rows = devices.map((device): StatusRow => [device, "offline", at, "will"]);
      page.sockets.last.says({ type: "status", channel: 1, seq, rows });
      page.passes(1200);
    };
    offline(pumps.slice(0, 4), 901);
    const said = listed();
    page.dashboard.attention.hold(true);
    offline(pumps.slice(4), 902);
    expect(listed()).toEqual(said);
    expect(attention().waiting).toBe(1);
    page.dashboard.attention.show();
    expect(attention().rows.some((row) => row.devices.length === 5)).toBe(true);
    expect(attention().rows.filter((row) => row.cleared)).toEqual([]);
  });

  test("nothing to attend to says so", () => {
    start("/", { devices: [], statuses: [], series: [], rows: [] });
    expect(attention()).toMatchObject({ rows: [], empty: "Nothing needs attention.", total: 0 });
  });
});
