/**
 * A press counts only on what has been in its place for 300 ms.
 *
 * After a reconnect lists change under the finger; a press that lands on a row which has just come there was meant for
 * another one, so it does nothing.
 */

/** How long a target must have been in place, in ms. */
export const settleMs = 300;

/** Remembers when the things of a list last changed places. */
export class TapGuard {
  #movedAt = Number.NEGATIVE_INFINITY;

  /** The list's rows changed places at this time (`performance.now()`). */
  moved(at: number): void {
    this.#movedAt = at;
  }

  /** False: swallow a press made at this time. Keyboard and assistive clicks have `detail` 0 and always count. */
  counts(event: { timeStamp: number; detail: number }): boolean {
    return event.detail === 0 || event.timeStamp - this.#movedAt >= settleMs;
  }

  /** For a list's click handler in the capture phase. */
  readonly onClickCapture = (event: MouseEvent): void => {
    if (this.counts(event)) return;
    event.preventDefault();
    event.stopPropagation();
  };
}
