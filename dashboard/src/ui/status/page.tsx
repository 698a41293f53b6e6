/** Status: each leg of a reading's way, and what the hub counts. What the hub does not say is not shown as zero. */
import "../../styles/device.css";
import { useEffect, useState } from "preact/hooks";
import { type Answer, type FeedStatus, type HubStatus, readStatus } from "../../data/rest.ts";
import { clockTime, duration, weekTime } from "../../data/times.ts";
import { count, words } from "../../data/words.ts";
import { useDashboard } from "../context.ts";
import { Head, plain } from "./parts.tsx";
import { UnreadPanel } from "./unread.tsx";

/** The hub is asked this often, in ms. */
const everyMs = 2000;

/** The page under the strip. */
export function StatusPage() {
  const { link } = useDashboard();
  const [answer, setAnswer] = useState<Answer<HubStatus> | null>(null);
  const [known, setKnown] = useState<HubStatus | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    const ask = async () => {
      if (document.hidden) return;
      const found = await readStatus(stop.signal);
      if (stop.signal.aborted) return;
      setAnswer(found);
      if (found.ok) setKnown(found.value);
    };
    ask();
    const timer = window.setInterval(ask, everyMs);
    return () => {
      stop.abort();
      window.clearInterval(timer);
    };
  }, []);
  const stale = answer?.ok === false || !link.view.value.live;
  return (
    <main id="main" class="main" tabIndex={-1}>
      <div class="status-page">
        <h1>{words.status.title}</h1>
        {answer?.ok === false ? <p class="wide">{words.status.failed(answer.why)}</p> : null}
        {known === null ? (
          <p class="wide">{answer === null ? words.status.loading : ""}</p>
        ) : (
          <Panels status={known} stale={stale} />
        )}
        <section class="panel is-wide" aria-labelledby="screen-title">
          <Head id="screen-title" title={words.status.thisScreen} />
          <dl class="pairs about">
            {link.view.value.details.map(([label, value]) => (
              <>
                <dt>{label}</dt>
                <dd>{value}</dd>
              </>
            ))}
          </dl>
        </section>
        {known === null ? null : <Details status={known} />}
      </div>
    </main>
  );
}

function Panels({ status, stale }: { status: HubStatus; stale: boolean }) {
  const { link } = useDashboard();
  const asOf =
    stale && status.now !== null ? words.status.asOf(clockTime(status.now, link.zone)) : "";
  return (
    <>
      <Way status={status} aside={asOf} />
      <Rates status={status} />
      <Table
        id="drops-title"
        title={words.status.drops}
        rows={status.drops.map((drop) => [
          drop.value === "" ? plain(drop.name) : `${plain(drop.name)}: ${plain(drop.value)}`,
          count(drop.total),
        ])}
        none={words.status.noDrops}
      />
      <UnreadPanel />
    </>
  );
}

/** All the hub counts, at the foot of the page. */
function Details({ status }: { status: HubStatus }) {
  return (
    <>
      <Table
        id="levels-title"
        title={words.status.levels}
        rows={status.gauges.map(([name, level]) => [plain(name), figure(level)])}
        none={words.status.unsaid}
        half
      />
      <Table
        id="counters-title"
        title={words.status.everything}
        rows={status.counters.map((row) => [
          row.value === "" ? plain(row.name) : `${plain(row.name)}: ${plain(row.value)}`,
          row.perSecond === null || row.perSecond === 0
            ? count(row.total)
            : `${count(row.total)} · ${rate(row.perSecond)}${words.status.perSecond}`,
        ])}
        none={words.status.unsaid}
        half
      />
    </>
  );
}

/** How the hub's line to its broker or its history is. */
function Feed({ feed, now, zone }: { feed: FeedStatus; now: number; zone: string }) {
  const { address, reason, since, source, tries, up } = feed;
  const [whole, broken] =
    source === "store"
      ? [words.status.kept, words.status.unkept]
      : [words.status.up, words.status.down];
  return (
    <>
      <p>
        {up ? whole : broken} {since === null ? "" : words.status.since(weekTime(since, now, zone))}
      </p>
      {reason === "" ? null : <p>{reason}</p>}
      {tries > 0 && !up ? <p>{words.status.tries(tries)}</p> : null}
      <p>{address}</p>
    </>
  );
}

