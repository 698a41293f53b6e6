/** The colours a canvas draws with, read once per theme from the same custom properties as the style sheets. */

/** Colours by the names of the tokens. */
export interface Palette {
  readonly canvas: string;
  readonly surface: string;
  readonly line: string;
  readonly edge: string;
  readonly ink1: string;
  readonly ink2: string;
  readonly ink3: string;
  readonly spark: string;
  readonly cell: string;
  readonly hatch: string;
  readonly grid: string;
  /** Severity fills, for alarm shapes. */
  readonly fill: Readonly<Record<string, string>>;
  /** Severity inks, for limits and outlines. */
  readonly ink: Readonly<Record<string, string>>;
  /** Chart series 1 to 8; the first is the ink of values. */
  readonly series: readonly string[];
}

const severities = [
  ["critical", "crit"],
  ["high", "high"],
  ["medium", "med"],
  ["low", "low"],
] as const;

/**
 * Reads the palette in force.
 *
 * @param read - Gives a custom property's value by its name without dashes; the page passes its root's computed style.
 */
export function readPalette(read: (token: string) => string): Palette {
  const of = (suffix: string) =>
    Object.fromEntries(severities.map(([name, token]) => [name, read(`${token}${suffix}`)]));
  return {
    canvas: read("canvas"),
    surface: read("surface"),
    line: read("line"),
    edge: read("edge"),
    ink1: read("ink1"),
    ink2: read("ink2"),
    ink3: read("ink3"),
    spark: read("spark"),
    cell: read("cell"),
    hatch: read("hatch"),
    grid: read("grid"),
    fill: of(""),
    ink: of("-ink"),
    series: [read("ink1"), ...[2, 3, 4, 5, 6, 7, 8].map((position) => read(`series${position}`))],
  };
}

/** Dash patterns of chart series 1 to 8, in px: colour is never the only difference. */
export const dashes: readonly (readonly number[])[] = [
  [],
  [6, 3],
  [2, 3],
  [9, 3, 2, 3],
  [4, 2],
  [12, 4],
  [2, 2],
  [8, 2, 2, 2, 2, 2],
];
