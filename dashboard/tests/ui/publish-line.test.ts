import { describe, expect, it } from "vitest";
import { publishLine } from "../../src/ui/overview/publish-line.ts";

const rest = `-t test/room -m '{"temperature": 21.5}'`;

describe("the line that makes a first device", () => {
  it("is the shortest one for a broker on this machine and the usual port", () => {
    for (const broker of ["", "127.0.0.1:1883", "localhost:1883", "[::1]:1883"])
      expect(publishLine(broker)).toBe(`mosquitto_pub ${rest}`);
  });

  it("names a port and a host that are not the usual ones", () => {
    expect(publishLine("127.0.0.1:18932")).toBe(`mosquitto_pub -p 18932 ${rest}`);
    expect(publishLine("broker.plant:1883")).toBe(`mosquitto_pub -h broker.plant ${rest}`);
    expect(publishLine("[fd00::7]:1884")).toBe(`mosquitto_pub -h fd00::7 -p 1884 ${rest}`);
  });
});
