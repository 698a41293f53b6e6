/** A small sheet that a button of the bar opens; a press outside, or Escape, closes it. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { closeOverlay, type Overlay, overlay } from "../page-state.ts";

/** Shows its children while `name` is the open overlay; takes focus, and gives it back on close. */
export function Popover(props: {
  name: Exclude<Overlay, null>;
  class: string;
  label: string;
  children: ComponentChildren;
}) {
  return overlay.value === props.name ? <Open {...props} /> : null;
}

function Open({
  label,
  children,
  ...rest
}: {
  class: string;
  label: string;
  children: ComponentChildren;
}) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    box.current?.focus({ preventScroll: true });
    const outside = (event: Event) => {
      const target = event.target as Element;
      if (box.current?.contains(target) || target.closest("[aria-haspopup]")) return;
      closeOverlay(false);
    };
    document.addEventListener("pointerdown", outside, true);
    return () => document.removeEventListener("pointerdown", outside, true);
  }, []);
  return (
    <div
      ref={box}
      class={`sheet ${rest.class}`}
      role="dialog"
      aria-label={label}
      tabIndex={-1}
      onFocusOut={(event) => {
        const next = event.relatedTarget as Node | null;
        if (next !== null && !box.current?.contains(next)) closeOverlay(false);
      }}
    >
      {children}
    </div>
  );
}
