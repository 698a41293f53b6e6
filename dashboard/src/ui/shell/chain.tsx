/** The truth chain: Broker, Hub, This screen, and what is known of each leg. */

import { words } from "../../data/words.ts";
import type { Dot, Leg } from "../../state/index.ts";
import { useDashboard } from "../context.ts";
import { closeOverlay, openOverlay, overlay } from "../page-state.ts";
import { Popover } from "./popover.tsx";

function Point({ dot, label }: { dot: Dot; label: string }) {
  return (
    <>
      <i class={dot === "filled" ? "leg known" : "leg"} />
      <span class="leg">{label}</span>
    </>
  );
}

function Line({ leg }: { leg: Leg }) {
  return <s class={leg === "whole" ? "" : leg} />;
}

/** The chain in the bar; on phones only its word. A click tells each leg's latency, since when, tries and address. */
export function Chain() {
  const { link } = useDashboard();
  const view = link.view.value;
  const [word, number] = view.chipParts;
  const { chain } = view;
  const broken = chain.brokerHub === "broken" || chain.hubScreen === "broken";
  return (
    <button
      type="button"
      class={`chain${view.live ? "" : " is-broken"}${broken ? " has-break" : ""}`}
      aria-haspopup="dialog"
      aria-expanded={overlay.value === "chain"}
      onClick={() => (overlay.peek() === "chain" ? closeOverlay() : openOverlay("chain"))}
    >
      <Point dot={chain.broker} label={words.chain.broker} />
      <Line leg={chain.brokerHub} />
      <Point dot={chain.hub} label={words.chain.hub} />
      <Line leg={chain.hubScreen} />
      <Point dot={chain.screen} label={words.chain.screen} />
      <span class="word">
        <b>{word}</b>
        {number === "" ? null : <span>{number}</span>}
      </span>
      <span class="vh">{words.chain.details}</span>
    </button>
  );
}

/** What the chain knows, leg by leg. */
export function ChainDetails() {
  const { link } = useDashboard();
  return (
    <Popover name="chain" class="chain-pop" label={words.chain.title}>
      <h2>{words.chain.title}</h2>
      <dl class="pairs">
        {link.view.value.details.map(([label, value]) => (
          <>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </>
        ))}
      </dl>
    </Popover>
  );
}
