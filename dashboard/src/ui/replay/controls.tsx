/** The controls of a replay in the strip: pause, speed, and a bar over the hour around its beginning. */
import { useState } from "preact/hooks";
import { clockTime } from "../../data/times.ts";
import { words } from "../../data/words.ts";
import { useDashboard } from "../context.ts";
import { openOverlay } from "../page-state.ts";
import { isPhone } from "../signals.ts";
import { travelTo } from "./go.ts";
import { SpeedChoice } from "./travel.tsx";

const minute = 60_000;
const before = 15 * minute;
const after = 45 * minute;

/** Buttons and bar; another moment opens the page anew. On phones the menu leads to other moments. */
export function ReplayControls() {
  const { link, replay } = useDashboard();
  const [dragged, setDragged] = useState<number | null>(null);
  const view = link.view.value.replay;
  if (view === null) return null;
  const { ended, now, paused, speed } = view;
  const low = Math.min(view.from - before, now);
  const high = Math.min(Math.max(view.from + after, now), link.present());
  const still = paused ? { paused: true } : {};
  return (
    <>
      <button
        type="button"
        class="btn"
        disabled={ended}
        aria-keyshortcuts="p"
        onClick={() => replay.pause(!paused)}
      >
        {paused ? words.travel.play : words.travel.pause}
      </button>
      {isPhone.value ? null : (
        <>
          <SpeedChoice speed={speed} choose={(next) => replay.speed(next)} />
          <input
            type="range"
            aria-label={words.travel.seek}
            aria-valuetext={clockTime(dragged ?? now, link.zone)}
            min={low}
            max={high}
            step={1000}
            value={dragged ?? now}
            onInput={(event) => setDragged(Number(event.currentTarget.value))}
            onChange={(event) =>
              travelTo({ from: Number(event.currentTarget.value), speed, ...still })
            }
          />
          <output>{dragged === null ? "" : clockTime(dragged, link.zone)}</output>
          <button
            type="button"
            class="btn"
            aria-haspopup="dialog"
            onClick={() => openOverlay("travel")}
          >
            {words.travel.other}
          </button>
        </>
      )}
    </>
  );
}
