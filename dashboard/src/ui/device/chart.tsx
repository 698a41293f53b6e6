/** The chart panel of a device: chosen metrics over the last 15 minutes, as lines or as a table. */
import { useComputed, useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { dashes } from "../../chart/palette.ts";
import { Plot } from "../../chart/plot.ts";
import { extremes, newest } from "../../chart/plot-data.ts";
import { clockTime, period, shortClock } from "../../data/times.ts";
import { words } from "../../data/words.ts";
import type { ChartColumns, ChartHole, DeviceView, SeriesView } from "../../state/index.ts";
import { useDashboard } from "../context.ts";
import { paletteInForce } from "../theme.ts";
import { Unit } from "../value.tsx";
import { ChartTable } from "./chart-table.tsx";
import { chosenSeries, toggled } from "./choice.ts";

/** The live window, in ms. */
export const windowMs = 15 * 60_000;
/** Metrics offered beside the chosen ones. */
const offered = 5;

/** The panel. */
export function ChartPanel({ view }: { view: DeviceView }) {
  const { route } = useDashboard();
  const asTable = useSignal(false);
  const columns = useSignal<readonly (ChartColumns | null)[]>([]);
  const chosen = chosenSeries(view, route.current.value.metrics);
  if (chosen.length === 0)
    return (
      <section class="panel">
        <p class="none">
          {view.groups.length === 0 ? words.device.noSeries : words.device.noNumbers}
        </p>
      </section>
    );
  const key = chosen.map(({ series }) => series).join(" ");
  return (
    <section class="panel" aria-label={chosen.map(({ label }) => label).join(", ")}>
      <header class="panel-head chart-head">
        <Picks view={view} chosen={chosen} />
        <span class="aside">{words.device.window}</span>
      </header>
      {asTable.value ? <ChartTable chosen={chosen} columns={columns.value} /> : null}
      <Drawn key={key} chosen={chosen} hidden={asTable.value} onColumns={columns} />
      <div class="chart-foot">
        <Note columns={columns.value} />
        <button
          type="button"
          class="link"
          onClick={() => {
            asTable.value = !asTable.value;
          }}
        >
          {asTable.value ? words.device.picture : words.device.table}
        </button>
      </div>
    </section>
  );
}

function Note({ columns }: { columns: readonly (ChartColumns | null)[] }) {
  const first = columns[0];
  if (first == null) return <span />;
  const hole = first.holes.at(-1);
  if (hole !== undefined) return <span>{holesIn(first, hole)}</span>;
  if (first.note !== "") return <span>{first.note}</span>;
  const step = (first.time[1] ?? 0) - (first.time[0] ?? 0);
  return <span>{step > 0 ? words.device.shade(period(step * 1000)) : ""}</span>;
}

/** The newest hole in words, and how many there are besides. */
function holesIn({ holes }: ChartColumns, { sentence: newest }: ChartHole): string {
  return holes.length === 1 ? newest : `${newest} ${words.device.moreHoles(holes.length - 1)}`;
}

function Picks({ view, chosen }: { view: DeviceView; chosen: readonly SeriesView[] }) {
  const { route } = useDashboard();
  const palette = paletteInForce.value;
  const others = view.groups
    .flatMap((group) => group.series)
    .filter((each) => !each.isState && !chosen.includes(each))
    .slice(0, offered);
  const press = (series: SeriesView) => () => route.filter({ metrics: toggled(chosen, series) });
  return (
    <fieldset class="picks" aria-label={words.device.chartPicks}>
      {chosen.map((series, index) => (
        <button
          type="button"
          class="pick"
          key={series.metric}
          aria-pressed="true"
          onClick={press(series)}
        >
          {chosen.length > 1 ? (
            <svg aria-hidden="true" viewBox="0 0 18 8">
              <path
                d="M0 4H18"
                stroke={palette.series[index] ?? palette.ink1}
                stroke-dasharray={(dashes[index] ?? []).join(" ")}
              />
            </svg>
          ) : null}
          {series.label}
          <Unit series={series.series} />
        </button>
      ))}
      {others.map((series) => (
        <button
          type="button"
          class="pick"
          key={series.metric}
          aria-pressed="false"
          onClick={press(series)}
        >
          + {series.label}
        </button>
      ))}
    </fieldset>
  );
}

function Drawn({
  chosen,
  hidden,
  onColumns,
}: {
  chosen: readonly SeriesView[];
  hidden: boolean;
  onColumns: { value: readonly (ChartColumns | null)[]; peek(): readonly (ChartColumns | null)[] };
}) {
  const { trends, link } = useDashboard();
  const host = useRef<HTMLDivElement>(null);
  const label = useSignal("");
  const theme = useComputed(() => paletteInForce.value).value;
  useLayoutEffect(() => {
    const element = host.current;
    if (element === null) return;
    onColumns.value = [];
    return drive(
      element,
      chosen,
      (latest) => {
        onColumns.value = latest;
      },
      { trends, zone: link.zone, palette: theme },
    );
  }, [theme]);
  return (
    <div
      ref={host}
      class="chart"
      role="img"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: its one-sentence summary is made when focus comes
      tabIndex={0}
      hidden={hidden}
      aria-label={label.value === "" ? chosen.map((each) => each.label).join(", ") : label.value}
      onFocus={() => {
        label.value = chosen
          .map((series, index) => sentence(series, onColumns.peek()[index] ?? null))
          .join(" ");
      }}
    />
  );
}

/** One sentence for people who do not see the chart. */
function sentence(series: SeriesView, columns: ChartColumns | null): string {
  const range = columns === null ? null : extremes(columns);
  const last = columns === null ? null : newest(columns);
  if (columns === null || range === null || last === null)
    return words.device.summaryEmpty(series.label);
  const summary = words.device.summary(
    series.label,
    columns.format(range.low),
    columns.format(range.high),
    columns.format(last.value),
  );
  const hole = columns.holes.at(-1);
  return hole === undefined ? summary : `${summary} ${holesIn(columns, hole)}`;
}

/** Opens the columns of all lines and draws them together, once a frame. */
function drive(
  host: HTMLElement,
  chosen: readonly SeriesView[],
  onColumns: (columns: readonly (ChartColumns | null)[]) => void,
  with_: {
    trends: ReturnType<typeof useDashboard>["trends"];
    zone: string;
    palette: ReturnType<typeof paletteInForce.peek>;
  },
): () => void {
  const { zone } = with_;
  const plot = new Plot({
    host,
    palette: with_.palette,
    lines: chosen.map(({ label, unit }) => ({ label, unit })),
    clock: (seconds) => shortClock(seconds * 1000, zone),
    clockExact: (seconds) => clockTime(seconds * 1000, zone),
  });
  const latest: (ChartColumns | null)[] = chosen.map(() => null);
  let frame = 0;
  let said = 0;
  const draw = () => {
    frame = 0;
    if (host.hidden) return;
    plot.draw();
  };
  const columnsWanted = Math.max(120, Math.min(1200, host.clientWidth - 110));
  const handles = chosen.map(({ series }, index) =>
    with_.trends.chart({ series, windowMs, columns: columnsWanted }, (columns) => {
      latest[index] = columns;
      plot.set(index, columns);
      if (frame === 0) frame = requestAnimationFrame(draw);
      // The foot and the table are text: once a second is enough.
      if (performance.now() - said < 1000) return;
      said = performance.now();
      onColumns([...latest]);
    }),
  );
  const observer = new ResizeObserver(() => {
    if (host.clientWidth > 0) plot.resize(host.clientWidth, host.clientHeight);
  });
  observer.observe(host);
  return () => {
    observer.disconnect();
    cancelAnimationFrame(frame);
    for (const handle of handles) handle.dispose();
    plot.dispose();
  };
}
