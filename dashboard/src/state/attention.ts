/**
 * "Needs attention": most urgent first, then longest; it moves only while nobody is in it.
 *
 * A flood is one row: five or more devices of one place with the same cause within a minute. A row that is over stays
 * 10 s, struck, at the same height.
 */
import { type ReadonlySignal, signal } from "@preact/signals";
import type { Timers } from "../data/clock.ts";
import { placeLabel } from "../data/labels.ts";
import { naturally } from "../data/natural.ts";
import { words } from "../data/strings.ts";
import { absoluteTime } from "../data/times.ts";
import type { Attention } from "./dashboard.ts";
import type { LinkState } from "./link.ts";
import type { AttentionRow, AttentionView } from "./views.ts";

const settleMs = 2000;
const clearedMs = 10_000;
const floodSize = 5;
const floodMs = 60_000;

/** A device that needs attention. */
export interface Need {
  readonly device: string;
  readonly name: string;
  readonly place: string;
  readonly cause: "offline" | "stale";
  readonly what: string;
  readonly series: number | null;
  readonly since: number;
}

const urgency = { offline: 0, stale: 1 } as const;

function inOrder(a: Need, b: Need): number {
  return urgency[a.cause] - urgency[b.cause] || a.since - b.since || naturally(a.name, b.name);
}

function single(need: Need): AttentionRow {
  return {
    id: `${need.cause}/${need.device}`,
    devices: [need.device],
    glyph: need.cause,
    name: need.name,
    what: need.what,
    series: need.series,
    since: need.since,
    cleared: false,
  };
}

/** Needs with one cause and place, each run of them within a minute of its first. */
function runsOf(needs: readonly Need[]): Need[][] {
  const groups = new Map<string, Need[]>();
  for (const need of needs) {
    const name = `${need.cause}/${need.place}`;
    const group = groups.get(name);
    if (group) group.push(need);
    else groups.set(name, [need]);
  }
  const runs: Need[][] = [];
  for (const group of groups.values()) {
    let run: Need[] = [];
    for (const need of group.sort(inOrder)) {
      if (run.length > 0 && need.since - (run[0]?.since ?? 0) > floodMs) {
        runs.push(run);
        run = [];
      }
      run.push(need);
    }
    runs.push(run);
  }
  return runs;
}

/** Folds floods; rows in order of urgency. `when` words a time. */
export function rowsOf(needs: readonly Need[], when: (time: number) => string): AttentionRow[] {
  const rows: { readonly first: Need; readonly row: AttentionRow }[] = [];
  for (const run of runsOf(needs)) {
    const [first] = run;
    if (first && run.length >= floodSize) rows.push({ first, row: folded(run, first, when) });
    else for (const need of run) rows.push({ first: need, row: single(need) });
  }
  return rows.sort((a, b) => inOrder(a.first, b.first)).map(({ row }) => row);
}

function folded(flood: readonly Need[], first: Need, when: (time: number) => string): AttentionRow {
  const { foldedOffline, foldedStale } = words.attention;
  const say = first.cause === "offline" ? foldedOffline : foldedStale;
  return {
    id: `${first.cause}/${first.place}/${first.since}`,
    devices: flood.map((one) => one.device),
    glyph: first.cause,
    name: first.place === "" ? words.noPlace : placeLabel(first.place),
    what: say(flood.length, when(first.since)),
    series: null,
    since: first.since,
    cleared: false,
  };
}

export interface AttentionOptions {
  readonly timers: Timers;
  readonly link: LinkState;
}

export class AttentionState implements Attention {
  readonly #options: AttentionOptions;
  readonly #view = signal<AttentionView>(viewOf([], 0));
  /** What is true, in the order it should stand. */
  #rows: readonly AttentionRow[] = [];
  /** Rows that are over, and until when they stay. */
  readonly #cleared = new Map<string, number>();
  #held = false;
  #cancel: (() => void) | null = null;

  constructor(options: AttentionOptions) {
    this.#options = options;
  }

  get view(): ReadonlySignal<AttentionView> {
    return this.#view;
  }

