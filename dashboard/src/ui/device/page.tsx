/** A device: who it is, how it is, its readings, and where each of them comes from. */
import "../../styles/device.css";
import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { words } from "../../data/words.ts";
import type { DeviceView, SeriesView } from "../../state/index.ts";
import { useDashboard } from "../context.ts";
import { StateGlyph } from "../glyph.tsx";
import { travelBefore } from "../replay/go.ts";
import { ChartPanel } from "./chart.tsx";
import { Metrics } from "./metrics.tsx";
import { Origin } from "./origin.tsx";

/** Values of this page are asked for at this interval, in ms. */
const intervalMs = 100;

/** The page under the strip. */
export function DevicePage() {
  const { route, catalogue, viewport } = useDashboard();
  const { device } = route.current.value;
  const view = catalogue.device(device).value;
  useEffect(() => {
    viewport.show("device", [device], intervalMs);
    return () => viewport.hide("device");
  }, [device]);
  return (
    <main id="main" class="main" tabIndex={-1}>
      {view !== null ? <Known key={device} view={view} /> : null}
      {view === null && catalogue.complete.value ? <Unknown device={device} /> : null}
    </main>
  );
}

function Known({ view }: { view: DeviceView }) {
  const asked = useSignal<SeriesView | null>(null);
  return (
    <div class="device">
      <Ident view={view} />
      <div class="column">
        <ChartPanel view={view} />
        <Metrics
          view={view}
          onOrigin={(series) => {
            asked.value = series;
          }}
        />
      </div>
      <div class="column">
        <About view={view} />
      </div>
      {asked.value === null ? null : (
        <Origin
          key={asked.value.series}
          device={view.device}
          series={asked.value}
          onClose={() => {
            asked.value = null;
          }}
        />
      )}
    </div>
  );
}

/** Path, name, and the line of facts. */
function Ident({ view }: { view: DeviceView }) {
  const { route } = useDashboard();
  const { line, reasonTone, state } = view.card;
  const worded = reasonTone !== "model" && line !== "";
  // The reason says since when it is offline or silent, and how often it comes otherwise.
  const away = worded && (state === "offline" || state === "stale");
  return (
    <header class="ident">
      <nav class="crumbs" aria-label={words.device.place}>
        <a href={route.href({ page: "overview" })}>{words.places.all}</a>
        {view.labels.map((label, level) => {
          const place = view.place
            .split("/")
            .slice(0, level + 1)
            .join("/");
          return (
            <span key={place}>
              {" / "}
              <a href={route.href({ page: "overview", place })}>{label}</a>
            </span>
          );
        })}
      </nav>
      <h1>
        <StateGlyph glyph={view.card.glyph} />
        {view.name}
      </h1>
      <p class="facts">
        {away ? null : <span>{emphasised(view.statusLine)}</span>}
        {worded ? <b class={`why is-${view.card.reasonTone}`}>{view.card.line}</b> : null}
        <LastReading view={view} cadence={!away} />
        {view.model === "" ? null : <span class="model">{view.model}</span>}
        <span class="id">{view.device}</span>
      </p>
    </header>
  );
}

/** `Online since Mon 06:12` with its state in bold. */
function emphasised(line: string) {
  const [first, ...rest] = line.split(" ");
  return (
    <>
      <b>{first}</b> {rest.join(" ")}
    </>
  );
}

function LastReading({ view, cadence: told }: { view: DeviceView; cadence: boolean }) {
  const { slots } = useDashboard();
  const host = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const node = document.createTextNode("");
    host.current?.replaceChildren(node);
    return slots.lastReading(view.device, node, host.current ?? undefined);
  }, [view.device]);
  const cadence = view.groups
    .flatMap((group) => group.series)
    .find((series) => series.series === view.card.primary?.series)?.cadence;
  return (
    <span class={view.groups.length === 0 ? "reading is-none" : "reading"}>
      <span class="lead">{words.device.lastReading} </span>
      <b ref={host} />
      {told ? <span class="cadence">{cadence ? `, ${cadence}` : ""}</span> : null}
    </span>
  );
}

/** What is known of the device itself. */
function About({ view }: { view: DeviceView }) {
  const { catalogue } = useDashboard();
  const source = catalogue.sources.value.find((each) => each.source === view.source);
  const metrics = view.groups.reduce((sum, group) => sum + group.series.length, 0);
  const rows: [string, string][] = [
    [words.device.status, view.statusLine],
    [words.device.place, view.labels.join(" / ") || words.device.noPlace],
    [words.device.model, view.model],
    [words.device.source, source?.label ?? view.source],
    [words.device.metricCount, String(metrics)],
    [words.device.id, view.device],
  ];
  return (
    <section class="panel" aria-labelledby="about-title">
      <header class="panel-head">
        <h2 id="about-title">{words.device.about}</h2>
      </header>
      <dl class="pairs about">
        {rows
          .filter(([, value]) => value !== "")
          .map(([label, value]) => (
            <>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </>
          ))}
      </dl>
      {view.statusTime > 0 ? (
        <p class="none">
          <button type="button" class="btn" onClick={() => travelBefore(view.statusTime)}>
            {words.travel.began}
          </button>
        </p>
      ) : null}
    </section>
  );
}

function Unknown({ device }: { device: string }) {
  const { route } = useDashboard();
  return (
    <div class="panel empty">
      <h1>{words.device.unknown(device)}</h1>
      <p>{words.device.unknownWhy}</p>
      <a class="btn" href={route.href({ page: "overview" })}>
        {words.device.back}
      </a>
    </div>
  );
}
