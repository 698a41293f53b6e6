import { describe, expect, it } from "vitest";
import { fetchPart, type Ground } from "../../src/ui/part.ts";

const page = '<script type="module" src="/assets/index-1a.js"></script>';
const ground = (more: Partial<Ground> = {}): Ground => ({
  mendStyles: async () => undefined,
  startPage: async () => page,
  ownScript: "/assets/index-1a.js",
  ...more,
});
const fail = async (): Promise<never> => {
  throw new TypeError("Failed to fetch");
};

describe("a part of the page that is fetched later", () => {
  it("comes after the styles that failed before", async () => {
    const order: string[] = [];
    const mendStyles = async () => {
      order.push("styles");
    };
    const load = async () => {
      order.push("part");
      return "the page";
    };
    expect(await fetchPart(load, ground({ mendStyles }))).toEqual({ part: "the page" });
    expect(order).toEqual(["styles", "part"]);
  });

  it("does not come without its styles", async () => {
    const result = await fetchPart(async () => "the page", ground({ mendStyles: fail }));
    expect(result).toEqual({ lack: "failed" });
  });

  it("is missing because nobody answers", async () => {
    expect(await fetchPart(fail, ground({ startPage: fail }))).toEqual({ lack: "no-hub" });
  });

  it("is missing because the hub serves another build", async () => {
    const startPage = async () => page.replace("1a", "2b");
    expect(await fetchPart(fail, ground({ startPage }))).toEqual({ lack: "other-build" });
  });

  it("is missing although the hub serves this build", async () => {
    expect(await fetchPart(fail, ground())).toEqual({ lack: "failed" });
  });
});
