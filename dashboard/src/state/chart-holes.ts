/** Holes in a chart's readings: where they are, and what is said of them. */
import { words } from "../data/strings.ts";
import { clockTime } from "../data/times.ts";
import type { ChartHole } from "./dashboard.ts";
import type { Outages, Stretch } from "./outages.ts";

export interface HoleFacts {
  readonly device: string;
  readonly outages: Outages;
  /** Silence of this length is no hole, in ms. */
  readonly usual: number;
  /** Left edge of the window, ms. */
  readonly from: number;
  readonly zone: string;
}

/** Says of each stretch why it is empty; those before the window are left out, one that reaches into it is cut. */
export function holesOf(stretches: readonly Stretch[], facts: HoleFacts): ChartHole[] {
  const { device, outages, usual, zone } = facts;
  return stretches
    .filter(({ to }) => to > facts.from)
    .map((stretch) => {
      const { from, open, to } = stretch;
      const why = outages.why(device, stretch, usual);
      const reason = open ? words.chart.lasts[why] : words.chart.lasted[why];
      const [since, until] = [clockTime(from, zone), clockTime(to, zone)];
      return {
        from: Math.max(from, facts.from) / 1000,
        to: to / 1000,
        open,
        reason,
        sentence: open
          ? words.chart.holeLasts(since, reason)
          : words.chart.holeLasted(since, until, reason),
      };
    });
}
