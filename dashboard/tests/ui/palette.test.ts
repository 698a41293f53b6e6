import { describe, expect, test } from "vitest";
import { type Found, find, keep, recent } from "../../src/ui/palette/ranking.ts";

const made = (kind: Found["kind"], label: string, id = ""): Found => ({
  id: `${kind} ${label} ${id}`,
  kind,
  label,
  detail: id,
  text: `${label} ${id}`.toLowerCase(),
  run: () => undefined,
});
const search = made("search", "Show devices that match");
const index = [
  made("page", "Overview"),
  made("page", "Status"),
  ...["System", "Light", "Dark", "Contrast"].map((name) => made("action", `Theme: ${name}`)),
  made("place", "Plant", "plant"),
  made("place", "Pump house", "harbour/pump-house"),
  made("device", "Pump 2", "plant/pump-2"),
  made("device", "Booster pump", "plant/booster"),
  made("device", "Meter", "harbour/pump-house/meter"),
  made("device", "Pump", "harbour/pump"),
];
const found = (query: string) => find(index, query, search).map(({ label }) => label);

describe("what the palette finds", () => {
  test("the exact name first, then names that begin so, that hold it, whose id does", () => {
    expect(found("pump").slice(0, 5)).toEqual([
      "Pump",
      "Pump 2",
      "Pump house",
      "Booster pump",
      "Meter",
    ]);
  });

  test("every word must be there, in any order and case", () => {
    expect(found("2 PUMP").slice(0, -1)).toEqual(["Pump 2"]);
    expect(found("pump nowhere").slice(0, -1)).toEqual([]);
  });

  test("its last row searches the wall; not for actions, and not without devices", () => {
    expect(find(index, "pump", search).at(-1)).toBe(search);
    expect(find(index, "> theme", search).map(({ kind }) => kind)).toEqual(Array(4).fill("action"));
    expect(find(index, "pump", null).every(({ kind }) => kind !== "search")).toBe(true);
  });

  test("never more than eight rows", () => {
    expect(find(index, "e", search)).toHaveLength(8);
  });
});

test("the last choices come back on an empty query, newest first, and not twice", () => {
  const [first, second] = find(index, "pump", search);
  if (!first || !second) throw new Error("nothing was found");
  for (const choice of [first, second, first]) keep(choice);
  expect(recent(index).slice(0, 2)).toEqual([first, second]);
  expect(recent(index).length).toBeLessThanOrEqual(8);
});
