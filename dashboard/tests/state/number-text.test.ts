import { expect, it } from "vitest";
import { fourDigits } from "../../src/data/room.ts";
import { NumberText } from "../../src/state/index.ts";

const figure = "\u2007";

/** A text node in an element, as far as numbers need it. */
function textNode() {
  const told: string[] = [];
  const style = { setProperty: (name: string, value: string) => told.push(`${name} ${value}`) };
  return { told, node: { data: "", parentElement: { style } } as unknown as Text };
}

it("keeps a number's room and tells how much of it is space, once", () => {
  const { node, told } = textNode();
  const text = new NumberText(node);
  text.data = "10.1";
  text.data = "9.9";
  text.data = "9.8";
  expect(node.data).toBe(`${figure}9.8`);
  expect(text.data).toBe("9.8");
  expect(told).toEqual(["--space 1.00"]);
});

it("takes the room that is expected, and forgets it with the series", () => {
  const { node } = textNode();
  const text = new NumberText(node);
  text.expect({ digits: 3, marks: 1 });
  text.data = "9.9";
  expect(node.data).toBe(`${figure}9.9`);
  text.clear();
  expect(node.data).toBe("");
  text.data = "9.9";
  expect(node.data).toBe("9.9");
});

it("has the room that every number of its place has", () => {
  const { node } = textNode();
  const text = new NumberText(node, fourDigits);
  text.data = "21.5";
  expect(node.data).toBe(`${figure}21.5`);
  text.clear();
  text.data = "21.5";
  expect(node.data).toBe(`${figure}21.5`);
});
