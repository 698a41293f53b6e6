import { describe, expect, test } from "vitest";
import { closeNames, distance, matchesQuery, type Searchable } from "../../src/data/matching.ts";
import { needsSeries, parseQuery } from "../../src/data/search.ts";
import { convert, unitNamed } from "../../src/data/units.ts";

const now = 1_766_500_000_000;
const chiller: Searchable = {
  device: "plant/utilities/chiller-2",
  name: "Chiller 2",
  place: "plant/utilities",
  source: "sparkplug",
  model: "CG 070",
  status: "online",
  severity: "high",
  tags: ["cooling"],
  seen: now - 5 * 60_000,
  series: [
    { metric: "temperature", unit: "°C", value: 81, quality: "good" },
    { metric: "battery", unit: "%", value: 14, quality: "stale" },
    { metric: "mode", unit: null, value: "cooling", quality: "uncertain:clock" },
  ],
};
const finds = (query: string) => matchesQuery(parseQuery(query), chiller, now);

describe("a query finds the chiller", () => {
  test.each([
    "",
    "chiller",
    "CHILLER 2",
    '"chiller 2"',
    "chil*2",
    "cg",
    "utilities",
    "temperature>80",
    "temperature>=81",
    "temperature>80 place:plant -status:offline",
    "temperature>176 °F",
    "temperature>176°F",
    "temperature>176f",
    "temperature=81",
    "battery<20",
    "batt*<20%",
    "status:online",
    "quality:stale",
    "quality:uncertain:clock",
    "alarm:high",
    "alarm:medium+",
    "place:plant",
    "place:plant/*",
    "source:sparkplug",
    "model:070",
    "tag:cooling",
    "metric:temp*",
    "seen:<10m",
    "seen:>4m",
    "-pump",
    '-"cold room"',
    "mode=cooling",
  ])("%s", (query) => {
    expect(parseQuery(query).problems).toEqual([]);
    expect(finds(query)).toBe(true);
  });
});

describe("a query does not find it", () => {
  test.each([
    "pump",
    "chiller pump",
    "-chiller",
    '"2 chiller"',
    "temperature>81",
    "temperature>100 °C",
    "temperature<10 kW",
    "humidity>1",
    "status:offline",
    "quality:bad",
    "alarm:critical",
    "alarm:critical+",
    "alarm:low",
    "place:harbour",
    "source:spark",
    "tag:cool",
    "seen:>10m",
    "mode>1",
    "mode=heating",
  ])("%s", (query) => {
    expect(finds(query)).toBe(false);
  });
});

describe("what was not understood is said, and the rest still counts", () => {
  test("an unknown field names those there are", () => {
    const { problems, terms } = parseQuery("colour:red chiller");
    expect(problems[0]).toMatch(
      /^There is no field "colour"\. Fields: status, quality, alarm, place/,
    );
    expect(terms).toHaveLength(1);
  });

  test.each([
    ["temperature>hot", '"hot" is not a number.'],
    ["temperature>20foo", '"foo" is not a unit this page knows.'],
    ["seen:>tomorrow", '">tomorrow" is not a length of time such as 10m or 2h.'],
    ["status:", '"status:" says nothing to look for.'],
    ["-", '"-" says nothing to look for.'],
  ])("%s", (query, problem) => {
    expect(parseQuery(query).problems).toEqual([problem]);
  });
});

test("a unit may stand apart, but the next word is not taken for one", () => {
  expect(parseQuery("temperature>176 °F").terms).toHaveLength(1);
  expect(parseQuery("temperature>80 chiller").terms).toHaveLength(2);
  expect(parseQuery("temperature>80 -W").terms).toHaveLength(2);
  expect(parseQuery('temperature>80 "W"').terms).toHaveLength(2);
});

test("only questions about series need the hub", () => {
  for (const query of ["pump", "status:offline", "place:a", "source:json", "model:x"])
    expect(needsSeries(parseQuery(query)), query).toBe(false);
  for (const query of ["t>1", "quality:stale", "metric:t", "seen:<1m", "alarm:any"])
    expect(needsSeries(parseQuery(query)), query).toBe(true);
});

test("nothing anyone types breaks the parser or the evaluator", () => {
  const alphabet = 'ab1"*:-<>=+.()[]\\^$?| °%\u2212é\n';
  let seed = 42;
  const random = (n: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed % n;
  };
  for (let turn = 0; turn < 3000; turn += 1) {
    const query = Array.from({ length: random(14) }, () => alphabet[random(alphabet.length)]).join(
      "",
    );
    const parsed = parseQuery(query);
    expect(typeof matchesQuery(parsed, chiller, now)).toBe("boolean");
    // Negating every term of a one-term query turns the answer around.
    const [term] = parsed.terms;
    if (term && parsed.terms.length === 1) {
      const negated = { terms: [{ ...term, negated: !term.negated }], problems: [] };
      expect(matchesQuery(negated, chiller, now), query).toBe(!matchesQuery(parsed, chiller, now));
    }
  }
});

test("terms are ANDed in any order", () => {
  const terms = ["chiller", "temperature>80", "-status:offline", "place:plant", "pump"];
  for (const a of terms)
    for (const b of terms) expect(finds(`${a} ${b}`)).toBe(finds(a) && finds(b));
});

test("an asterisk is any run of characters, and matches in one pass", () => {
  const named = (name: string) => ({
    ...chiller,
    name,
    device: name,
    place: "",
    model: "",
    source: "",
  });
  const whole = (query: string, metric: string) =>
    matchesQuery(
      parseQuery(`metric:${query}`),
      { ...chiller, series: [{ metric, unit: null, value: 1, quality: "good" }] },
      now,
    );
  expect(whole("a*b*c", "axxbyyc")).toBe(true);
  expect(whole("a*b*c", "axxcyyb")).toBe(false);
  expect(whole("ab*ba", "aba")).toBe(false);
  expect(whole("*", "anything")).toBe(true);
  const long = "a".repeat(5000);
  expect(matchesQuery(parseQuery(`${"a*".repeat(200)}b`), named(long), now)).toBe(false);
});

test("close names are offered, nearest first", () => {
  expect(closeNames("pmp", ["pump-1", "pump-2", "chiller"])).toEqual(["pump-1", "pump-2"]);
  expect(closeNames("xyz", ["pump-1"])).toEqual([]);
  expect(distance("kitten", "sitting", 3)).toBe(3);
  expect(distance("a", "abcdef", 2)).toBe(3);
});

test("units convert within what they measure", () => {
  expect(convert(176, "°F", "°C")).toBeCloseTo(80, 9);
  expect(convert(1.5, "kW", "W")).toBe(1500);
  expect(convert(1, "bar", "hPa")).toBe(1000);
  expect(convert(1, "bar", "°C")).toBeUndefined();
  expect(unitNamed("l/min")).toBe("L/min");
  expect(unitNamed("mW")).toBe("MW");
  expect(unitNamed("smoots")).toBeUndefined();
});
