/**
 * The device page's chart: uPlot, driven by hand.
 *
 * Data comes at most ten times a second from the engine; the time range is the hub's, the value range has the trend
 * lines' hysteresis. Between two draws nothing happens here.
 */
import uPlot from "uplot";
import { Room } from "../data/room.ts";
import type { ChartColumns } from "../state/index.ts";
import { paintHoles } from "./holes.ts";
import { dashes, type Palette } from "./palette.ts";
import { axisLabels, newest, spread, tableOf, withoutUnit } from "./plot-data.ts";

/** A line of the chart. */
export interface PlotLine {
  readonly label: string;
  readonly unit: string;
}

/** What the chart needs besides its data. */
export interface PlotOptions {
  readonly host: HTMLElement;
  readonly lines: readonly PlotLine[];
  readonly palette: Palette;
  /** Words for a time on the axis, and to the second. */
  readonly clock: (seconds: number) => string;
  readonly clockExact: (seconds: number) => string;
}

/** Room at the right for the value tags, in px: the value alone, or names too where there are several lines. */
const tagRoom = { one: 62, several: 148 };
/** Time labels stand at least this far apart, in px; closer in narrow charts. */
const timeSpace = { wide: 90, narrow: 56 };
const narrowPx = 480;
/** Height of a tag, in px. */
const tagHeight = 20;
const lineWidth = 1.5;
const dotRadius = 3;

/** A chart of one or more lines over the same window. */
export class Plot {
  #options: PlotOptions;
  #plot: uPlot;
  #lines: (ChartColumns | null)[];
  #tags: HTMLElement[];
  #rooms: Room[];
  #readout: HTMLElement;

