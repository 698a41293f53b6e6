/**
 * A browser whose clock is wrong, or that has slept: the wall clock of page and worker moves, the monotonic one does not.
 */
import type { Page } from "playwright-core";

/** Replaces `Date` by one that is `ms` off; `setClock` sets by how much, in page and worker. */
function shift(ms: number): void {
  const real = Date;
  let off = ms;
  class Shifted extends real {
    constructor(...parts: ConstructorParameters<DateConstructor> | []) {
      if (parts.length === 0) super(real.now() + off);
      else super(...parts);
    }
    static override now(): number {
      return real.now() + off;
    }
  }
  const others = new BroadcastChannel("e2e-clock");
  others.addEventListener("message", ({ data }) => {
    off = data;
  });
  Object.assign(globalThis, {
    Date: Shifted,
    setClock: (to: number) => {
      off = to;
      others.postMessage(to);
    },
  });
}

/** Gives a page that is about to be opened a clock that is `ms` ahead, and its worker one as soon as it starts. */
export async function wrongClock(page: Page, ms: number): Promise<void> {
  await page.addInitScript(shift, ms);
  page.on("worker", (worker) => void worker.evaluate(shift, ms).catch(() => undefined));
}
