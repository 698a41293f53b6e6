/** Time travel: which moment is to be shown, and how fast time goes on there. */
import { useState } from "preact/hooks";
import { words } from "../../data/words.ts";
import { speeds } from "../../state/travel.ts";
import { useDashboard } from "../context.ts";
import { closeOverlay } from "../page-state.ts";
import { Dialog } from "../shell/dialog.tsx";
import { fieldOf, instantOf, travelTo } from "./go.ts";

const minute = 60_000;
const ago = [
  [words.travel.minutes(5), 5 * minute],
  [words.travel.hours(1), 60 * minute],
  [words.travel.hours(24), 24 * 60 * minute],
] as const;

/** The dialog with its two ways: so long ago, or a moment by its date. */
export function TravelDialog() {
  const { link } = useDashboard();
  const shown = link.view.peek().replay;
  const [text, setText] = useState(() =>
    fieldOf(shown?.now ?? link.present() - 60 * minute, link.zone),
  );
  const [speed, setSpeed] = useState(shown?.speed ?? 1);
  const instant = instantOf(text, link.zone);
  const fault =
    instant === null ? words.travel.noDate : instant > link.present() ? words.travel.future : "";
  const go = (event: Event) => {
    event.preventDefault();
    if (instant !== null && fault === "") travelTo({ from: instant, speed });
  };
  return (
    <Dialog title={words.travel.title} closeLabel={words.menu.close} onClose={() => closeOverlay()}>
      <p>{words.travel.what}</p>
      <div class="ways">
        {ago.map(([label, ms]) => (
          <button
            type="button"
            key={label}
            class="btn"
            onClick={() => travelTo({ from: link.present() - ms, speed })}
          >
            {label}
          </button>
        ))}
      </div>
      <form class="ways" onSubmit={go}>
        <label>
          {words.travel.moment(link.zone)}{" "}
          <input
            type="datetime-local"
            step="1"
            required
            value={text}
            aria-describedby="travel-fault"
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <span>
          {words.travel.speed} <SpeedChoice speed={speed} choose={setSpeed} />
        </span>
        <button type="submit" class="btn" disabled={fault !== ""}>
          {words.travel.show}
        </button>
      </form>
      <p id="travel-fault" role="status">
        {fault}
      </p>
    </Dialog>
  );
}

/** Speeds on offer; one that came by the address is among them. */
export function SpeedChoice(props: { speed: number; choose: (speed: number) => void }) {
  const offered = [...new Set([...speeds, props.speed])].sort((a, b) => a - b);
  return (
    <select
      aria-label={words.travel.speed}
      value={String(props.speed)}
      onChange={(event) => props.choose(Number(event.currentTarget.value))}
    >
      {offered.map((one) => (
        <option key={one} value={String(one)}>
          {words.travel.times(one)}
        </option>
      ))}
    </select>
  );
}