  constructor(options: PlotOptions) {
    this.#options = options;
    this.#lines = options.lines.map(() => null);
    this.#rooms = options.lines.map(() => new Room());
    this.#readout = document.createElement("div");
    this.#readout.className = "readout";
    this.#readout.hidden = true;
    this.#tags = options.lines.map((_, index) => {
      const tag = document.createElement("div");
      tag.className = index === 0 ? "tag" : "tag is-more";
      tag.hidden = true;
      return tag;
    });
    this.#plot = new uPlot(this.#configuration(), tableOf(this.#lines) as uPlot.AlignedData);
    options.host.append(this.#plot.root, ...this.#tags, this.#readout);
  }

  /** Takes new columns of a line; draw once after all lines have been told. */
  set(index: number, columns: ChartColumns): void {
    this.#lines[index] = columns;
  }

  /** Draws what it was told. */
  draw(): void {
    this.#plot.setData(tableOf(this.#lines) as uPlot.AlignedData);
    this.#showReadout();
  }

  /** Follows its host's size, in CSS px. */
  resize(width: number, height: number): void {
    this.#plot.setSize({ width, height });
  }

  dispose(): void {
    this.#plot.destroy();
    for (const tag of this.#tags) tag.remove();
    this.#readout.remove();
  }

  #units(): string[] {
    return [...new Set(this.#options.lines.map(({ unit }) => unit))];
  }

  #scaleOf(index: number): string {
    return `y${this.#units().indexOf(this.#options.lines[index]?.unit ?? "")}`;
  }

  /** The range of a unit's scale: of all its lines together. */
  #rangeOf(scale: string): [number, number] {
    const ranges = this.#lines.flatMap((line, index) =>
      line !== null && this.#scaleOf(index) === scale ? [line.range] : [],
    );
    if (ranges.length === 0) return [0, 1];
    return [Math.min(...ranges.map(([low]) => low)), Math.max(...ranges.map(([, high]) => high))];
  }

  #configuration(): uPlot.Options {
    const { host, palette, lines } = this.#options;
    const units = this.#units();
    const first = () => this.#lines.find((line) => line !== null);
    const scales: uPlot.Scales = {
      x: { time: true, range: () => [first()?.from ?? 0, first()?.to ?? 1] },
    };
    for (const index of units.keys())
      scales[`y${index}`] = { range: (_, __, ___, key) => this.#rangeOf(key) };
    return {
      width: Math.max(200, host.clientWidth),
      height: Math.max(100, host.clientHeight),
      pxAlign: 0,
      padding: [10, lines.length > 1 ? tagRoom.several : tagRoom.one, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false, setScale: false }, points: { show: false } },
      scales,
      axes: [this.#timeAxis(), ...units.map((_, index) => this.#valueAxis(index))],
      series: [{}, ...lines.flatMap((line, index) => this.#seriesOf(line, index, palette))],
      bands: lines.map((_, index) => ({
        series: [index * 3 + 1, index * 3 + 2] as [number, number],
        fill: faded(palette.series[index] ?? palette.ink1),
      })),
      hooks: {
        drawAxes: [(plot) => this.#drawHoles(plot)],
        draw: [(plot) => this.#drawDots(plot), () => this.#placeTags()],
        setCursor: [() => this.#showReadout()],
      },
    };
  }

  #seriesOf(line: PlotLine, index: number, palette: Palette): uPlot.Series[] {
    const scale = this.#scaleOf(index);
    const edge: uPlot.Series = { scale, width: 0, points: { show: false } };
    return [
      edge,
      edge,
      {
        label: line.label,
        scale,
        stroke: palette.series[index] ?? palette.ink1,
        width: lineWidth,
        dash: [...(dashes[index] ?? [])],
        points: { show: false },
      },
    ];
  }

  #timeAxis(): uPlot.Axis {
    const { palette, clock } = this.#options;
    return {
      stroke: palette.ink3,
      font: axisFont,
      size: 26,
      gap: 6,
      space: (plot) => (plot.width < narrowPx ? timeSpace.narrow : timeSpace.wide),
      // Whole minutes and more, in s.
      incrs: [60, 120, 180, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400],
      values: (_, splits) => splits.map(clock),
      grid: { show: false },
      ticks: { show: false },
    };
  }

  #valueAxis(index: number): uPlot.Axis {
    const { palette } = this.#options;
    // The axis keeps the room of its longest label, or the whole chart would move with it.
    let longest = 3;
    return {
      scale: `y${index}`,
      stroke: palette.ink3,
      font: axisFont,
      size: (_, labels) => {
        longest = Math.max(longest, ...(labels ?? []).map((label) => label.length));
        return 16 + 7 * longest;
      },
      gap: 8,
      space: 28,
      values: (_, splits) => {
        const line = this.#lines.find(
          (each, position) => each !== null && this.#scaleOf(position) === `y${index}`,
        );
        return line == null ? splits.map(() => "") : axisLabels(splits, line.format);
      },
      grid: { show: index === 0, stroke: palette.grid, width: 1 },
      ticks: { show: false },
    };
  }

  /** Of the first line: others may have been heard meanwhile, and go on across it. */
  #drawHoles(plot: uPlot): void {
    const line = this.#lines[0];
    if (line == null) return;
    const { ctx, bbox } = plot;
    const ratio = uPlot.pxRatio;
    const box = {
      top: bbox.top / ratio,
      left: bbox.left / ratio,
      right: (bbox.left + bbox.width) / ratio,
      height: bbox.height / ratio,
      x: (time: number) => plot.valToPos(time, "x", true) / ratio,
    };
    ctx.save();
    ctx.scale(ratio, ratio);
    paintHoles(ctx, line.holes, box, this.#options.palette);
    ctx.restore();
  }

  #drawDots(plot: uPlot): void {
    const { ctx } = plot;
    const { palette } = this.#options;
    for (const [index, line] of this.#lines.entries()) {
      const last = line === null ? null : newest(line);
      if (last === null) continue;
      ctx.beginPath();
      ctx.arc(
        plot.valToPos(last.time, "x", true),
        plot.valToPos(last.value, this.#scaleOf(index), true),
        dotRadius * uPlot.pxRatio,
        0,
        2 * Math.PI,
      );
      ctx.fillStyle = palette.series[index] ?? palette.ink1;
      ctx.fill();
    }
  }

  /** The newest value of each line stands at its end; further lines bring their names. */
  #placeTags(): void {
    const plot = this.#plot as uPlot | undefined;
    // uPlot draws once while it is being made.
    if (plot === undefined) return;
    const ratio = uPlot.pxRatio;
    const found = this.#lines.map((line, index) => {
      const last = line === null ? null : newest(line);
      if (line === null || last === null) return null;
      return { line, y: plot.valToPos(last.value, this.#scaleOf(index)), value: last.value };
    });
    const shown = found.flatMap((each, index) => (each === null ? [] : [{ ...each, index }]));
    const top = plot.bbox.top / ratio;
    const tops = spread(
      shown.map(({ y }) => y + top - tagHeight / 2),
      tagHeight,
      plot.bbox.height / ratio + top + tagHeight / 2,
    );
    for (const [index, tag] of this.#tags.entries()) tag.hidden = found[index] === null;
    for (const [position, { index, line, value }] of shown.entries()) {
      const tag = this.#tags[index] as HTMLElement;
      // By transform: a number that moves along its axis moves no layout.
      tag.style.transform = `translateY(${tops[position]}px)`;
      // It keeps the widest room its number had.
      const number = (this.#rooms[index] as Room).fit(withoutUnit(line.format(value))).text;
      const label = this.#options.lines[index]?.label ?? "";
      const text = this.#lines.length > 1 ? `${number}  ${label}` : number;
      if (tag.textContent !== text) tag.textContent = text;
    }
  }

  #showReadout(): void {
    const plot = this.#plot;
    const { left, idx } = plot.cursor;
    if (left === undefined || left < 0 || idx == null) {
      this.#readout.hidden = true;
      return;
    }
    const at = plot.posToVal(left, "x");
    const hole = this.#lines[0]?.holes.find(({ from, to }) => from < at && at < to);
    const rows = this.#lines.flatMap((line, index) => {
      if (index === 0 && hole !== undefined) return [hole.sentence];
      const value = plot.data[index * 3 + 3]?.[idx];
      if (line === null || value == null) return [];
      const name = this.#lines.length > 1 ? `${this.#options.lines[index]?.label} ` : "";
      return [`${name}${line.format(value)}`];
    });
    const time = hole === undefined ? plot.data[0][idx] : at;
    this.#readout.hidden = rows.length === 0 || time === undefined;
    if (time === undefined || rows.length === 0) return;
    const when = document.createElement("small");
    when.textContent = this.#options.clockExact(time);
    this.#readout.replaceChildren(
      ...rows.map((row) => {
        const host = document.createElement("div");
        host.textContent = row;
        return host;
      }),
      when,
    );
    const x = left + plot.bbox.left / uPlot.pxRatio;
    const room = plot.width - this.#readout.offsetWidth - 8;
    this.#readout.style.left = `${Math.max(0, x + 12 > room ? x - this.#readout.offsetWidth - 12 : x + 12)}px`;
  }
}

const axisFont = '11px system-ui, -apple-system, "Segoe UI", Roboto, Inter, Arial, sans-serif';

/** A translucent shade of a colour; system colour names cannot be thinned, so they give none. */
function faded(colour: string): string {
  if (/^#[0-9a-f]{6}$/i.test(colour)) return `${colour}26`;
  if (/^#[0-9a-f]{3}$/i.test(colour)) return `${colour}3`;
  return "transparent";
}
