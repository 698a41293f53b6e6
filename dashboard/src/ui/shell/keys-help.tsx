/** `?`: the keys that work here. */
import { words } from "../../data/words.ts";
import { closeOverlay, overlay } from "../page-state.ts";
import { Dialog } from "./dialog.tsx";

/** The list of keys, while it is the open overlay. */
export function KeysHelp() {
  if (overlay.value !== "keys") return null;
  return (
    <Dialog title={words.keys.title} closeLabel={words.menu.close} onClose={() => closeOverlay()}>
      <ul class="keys">
        {words.keys.rows.map(([keys, what]) => (
          <li key={what}>
            {what}
            <span>
              {keys.split(" ").map((key) => (
                <kbd key={key} class="kbd">
                  {key}
                </kbd>
              ))}
            </span>
          </li>
        ))}
      </ul>
      <p class="note">{words.keys.note}</p>
    </Dialog>
  );
}
