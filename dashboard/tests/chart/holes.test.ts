import { expect, it } from "vitest";
import { wayOf } from "../../src/chart/holes.ts";

it("writes a reason along a wide hole, upwards into a narrow one, and not at all where there is no room", () => {
  expect(wayOf(120, { width: 200, height: 230 })).toBe("along");
  expect(wayOf(120, { width: 60, height: 230 })).toBe("upwards");
  expect(wayOf(120, { width: 12, height: 230 })).toBeNull();
  expect(wayOf(300, { width: 60, height: 230 })).toBeNull();
});
