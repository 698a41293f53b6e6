/** What the browser notes of things that move by themselves: its `layout-shift` entries, and what it says moved. */
import type { Page } from "playwright-core";

/** One `layout-shift` entry. */
export interface Shift {
  /** Share of the screen that moved, times how far: what the browser adds up. */
  readonly value: number;
  /** The reader had just done something, so moving was the answer to it. */
  readonly byReader: boolean;
  /** What moved, from where to where: `num "10.4" in value 201,352 → 215,352`. */
  readonly moved: readonly string[];
}

interface Entry extends PerformanceEntry {
  readonly value: number;
  readonly hadRecentInput: boolean;
  readonly sources?: readonly {
    readonly node: Node | null;
    readonly previousRect: DOMRectReadOnly;
    readonly currentRect: DOMRectReadOnly;
  }[];
}

/** For `page.evaluate`: from now on the page keeps its shifts for {@link shiftsOf}. */
function watch(): void {
  const seen: Shift[] = [];
  const classOf = (element: Element | null | undefined): string =>
    element?.getAttribute("class") || element?.nodeName.toLowerCase() || "?";
  const at = ({ x, y }: DOMRectReadOnly): string => `${Math.round(x)},${Math.round(y)}`;
  const take = (entries: readonly PerformanceEntry[]): void => {
    for (const { hadRecentInput, sources = [], value } of entries as readonly Entry[])
      seen.push({
        value,
        byReader: hadRecentInput,
        moved: sources.map(({ currentRect, node, previousRect }) => {
          const element = node instanceof Element ? node : node?.parentElement;
          const text = (node?.textContent ?? "").slice(0, 24);
          const around = classOf(element?.parentElement);
          return `${classOf(element)} "${text}" in ${around} ${at(previousRect)} → ${at(currentRect)}`;
        }),
      });
  };
  const observer = new PerformanceObserver((list) => take(list.getEntries()));
  observer.observe({ type: "layout-shift" });
  Object.assign(globalThis, {
    shiftsSeen: () => {
      take(observer.takeRecords());
      return seen.splice(0);
    },
  });
}

/** Begins to watch a page. */
export function watchShifts(page: Page): Promise<void> {
  return page.evaluate(watch);
}

/** Shifts of a page since it is watched, or since this was asked last. */
export function shiftsOf(page: Page): Promise<Shift[]> {
  return page.evaluate(() => (globalThis as unknown as { shiftsSeen: () => Shift[] }).shiftsSeen());
}

/** What the browser makes of shifts: the sum of all that no reader asked for. */
export function sumOf(shifts: readonly Shift[]): number {
  return shifts.filter(({ byReader }) => !byReader).reduce((sum, { value }) => sum + value, 0);
}
