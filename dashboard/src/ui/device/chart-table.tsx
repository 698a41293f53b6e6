/** The chart's readings as a table: one row per minute, newest first. */
import { shortClock } from "../../data/times.ts";
import { words } from "../../data/words.ts";
import type { ChartColumns, SeriesView } from "../../state/index.ts";
import { useDashboard } from "../context.ts";
import { minutesOf } from "./minutes.ts";

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
                : minutesOf(line).map((minute) => (
                    <tr key={minute.time}>
                      <th scope="row">{shortClock(minute.time * 1000, zone)}</th>
                      <td>{line.format(minute.low)}</td>
                      <td>{line.format(minute.mean)}</td>
                      <td>{line.format(minute.high)}</td>
                    </tr>
                  ))}
            </tbody>
          </table>
        );
      })}
    </section>
  );
}
