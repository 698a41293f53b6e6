import { expect, it } from "vitest";
import { fourDigits, Room as Kept, type Measure } from "../../src/data/room.ts";

const figure = "\u2007";
const point = "\u2008";

/** Texts alone. */
class Room {
  readonly kept: Kept;
  constructor(least?: Measure) {
    this.kept = new Kept(least);
  }
  fit(text: string): string {
    return this.kept.fit(text).text;
  }
}

it("gives the first number as it is", () => {
  expect(new Room().fit("21.4")).toBe("21.4");
});

it("puts space of the same width before a number that lost a digit, a separator or its sign", () => {
  const room = new Room();
  room.fit("1,000.1");
  expect(room.fit("999.9")).toBe(`${figure}${point}999.9`);
  expect(room.fit("1,000.2")).toBe("1,000.2");
  const below = new Room();
  below.fit("\u22123.5");
  expect(below.fit("0.5")).toBe(`${figure}0.5`);
});

it("keeps every number of one place at one width once it has been at its widest", () => {
  const room = new Room();
  const numbers = ["\u2212204.5", "80.25", "999.9", "1,000.1", "\u22123.5"];
  for (const text of numbers) room.fit(text);
  const widths = numbers.map((number) => {
    const text = room.fit(number);
    const digits = text.replace(/[^\u2007\u2212\d]/g, "").length;
    return `${digits} and ${text.length - digits}`;
  });
  expect(new Set(widths)).toEqual(new Set(["5 and 2"]));
});

it("reserves nothing for a slip that was longer by far", () => {
  const room = new Room();
  room.fit("340,282,346,638");
  expect(room.fit("21.4")).toBe("21.4");
  expect(room.fit("9.4")).toBe(`${figure}9.4`);
});

it("leaves words as they are, and an empty text its room", () => {
  const room = new Room();
  room.fit("100.4");
  expect(room.fit("")).toBe("");
  expect(room.fit("20.1")).toBe(`${figure}20.1`);
  expect(room.fit("Open")).toBe("Open");
  expect(room.fit("\u2014")).toBe("\u2014");
});

it("has room from the beginning for what is expected, and says how much of it is space", () => {
  const room = new Room(fourDigits);
  expect(room.kept.fit("9.4")).toEqual({
    text: `${figure}${figure}9.4`,
    space: { digits: 2, marks: 0 },
  });
  expect(room.fit("1,182")).toBe("1,182");
  expect(room.fit("5")).toBe(`${figure.repeat(3)}${point}5`);
  const ahead = new Room();
  ahead.kept.expect({ digits: 3, marks: 1 });
  expect(ahead.fit("9.4")).toBe(`${figure}9.4`);
  expect(ahead.fit("Open")).toBe("Open");
  expect(ahead.kept.fit("Open").space).toEqual({ digits: 0, marks: 0 });
});