/** The legs: broker, hub, log, history where it is kept, screens. */
function Way({ status, aside }: { status: HubStatus; aside: string }) {
  const dashboard = useDashboard();
  const { zone } = dashboard.link;
  const broker = status.feeds.find((feed) => feed.source === "mqtt");
  const store = status.feeds.find((feed) => feed.source === "store");
  const { chain } = dashboard.link.view.value;
  const told = (feed: FeedStatus) => <Feed feed={feed} now={dashboard.now()} zone={zone} />;
  return (
    <section class="panel is-wide" aria-labelledby="way-title">
      <Head id="way-title" title={words.status.chain} aside={aside} />
      <ul class="legs">
        <Leg title={words.status.broker} known={broker?.up === true && chain.broker === "filled"}>
          {broker === undefined ? <p>{words.status.unsaid}</p> : told(broker)}
        </Leg>
        <Leg title={words.status.hub} known={chain.hub === "filled"}>
          <p>
            {status.version === "" ? "" : words.status.version(status.version)}
            {status.uptimeS === null
              ? ""
              : ` · ${words.status.upFor(duration(status.uptimeS * 1000))}`}
          </p>
          {status.devices === null ? null : (
            <p>{words.status.fleet(status.devices, status.series ?? 0)}</p>
          )}
        </Leg>
        <Leg title={words.status.log} known={chain.hub === "filled" && status.position !== ""}>
          <p>
            {status.position === "" ? words.status.unsaid : words.status.position(status.position)}
          </p>
        </Leg>
        {store === undefined ? null : (
          <Leg title={words.status.history} known={chain.hub === "filled" && store.up}>
            {told(store)}
          </Leg>
        )}
        <Leg
          title={words.status.screens}
          known={chain.screen === "filled" && chain.hubScreen === "whole"}
        >
          {status.clients === null ? (
            <p>{words.status.unsaid}</p>
          ) : (
            <>
              <p>{words.status.live(status.clients.live)}</p>
              <p>{words.status.lagging(status.clients.lagging)}</p>
            </>
          )}
        </Leg>
      </ul>
    </section>
  );
}

function Leg({
  title,
  known,
  children,
}: {
  title: string;
  known: boolean;
  children: preact.ComponentChildren;
}) {
  return (
    <li>
      <h3>
        <i class={known ? "known" : ""} />
        {title}
      </h3>
      {children}
    </li>
  );
}

/** The rates worth a large number, in this order where the hub counts them, and the latency. */
const mainRates = ["messages_received", "readings", "frames_written", "bytes_received"] as const;

function Rates({ status }: { status: HubStatus }) {
  const { latency } = status;
  const rates = mainRates.flatMap((name) => {
    const row = status.counters.find((each) => each.name === name && each.value === "");
    return row === undefined || row.perSecond === null
      ? []
      : [{ value: row.perSecond, unit: words.status.perSecond, label: words.status.figures[name] }];
  });
  const times = [
    { value: latency?.p50 ?? null, label: words.status.latency },
    { value: latency?.p99 ?? null, label: words.status.latencyP99 },
  ].flatMap(({ value, label }) => (value === null ? [] : [{ value, unit: "ms", label }]));
  const figures = [...rates, ...times];
  return (
    <section class="panel" aria-labelledby="rates-title">
      <Head id="rates-title" title={words.status.rates} />
      <ul class="figures">
        {figures.map(({ value, unit, label }) => (
          <li key={label}>
            <b>
              {rate(value)}
              <small>{unit}</small>
            </b>
            <span>{label}</span>
          </li>
        ))}
      </ul>
      {figures.length === 0 ? <p class="none">{words.status.unsaid}</p> : null}
    </section>
  );
}

function Table({
  id,
  title,
  rows,
  none,
  half = false,
}: {
  id: string;
  title: string;
  rows: readonly (readonly [string, string])[];
  none: string;
  half?: boolean;
}) {
  return (
    <section class={half ? "panel is-half" : "panel"} aria-labelledby={id}>
      <Head id={id} title={title} />
      {rows.length === 0 ? (
        <p class="none">{none}</p>
      ) : (
        <table class="rowed">
          <tbody>
            {rows.map(([label, value]) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                <td>{value}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** At most three digits that matter. */
function rate(value: number): string {
  if (value >= 100) return count(Math.round(value));
  return value >= 10 ? value.toFixed(1) : value.toFixed(2).replace(/\.?0+$/, "");
}

function figure(value: number): string {
  return Number.isInteger(value) ? count(value) : rate(value);
}
