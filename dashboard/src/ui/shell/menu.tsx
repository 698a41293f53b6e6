/** The menu at the top right: theme and keys of this browser. */
import { words } from "../../data/words.ts";
import { useDashboard } from "../context.ts";
import { openOverlay } from "../page-state.ts";
import { isPhone } from "../signals.ts";
import { Popover } from "./popover.tsx";

/** Themes in the order `t` goes through them. */
export const themes = ["system", "light", "dark", "contrast"] as const;

/** Theme, single-letter keys, list of keys. */
export function Menu() {
  const { preferences } = useDashboard();
  return (
    <Popover name="menu" class="menu" label={words.menu.title}>
      <div class="label" id="theme-label">
        {words.menu.theme}
      </div>
      <fieldset class="seg" aria-labelledby="theme-label">
        {themes.map((theme) => (
          <button
            type="button"
            key={theme}
            aria-pressed={preferences.theme.value === theme}
            onClick={() => {
              preferences.theme.value = theme;
            }}
          >
            {words.menu[theme]}
          </button>
        ))}
      </fieldset>
      <button type="button" class="btn" onClick={() => openOverlay("travel")}>
        {words.travel.open} {isPhone.value ? null : <kbd class="kbd">r</kbd>}
      </button>
      {isPhone.value ? null : (
        <>
          <label class="check">
            <input
              type="checkbox"
              checked={preferences.letterKeys.value}
              onChange={(event) => {
                preferences.letterKeys.value = event.currentTarget.checked;
              }}
            />
            {words.menu.letters}
          </label>
          <button type="button" class="btn" onClick={() => openOverlay("keys")}>
            {words.menu.keys} <kbd class="kbd">?</kbd>
          </button>
        </>
      )}
    </Popover>
  );
}
