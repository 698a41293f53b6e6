/** Hooks between signals and components. */
import { effect, type ReadonlySignal, signal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";

/** Runs an effect on signals while the component is mounted; its dependencies are what it reads. */
export function useEffectOn(run: () => undefined | (() => void), keys: readonly unknown[]): void {
  useLayoutEffect(() => effect(run), keys as unknown[]);
}

/** A width in px that follows an element; 0 until it is laid out. */
export function useWidth(): {
  ref: (element: HTMLElement | null) => void;
  width: ReadonlySignal<number>;
} {
  const held = useRef<{
    ref: (element: HTMLElement | null) => void;
    width: ReadonlySignal<number>;
  } | null>(null);
  if (held.current === null) {
    const width = signal(0);
    const observer = new ResizeObserver((entries) => {
      const box = entries.at(-1)?.contentRect;
      if (box) width.value = Math.floor(box.width);
    });
    held.current = {
      width,
      ref: (element) => {
        observer.disconnect();
        if (element === null) return;
        width.value = Math.floor(element.clientWidth);
        observer.observe(element);
      },
    };
  }
  return held.current;
}

/** True while a media query holds. */
export function mediaSignal(query: string): ReadonlySignal<boolean> {
  const list = window.matchMedia(query);
  const holds = signal(list.matches);
  list.addEventListener("change", () => {
    holds.value = list.matches;
  });
  return holds;
}

/** Phones: rows instead of cards, a bar at the bottom. */
export const isPhone = mediaSignal("(max-width: 639px)");

/** Panels stack. */
export const isSmall = mediaSignal("(max-width: 899px)");

/** Places are a drawer, not a column. */
export const isNarrow = mediaSignal("(max-width: 1199px)");
