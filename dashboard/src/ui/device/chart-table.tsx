/** The chart's readings as a table: one row per minute, newest first. */
import { browserZone, shortClock } from "../../data/times.ts";
import { words } from "../../data/words.ts";
import type { ChartColumns, SeriesView } from "../../state/index.ts";

/** A row of the table: a minute of one series. */
export interface Minute {
  /** Start, in s. */
  readonly time: number;
  readonly low: number;
  readonly high: number;
  readonly mean: number;
}

/** Gathers columns into whole minutes, newest first; minutes without readings are left out. */
export function minutesOf(columns: ChartColumns): Minute[] {
  const minutes = new Map<number, { low: number; high: number; sum: number; n: number }>();
  for (let column = 0; column < columns.time.length; column++) {
    const mean = columns.mean[column] as number;
    if (Number.isNaN(mean)) continue;
    const time = Math.floor((columns.time[column] as number) / 60) * 60;
    const minute = minutes.get(time) ?? {
      low: Number.POSITIVE_INFINITY,
      high: Number.NEGATIVE_INFINITY,
      sum: 0,
      n: 0,
    };
    minute.low = Math.min(minute.low, columns.min[column] as number);
    minute.high = Math.max(minute.high, columns.max[column] as number);
    minute.sum += mean;
    minute.n += 1;
    minutes.set(time, minute);
  }
  return [...minutes]
    .map(([time, { low, high, sum, n }]) => ({ time, low, high, mean: sum / n }))
    .sort((a, b) => b.time - a.time);
}

/** The first chosen metric's minutes. */
export function ChartTable({
  chosen,
  columns,
}: {
  chosen: readonly SeriesView[];
  columns: readonly (ChartColumns | null)[];
}) {
  const zone = browserZone();
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
