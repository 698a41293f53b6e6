/** Contrast of the real tokens in three themes (WCAG 2.2, 1.4.3 and 1.4.11), and how much hue they may have. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

type Theme = ReadonlyMap<string, string>;

const css = readFileSync(join(import.meta.dirname, "../../src/styles/tokens.css"), "utf8");

/** The tokens of each theme, as the style sheet names them. */
const themes = new Map<string, Theme>(
  [...css.matchAll(/^:root\[data-theme="(\w+)"\] \{([^}]+)\}/gm)].map(
    ([, name = "", body = ""]) => [
      name,
      new Map(
        [...body.matchAll(/--([\w-]+): (#[0-9a-f]+);/g)].map(([, token = "", hex = ""]) => [
          token,
          hex,
        ]),
      ),
    ],
  ),
);

/** Red, green and blue of a token, linear, 0 to 1. */
function linear(theme: Theme, token: string): readonly [number, number, number] {
  const hex = theme.get(token);
  if (hex === undefined) throw new Error(`There is no token --${token}.`);
  const digits =
    hex.length === 4 ? [...hex.slice(1)].map((digit) => digit + digit).join("") : hex.slice(1);
  const of = (at: number): number => {
    const part = Number.parseInt(digits.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  };
  return [of(0), of(2), of(4)];
}

function contrast(theme: Theme, one: string, other: string): number {
  const [a, b] = [one, other].map((token) => {
    const [r, g, blue] = linear(theme, token);
    return 0.2126 * r + 0.7152 * g + 0.0722 * blue + 0.05;
  }) as [number, number];
  return Math.max(a, b) / Math.min(a, b);
}

/** OKLCH chroma (Ottosson 2020). */
function chroma(theme: Theme, token: string): number {
  const [r, g, b] = linear(theme, token);
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return Math.hypot(
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  );
}

const grounds = ["canvas", "surface", "raised"];
const severities = ["crit", "high", "med", "low"];
const text = 4.5;
const mark = 3;

/** What stands on what, and the least contrast it must have. */
const pairs: readonly (readonly [token: string, ground: string, least: number])[] = [
  ...["ink1", "ink2", "ink3"].flatMap((ink) => grounds.map((on) => [ink, on, text] as const)),
  ...["ink1", "ink2"].map((ink) => [ink, "sunken", text] as const),
  ...["edge", "focus"].flatMap((line) => grounds.map((on) => [line, on, mark] as const)),
  ...["surface", "raised"].map((on) => ["spark", on, mark] as const),
  ["on-inverse", "inverse", text],
  ...severities.flatMap((severity) => [
    [`${severity}-on`, severity, text] as const,
    [`${severity}-ink`, `${severity}-tint`, text] as const,
    ...grounds.map((on) => [`${severity}-ink`, on, text] as const),
    ...grounds.map((on) => [`${severity}-edge`, on, mark] as const),
  ]),
  ...[2, 3, 4, 5, 6, 7, 8].flatMap((n) =>
    ["surface", "raised"].map((on) => [`series${n}`, on, mark] as const),
  ),
];
const neutrals = [
  ...grounds,
  "sunken",
  "line",
  "edge",
  "ink1",
  "ink2",
  "ink3",
  "inverse",
  "on-inverse",
  "spark",
  "cell",
  "hatch",
  "grid",
];

describe("the colours of every theme", () => {
  it("are read from the style sheet, three themes of equal size", () => {
    expect([...themes.keys()]).toEqual(["light", "dark", "contrast"]);
    expect(
      new Set([...themes.values()].map((theme) => [...theme.keys()].sort().join())),
    ).toHaveLength(1);
  });

  for (const [name, theme] of themes) {
    it(`stand out from what is behind them, ${name}`, () => {
      const weak = pairs
        .map(([token, ground, least]) => ({
          token,
          ground,
          least,
          is: contrast(theme, token, ground),
        }))
        .filter(({ is, least }) => is < least);
      expect(weak).toEqual([]);
    });

    it(`have hue only where an alarm is, ${name}`, () => {
      expect(neutrals.filter((token) => chroma(theme, token) > 0.022)).toEqual([]);
      const fills = severities.map((severity) => chroma(theme, severity));
      expect(Math.min(...fills)).toBeGreaterThan(0.09);
    });
  }
});
