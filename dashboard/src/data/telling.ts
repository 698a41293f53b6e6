/**
 * Which metrics of a device stand on its card.
 *
 * Chosen per family, the devices with the same set of metric names, so all pumps show the same metrics in the same
 * places. What was chosen stays: a challenger must lead by 15.
 */
import type { Kind } from "./kinds.ts";
import { kinds } from "./kinds.ts";
import { naturally } from "./natural.ts";

/** A primary value and three more. */
export const slotsPerCard = 4;
const leadNeeded = 15;
const alarmBonus = { critical: 400, high: 300, medium: 200, low: 100 } as const;

/** What the score of a metric is made of. */
export interface Evidence {
  readonly pinned?: boolean;
  readonly severity?: keyof typeof alarmBonus | null;
  readonly kind: Kind;
  /** The newest number, or null. */
  readonly value: number | null;
  /** Median and median absolute deviation of the last hour; null while unknown. */
  readonly hour: { readonly median: number; readonly deviation: number } | null;
  /** The smallest step its formatter can show. */
  readonly resolution: number;
  /** No change for 24 h. */
  readonly unchanged: boolean;
}

/** A weak battery or link tells more than a healthy one. */
function weightOf({ kind, value }: Evidence): number {
  if (kind === kinds.battery && value !== null && value < 20) return 70;
  if (kind === kinds.link && value !== null && value < -110) return 25;
  return kind.weight;
}

/** `pin 1000 + alarm + K + 20·min(1, |x − median| / (3·MAD + resolution)) − 30 if unchanged and no state`. */
export function score(evidence: Evidence): number {
  const { hour, kind, pinned, resolution, severity, unchanged, value } = evidence;
  const moved =
    hour === null || value === null
      ? 0
      : Math.min(1, Math.abs(value - hour.median) / (3 * hour.deviation + resolution));
  return (
    (pinned ? 1000 : 0) +
    (severity ? alarmBonus[severity] : 0) +
    weightOf(evidence) +
    20 * moved -
    (unchanged && !kind.isState ? 30 : 0)
  );
}

/** A metric that could stand on the card. */
export interface Candidate {
  readonly metric: string;
  readonly kind: Kind;
  readonly score: number;
  /** Its place in what the device itself sends: people put first what matters. */
  readonly order: number;
}

const phase = /(^|_)(l[123]|phase_?[abc123])(_|$)/;

/** What may stand only once: its kind, except the three phases, and what has no kind of its own. */
function classOf({ kind, metric }: Candidate): string {
  const own = phase.test(metric) || kind === kinds.number || kind === kinds.state;
  return own ? `${kind.name}/${metric}` : kind.name;
}

function order(a: Candidate, b: Candidate): number {
  return b.score - a.score || a.order - b.order || naturally(a.metric, b.metric);
}

/**
 * The metrics of a family's card, primary first, at most four, one per kind.
 *
 * `previous` keeps its places; a challenger takes the place of the weakest it beats by 15. Metrics of weight 0 stand
 * only where nothing else is there.
 */
export function chooseSlots(
  candidates: readonly Candidate[],
  previous: readonly string[] = [],
): readonly string[] {
  const telling = candidates.filter((one) => one.kind.weight > 0);
  const pool = [...(telling.length > 0 ? telling : candidates)].sort(order);
  const best = onePerKind(pool);
  const held = previous
    .map((metric) => pool.find((one) => one.metric === metric))
    .filter((one) => one !== undefined);
  if (held.length === 0) return best.slice(0, slotsPerCard).map((one) => one.metric);
  const slots = held.slice(0, slotsPerCard);
  for (const challenger of best) place(challenger, slots);
  return slots.map((one) => one.metric);
}

function onePerKind(pool: readonly Candidate[]): Candidate[] {
  const taken = new Set<string>();
  return pool.filter((one) => {
    const name = classOf(one);
    if (taken.has(name)) return false;
    taken.add(name);
    return true;
  });
}

/** Lets a challenger in: beside its own kind's holder, into a free place, or instead of the weakest. */
function place(challenger: Candidate, slots: Candidate[]): void {
  if (slots.some((one) => one.metric === challenger.metric)) return;
  const rival = slots.findIndex((one) => classOf(one) === classOf(challenger));
  if (rival >= 0) {
    if (leads(challenger, slots[rival])) slots[rival] = challenger;
    return;
  }
  if (slots.length < slotsPerCard) {
    slots.push(challenger);
    return;
  }
  let weakest = 0;
  for (let index = 1; index < slots.length; index += 1)
    if ((slots[index]?.score ?? 0) < (slots[weakest]?.score ?? 0)) weakest = index;
  if (leads(challenger, slots[weakest])) slots[weakest] = challenger;
}

function leads(challenger: Candidate, holder: Candidate | undefined): boolean {
  return holder === undefined || challenger.score >= holder.score + leadNeeded;
}

/** A metric in alarm that has no place takes the last one, on this device only. */
export function withAlarm(slots: readonly string[], inAlarm: readonly string[]): readonly string[] {
  const without = inAlarm.find((metric) => !slots.includes(metric));
  if (without === undefined) return slots;
  return slots.length < slotsPerCard ? [...slots, without] : [...slots.slice(0, -1), without];
}

/** A family's name: its metric names, sorted. Devices with the same one show the same metrics. */
export function familyOf(metrics: readonly string[]): string {
  return [...metrics].sort().join("\n");
}
