import { describe, expect, it } from "vitest";
import { TapGuard } from "../../src/ui/tap-guard.ts";

describe("the tap guard", () => {
  it("swallows a press on rows that moved less than 300 ms ago", () => {
    const guard = new TapGuard();
    guard.moved(1000);
    expect(guard.counts({ timeStamp: 1299, detail: 1 })).toBe(false);
    expect(guard.counts({ timeStamp: 1300, detail: 1 })).toBe(true);
  });

  it("lets every press through while nothing has moved", () => {
    expect(new TapGuard().counts({ timeStamp: 0, detail: 1 })).toBe(true);
  });

  it("never holds back a key or an assistive click", () => {
    const guard = new TapGuard();
    guard.moved(1000);
    expect(guard.counts({ timeStamp: 1001, detail: 0 })).toBe(true);
  });
});