  /** What needs attention now. */
  update(needs: readonly Need[]): void {
    const { link } = this.#options;
    this.#rows = rowsOf(needs, (time) => absoluteTime(time, link.now(), link.zone, false));
    this.#lay(false);
  }

  /** Once a second: rows that have been over long enough go, unless someone is in the list. */
  tick(): void {
    if (this.#cleared.size > 0) this.#lay(false);
  }

  hold(held: boolean): void {
    this.#cancel?.();
    this.#cancel = null;
    if (held) {
      this.#held = true;
      return;
    }
    this.#cancel = this.#options.timers.after(settleMs, () => {
      this.#held = false;
      this.#lay(false);
    });
  }

  show(): void {
    this.#lay(true);
  }

  #lay(anew: boolean): void {
    const now = this.#options.timers.monotonic();
    const before = this.#view.peek();
    const current = new Map(this.#rows.map((row) => [row.id, row]));
    for (const row of before.rows)
      if (!current.has(row.id) && !this.#cleared.has(row.id))
        this.#cleared.set(row.id, now + clearedMs);
    for (const id of current.keys()) this.#cleared.delete(id);
    const heirs = heirsOf(before.rows, current);
    const rows =
      this.#held && !anew
        ? this.#inPlace(before.rows, current, heirs)
        : this.#ordered(before.rows, now, heirs);
    const shown = new Set(rows.map((row) => row.id));
    const waiting = this.#rows.filter((row) => !shown.has(row.id)).length;
    for (const id of this.#cleared.keys()) if (!shown.has(id)) this.#cleared.delete(id);
    const view = viewOf(rows, waiting);
    if (JSON.stringify(view) !== JSON.stringify(before)) this.#view.value = view;
  }

  /** Someone is in the list: every row keeps its place, whatever became of it. A fold of several rows waits. */
  #inPlace(
    before: readonly AttentionRow[],
    current: ReadonlyMap<string, AttentionRow>,
    heirs: ReadonlyMap<string, AttentionRow>,
  ): readonly AttentionRow[] {
    return before.map((row) => {
      const heir = heirs.get(row.id);
      if (!heir) return current.get(row.id) ?? { ...row, cleared: true };
      return heir.devices.length === 1 && row.devices.length === 1 ? heir : row;
    });
  }

  /** In order of urgency, those just over where they stood, unless another row now tells of the same device. */
  #ordered(
    before: readonly AttentionRow[],
    now: number,
    heirs: ReadonlyMap<string, AttentionRow>,
  ): readonly AttentionRow[] {
    const rows = [...this.#rows];
    for (const [index, row] of before.entries()) {
      if (heirs.has(row.id) || (this.#cleared.get(row.id) ?? 0) <= now) continue;
      rows.splice(Math.min(index, rows.length), 0, { ...row, cleared: true });
    }
    return rows;
  }
}

/** By the id of a row that is gone: the row that now tells of its device, or of some of its devices. */
function heirsOf(
  before: readonly AttentionRow[],
  current: ReadonlyMap<string, AttentionRow>,
): ReadonlyMap<string, AttentionRow> {
  const telling = new Map<string, AttentionRow>();
  for (const row of current.values()) for (const device of row.devices) telling.set(device, row);
  const heirs = new Map<string, AttentionRow>();
  for (const row of before) {
    if (current.has(row.id)) continue;
    const heir = row.devices.map((device) => telling.get(device)).find((found) => found);
    if (heir) heirs.set(row.id, heir);
  }
  return heirs;
}

function viewOf(rows: readonly AttentionRow[], waiting: number): AttentionView {
  const sum = (some: readonly AttentionRow[], glyph: string): number =>
    some
      .filter((row) => row.glyph === glyph && !row.cleared)
      .reduce((total, row) => total + row.devices.length, 0);
  return {
    total: sum(rows, "offline") + sum(rows, "stale"),
    rows,
    waiting,
    empty: rows.length === 0 ? words.attention.empty : "",
    more: (shown) => {
      const rest = rows.slice(shown);
      const offline = sum(rest, "offline");
      const stale = sum(rest, "stale");
      return offline + stale === 0 ? "" : words.attention.more(offline + stale, offline, stale);
    },
  };
}
