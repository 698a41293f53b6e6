import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import * as commands from "../../src/wire/commands.ts";
import { readFrame, splitPosition } from "../../src/wire/frames.ts";
import { mayReconnect } from "../../src/wire/messages.ts";

interface Golden {
  readonly name: string;
  readonly direction: "client" | "hub";
  readonly frame: Readonly<Record<string, unknown>> & { readonly type: string };
}

const folder = join(import.meta.dirname, "../../../tests/golden");
const golden = readdirSync(folder)
  .filter((file) => file.endsWith(".json"))
  .map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as Golden)
  .filter((one) => one.frame !== undefined);
const fromHub = golden.filter((one) => one.direction === "hub");
const frameNamed = (name: string): Golden["frame"] => {
  const found = golden.find((one) => one.name === name);
  if (!found) throw new Error(`no golden frame ${name}`);
  return found.frame;
};

/** Frames this dashboard has no use for yet; it must pass over them, not fail. */
const passedOver = new Set(["history"]);

describe("golden frames of the hub", () => {
  test.each(fromHub.map((one) => [one.name, one] as const))("%s is read as it is", (_, one) => {
    const read = readFrame(JSON.stringify(one.frame));
    if (passedOver.has(one.frame.type)) expect(read).toEqual({ unknown: one.frame.type });
    else expect(read).toEqual({ frame: one.frame });
  });

  test("there is one for every type the dashboard acts on", () => {
    const types = new Set(fromHub.map((one) => one.frame.type));
    for (const type of [
      "welcome feed subscribed devices series status snapshot data quality gap lag summary",
      "heartbeat pong error bye",
    ]
      .join(" ")
      .split(" "))
      expect(types, type).toContain(type);
  });
});

describe("what a frame must hold", () => {
  test.each(fromHub.filter((one) => !passedOver.has(one.frame.type)).map((one) => [one.name, one]))(
    "%s is refused without any one of the fields it is read by",
    (_, one) => {
      const needed = Object.keys(one.frame).filter((field) => {
        const { [field]: __, ...rest } = one.frame;
        return !("frame" in readFrame(JSON.stringify(rest)));
      });
      expect(needed).toContain("type");
      expect(needed.length).toBeGreaterThan(1);
    },
  );

  test.each([
    ["not JSON", "{", "not JSON"],
    ["an array", "[]", "not an object"],
    ["null", "null", "not an object"],
    ["without a type", "{}", "no type"],
    [
      "a row without a time",
      '{"type":"data","channel":1,"seq":1,"base":0,"rows":[[1]],"n":1}',
      "data.rows",
    ],
    [
      "a position without a sequence",
      '{"type":"snapshot","channel":1,"position":"k3f9","rows":[],"more":false}',
      "snapshot.position",
    ],
    ["another protocol", '{"type":"welcome","protocol":2}', "welcome.protocol"],
  ])("%s is broken, and says where", (_, text, where) => {
    expect(readFrame(text)).toEqual({ broken: where });
  });

  test("a type of tomorrow, or one every object has, is unknown", () => {
    expect(readFrame('{"type":"presence"}')).toEqual({ unknown: "presence" });
    expect(readFrame('{"type":"toString"}')).toEqual({ unknown: "toString" });
  });

  test("unknown fields are passed over", () => {
    expect(readFrame('{"type":"heartbeat","now":1,"mood":"good"}')).toHaveProperty("frame.now", 1);
  });
});

describe("what the client says is what the golden frames say", () => {
  const { type: _, ...latest } = frameNamed("subscribe");
  const { type: __, ...catalogue } = frameNamed("subscribe-catalogue");
  const { type: ___, ...resumed } = frameNamed("subscribe-resume");
  test.each([
    ["hello", commands.hello("dashboard/1.0"), "hello"],
    ["subscribe", commands.subscribe(latest as never), "subscribe"],
    ["subscribe to the catalogue", commands.subscribe(catalogue as never), "subscribe-catalogue"],
    ["subscribe from a position", commands.subscribe(resumed as never), "subscribe-resume"],
    ["unsubscribe", commands.unsubscribe(1), "unsubscribe"],
    ["pause", commands.pause(), "pause"],
    ["resume", commands.resume(), "resume"],
    ["ping", commands.ping(7), "ping"],
  ])("%s", (_name, text, name) => {
    expect(JSON.parse(text)).toEqual(frameNamed(name));
  });
});

test("a position splits at its last colon", () => {
  expect(splitPosition("k3f9:812")).toEqual({ epoch: "k3f9", seq: 812 });
  expect(splitPosition("a:b:7")).toEqual({ epoch: "a:b", seq: 7 });
});

test("only 35xx close codes forbid to come back", () => {
  for (const code of [1000, 1001, 1006, 3001, 3002, 3003, 3008, 3010, 3012])
    expect(mayReconnect(code)).toBe(true);
  for (const code of [3500, 3501, 3507, 3510]) expect(mayReconnect(code)).toBe(false);
});
