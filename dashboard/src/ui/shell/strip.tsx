/** The strip under the bar: the fleet in numbers while live, one sentence when not. Always 40 px. */
import type { ComponentChildren } from "preact";
import { count, words } from "../../data/words.ts";
import type { Counts, Glyph, StripSentence } from "../../state/index.ts";
import { useDashboard } from "../context.ts";
import { Drawing } from "../glyph.tsx";
import { Later } from "../later.tsx";
import { openOverlay } from "../page-state.ts";
import { travelTo } from "../replay/go.ts";
import { isPhone } from "../signals.ts";

/** Strip with its chips and the page's own controls at the right. */
export function Strip({ children }: { children?: ComponentChildren }) {
  const { link } = useDashboard();
  const view = link.view.value;
  if (view.strip !== null) return <Sentence sentence={view.strip} />;
  return (
    <section class="strip" aria-label={words.strip.label}>
      <Chips />
      <div class="strip-end">
        {view.clockNotice === "" ? null : (
          <>
            <span>{view.clockNotice}</span>
            <button type="button" class="link" onClick={() => link.dismissClockNotice()}>
              {words.strip.dismiss}
            </button>
          </>
        )}
        {view.unkept === "" ? null : <span class="slow">{view.unkept}</span>}
        {view.slow === "" ? null : <span class="slow">{view.slow}</span>}
        {view.clockNotice === "" ? children : null}
      </div>
    </section>
  );
}

const controls = () => import("../replay/controls.tsx").then((module) => module.ReplayControls);

function Sentence({ sentence }: { sentence: StripSentence }) {
  const { link } = useDashboard();
  const { action } = sentence;
  const act = () => {
    if (action?.does === "live") travelTo(null);
    else if (action?.does === "retry") link.retry();
    else openOverlay("chain");
  };
  return (
    <section
      class={sentence.tone === "inverse" ? "strip is-lost" : "strip"}
      aria-label={words.strip.label}
    >
      {sentence.tone === "inverse" ? <Drawing name="offline" /> : null}
      <span class="say">
        {isPhone.value ? (
          sentence.phone
        ) : (
          <>
            <b>{sentence.headline}</b> {sentence.body}
          </>
        )}
      </span>
      <div class="strip-end">
        <span class="soft progress">{sentence.progress}</span>
        {action?.does === "live" ? (
          <Later load={controls} name={words.later.travel} overlay />
        ) : null}
        {action === null || action.does === "sign-in" ? null : (
          <button
            type="button"
            class="btn"
            {...(action.does === "details" ? { "aria-haspopup": "dialog" as const } : {})}
            onClick={act}
          >
            {isPhone.value ? sentence.phoneLabel : action.label}
          </button>
        )}
      </div>
    </section>
  );
}

/** Filters by state. `query` is the search term a chip sets. */
const states: readonly { key: keyof Counts; glyph: NonNullable<Glyph>; query: string }[] = [
  { key: "stale", glyph: "stale", query: "quality:stale" },
  { key: "offline", glyph: "offline", query: "status:offline" },
  { key: "uncertain", glyph: "uncertain", query: "quality:uncertain" },
];

/** A count with room for the largest there can be: when it gains a digit, the chips after it stay where they are. */
function asWideAs(largest: number, n: number): string {
  return count(n).padStart(count(largest).length, "\u2007");
}

const alarms = ["critical", "high", "medium", "low"] as const;

function Chips() {
  const { catalogue, route } = useDashboard();
  const counts = catalogue.counts.value;
  const { q, place, page } = route.current.value;
  const narrow = (query: string) => {
    const next = q === query ? "" : query;
    if (page === "overview") route.filter({ q: next });
    else route.go({ page: "overview", q: next });
  };
  const chip = (glyph: NonNullable<Glyph>, n: number, query: string, word: string) => (
    <button
      type="button"
      key={query}
      class="chip"
      aria-pressed={page === "overview" && q === query}
      onClick={() => narrow(query)}
    >
      <Drawing name={glyph} {...(word === "" ? { label: words.glyph[glyph] } : {})} />
      <span>
        <b>{asWideAs(counts.devices, n)}</b> {word}
      </span>
    </button>
  );
  const standing = alarms.filter((severity) => counts[severity] > 0);
  return (
    <fieldset class="chips" aria-label={words.strip.filters}>
      <button
        type="button"
        class="chip"
        aria-pressed={page === "overview" && q === "" && place === ""}
        onClick={() =>
          page === "overview" ? route.filter({ q: "", place: "" }) : route.go({ page: "overview" })
        }
      >
        <span>
          <b>{count(counts.devices)}</b>{" "}
          {isPhone.value ? words.strip.all : words.strip.devices(counts.devices)}
        </span>
      </button>
      {standing.map((severity) => chip(severity, counts[severity], `alarm:${severity}`, ""))}
      {standing.length > 0 ? <span class="rule" /> : null}
      {states.map(({ key, glyph, query }) =>
        chip(glyph, counts[key], query, words.strip[key as "stale"]),
      )}
      {counts.unknown > 0
        ? chip("unknown", counts.unknown, "status:unknown", words.strip.unknown)
        : null}
    </fieldset>
  );
}
