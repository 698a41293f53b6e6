/** The palette (Ctrl K): devices, places, pages and actions by name. The results of a query never change their order. */
import { useComputed, useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { words } from "../../data/words.ts";
import { useDashboard } from "../context.ts";
import { Drawing } from "../glyph.tsx";
import { closeOverlay } from "../page-state.ts";
import { Modal } from "../shell/dialog.tsx";
import { buildIndex, searchFor } from "./index.ts";
import { type Found, find, keep, recent } from "./ranking.ts";

/** The dialog with its combobox. */
export function Palette() {
  const dashboard = useDashboard();
  const query = useSignal("");
  const active = useSignal(0);
  // The names of this moment: what comes later joins at the next opening, so that rows stay where they are.
  const index = useRef(buildIndex(dashboard));
  const results = useComputed(() =>
    query.value.trim() === ""
      ? recent(index.current)
      : find(index.current, query.value, searchFor(query.value.trim(), dashboard)),
  );
  const choose = (found: Found | undefined) => {
    if (found === undefined) return;
    keep(found);
    closeOverlay(false);
    found.run(dashboard);
  };
  const onKey = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by !== undefined) {
      event.preventDefault();
      const n = results.peek().length;
      if (n > 0) active.value = (active.peek() + by + n) % n;
    } else if (event.key === "Enter") {
      event.preventDefault();
      choose(results.peek()[active.peek()]);
    }
  };
  const shown = results.value;
  return (
    <Modal class="sheet palette" label={words.palette.label} onClose={() => closeOverlay()}>
      <div class="palette-box">
        <Drawing name="search" />
        <input
          type="text"
          role="combobox"
          autocomplete="off"
          spellcheck={false}
          aria-label={words.palette.hint}
          aria-expanded="true"
          aria-controls="palette-list"
          aria-autocomplete="list"
          {...(shown.length > 0 ? { "aria-activedescendant": `palette-${active.value}` } : {})}
          placeholder={words.palette.hint}
          value={query.value}
          onInput={(event) => {
            query.value = event.currentTarget.value;
            active.value = 0;
          }}
          onKeyDown={onKey}
        />
      </div>
      <Results
        shown={shown}
        active={active.value}
        onPoint={(position) => {
          active.value = position;
        }}
        onChoose={choose}
      />
      {shown.length === 0 && query.value.trim() !== "" ? (
        <p class="none">{words.palette.nothing(query.value.trim())}</p>
      ) : null}
    </Modal>
  );
}

function Results({
  shown,
  active,
  onPoint,
  onChoose,
}: {
  shown: readonly Found[];
  active: number;
  onPoint: (position: number) => void;
  onChoose: (found: Found) => void;
}) {
  return (
    <div id="palette-list" role="listbox" aria-label={words.palette.label}>
      {shown.map((found, position) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox takes the keys (APG)
        <div
          key={found.id}
          id={`palette-${position}`}
          role="option"
          tabIndex={-1}
          aria-selected={position === active}
          onPointerMove={() => {
            onPoint(position);
          }}
          onClick={() => onChoose(found)}
        >
          <span class="name">{found.label}</span>
          <span class="where">{found.detail}</span>
        </div>
      ))}
    </div>
  );
}
