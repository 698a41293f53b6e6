/** What is open on this page: overlays and the places drawer. One at a time, and focus returns where it was. */
import { signal } from "@preact/signals";

/** Overlays of the shell. */
export type Overlay = "palette" | "menu" | "chain" | "keys" | "travel" | null;

/** The overlay that is open. */
export const overlay = signal<Overlay>(null);

/** Whether the places drawer is open (below 1,200 px). */
export const drawer = signal(false);

let before: Element | null = null;

/** Opens an overlay and remembers where focus was. */
export function openOverlay(which: Exclude<Overlay, null>): void {
  if (overlay.peek() === null) before = document.activeElement;
  overlay.value = which;
}

/** Closes the overlay; focus goes back unless the reader goes somewhere else. */
export function closeOverlay(returnFocus = true): void {
  if (overlay.peek() === null) return;
  overlay.value = null;
  const target = before;
  before = null;
  if (!returnFocus) return;
  const known = target instanceof HTMLElement && target !== document.body && target.isConnected;
  const main = known ? target : document.getElementById("main");
  main?.focus({ preventScroll: true });
}
