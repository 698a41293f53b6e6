/** The chart's readings as a table: one row per minute, newest first. */
import { shortClock } from "../../data/times.ts";
import { words } from "../../data/words.ts";
import type { ChartColumns, SeriesView } from "../../state/index.ts";
import { useDashboard } from "../context.ts";
import { type Minute, minutesOf } from "./minutes.ts";

/** Minutes with readings, and the holes between them, newest first. */
function rowsOf(line: ChartColumns): readonly (Minute | { time: number; sentence: string })[] {
  const holes = line.holes.map(({ from, sentence }) => ({ time: from, sentence }));
  return [...minutesOf(line), ...holes].sort((a, b) => b.time - a.time);
}

/** A table per chosen metric. */
export function ChartTable({
  chosen,
  columns,
}: {
  chosen: readonly SeriesView[];
  columns: readonly (ChartColumns | null)[];
}) {
  const { zone } = useDashboard().link;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling part must be reachable by keys (WCAG 2.1.1)
    <section class="chart-table" tabIndex={0} aria-label={words.device.table}>
      {chosen.map((series, index) => {
        const line = columns[index];
        return (
          <table key={series.series}>
            <caption class="vh">{series.label}</caption>
            <thead>
              <tr>
                <th scope="col">
                  {chosen.length > 1 ? `${series.label}, ` : ""}
                  {words.device.time}
                </th>
                <th scope="col">{words.device.low}</th>
                <th scope="col">{words.device.mean}</th>
                <th scope="col">{words.device.high}</th>
              </tr>
            </thead>
            <tbody>
              {line == null
                ? null
                : rowsOf(line).map((row) => (
                    <tr key={row.time}>
                      <th scope="row">{shortClock(row.time * 1000, zone)}</th>
                      {"sentence" in row ? (
                        <td colSpan={3}>{row.sentence}</td>
                      ) : (
                        <>
                          <td>{line.format(row.low)}</td>
                          <td>{line.format(row.mean)}</td>
                          <td>{line.format(row.high)}</td>
                        </>
                      )}
                    </tr>
                  ))}
            </tbody>
          </table>
        );
      })}
    </section>
  );
}
