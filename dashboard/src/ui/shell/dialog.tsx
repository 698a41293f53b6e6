/** A modal dialog on the browser's own `<dialog>`: it keeps focus in and closes on Escape. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Drawing } from "../glyph.tsx";

/** An open modal; `onClose` is called once, however it is closed, and focus goes back where it was. */
export function Modal(props: {
  label: string;
  class: string;
  onClose: () => void;
  children: ComponentChildren;
}) {
  const element = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const dialog = element.current;
    if (dialog === null) return;
    const before = document.activeElement;
    dialog.showModal();
    // The dialog itself is hit only where its backdrop is.
    const onPress = (event: MouseEvent) => {
      if (event.target === dialog) dialog.close();
    };
    dialog.addEventListener("click", onPress);
    return () => {
      dialog.removeEventListener("click", onPress);
      dialog.close();
      const known = before instanceof HTMLElement && before !== document.body && before.isConnected;
      const target = known ? before : document.getElementById("main");
      target?.focus({ preventScroll: true });
    };
  }, []);
  return (
    <dialog ref={element} class={props.class} aria-label={props.label} onClose={props.onClose}>
      {props.children}
    </dialog>
  );
}

/** A modal with a title and a close button. */
export function Dialog(props: {
  title: string;
  closeLabel: string;
  onClose: () => void;
  children: ComponentChildren;
}) {
  return (
    <Modal label={props.title} class="sheet" onClose={props.onClose}>
      <div class="panel-head">
        <h2>{props.title}</h2>
        <button
          type="button"
          class="icon-btn"
          aria-label={props.closeLabel}
          onClick={(event) => event.currentTarget.closest("dialog")?.close()}
        >
          <Drawing name="close" />
        </button>
      </div>
      <div class="sheet-body">{props.children}</div>
    </Modal>
  );
}
