/** Where a value comes from: topic, decoder, rule, last payload, cadence, clock. */
import { useEffect, useState } from "preact/hooks";
import { type Answer, explain, type Provenance } from "../../data/rest.ts";
import { absoluteTime, duration, period } from "../../data/times.ts";
import { words } from "../../data/words.ts";
import type { SeriesView } from "../../state/index.ts";
import { useDashboard } from "../context.ts";
import { Dialog } from "../shell/dialog.tsx";

/** A device's clock this far from the hub's is as good as equal, in s. */
const skewFineS = 1;

/** The dialog; asks the hub when it opens. */
export function Origin({
  device,
  series,
  onClose,
}: {
  device: string;
  series: SeriesView;
  onClose: () => void;
}) {
  const [answer, setAnswer] = useState<Answer<Provenance> | null>(null);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    explain(device, series.metric, stop.signal).then((found) => {
      if (!stop.signal.aborted) setAnswer(found);
    });
    return () => stop.abort();
  }, [tries]);
  return (
    <Dialog
      title={words.provenance.title(series.label)}
      closeLabel={words.provenance.close}
      onClose={onClose}
    >
      {answer === null ? <p>{words.provenance.loading}</p> : null}
      {answer?.ok === true ? <Facts found={answer.value} /> : null}
      {answer?.ok === false ? (
        <>
          <p>{words.provenance.failed(answer.why)}</p>
          <p class="again">
            <button type="button" class="btn" onClick={() => setTries(tries + 1)}>
              {words.provenance.again}
            </button>
          </p>
        </>
      ) : null}
    </Dialog>
  );
}

function Facts({ found }: { found: Provenance }) {
  const dashboard = useDashboard();
  const { zone } = dashboard.link;
  const when = (time: number | null) =>
    time === null ? "" : absoluteTime(time, dashboard.now(), zone);
  const { fields } = words.provenance;
  const rows: [string, string][] = [
    [fields.topic, found.topic],
    [fields.decoder, found.decoder],
    [fields.rule, found.rule],
    [fields.cadence, cadence(found)],
    [fields.measured, when(found.measured)],
    [fields.received, when(found.heard)],
    [fields.quality, found.quality],
    [fields.skew, skew(found.skewS)],
  ];
  return (
    <>
      <dl class="pairs">
        {rows
          .filter(([, value]) => value !== "")
          .map(([label, value]) => (
            <>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </>
          ))}
      </dl>
      {found.payload === null ? (
        <p class="note">{words.provenance.none}</p>
      ) : (
        <>
          <h3 class="note">{words.provenance.fields.payload}</h3>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long payload scrolls */}
          <pre class="code" tabIndex={0}>
            {found.payload.text}
          </pre>
        </>
      )}
    </>
  );
}

function cadence({ cadenceS, staleAfterS }: Provenance): string {
  if (cadenceS === null) return words.provenance.notLearnt;
  const usual = period(cadenceS * 1000);
  return staleAfterS === null
    ? usual
    : words.provenance.staleAfter(usual, duration(staleAfterS * 1000));
}

function skew(seconds: number | null): string {
  if (seconds === null) return "";
  if (Math.abs(seconds) < skewFineS) return words.provenance.skewFine;
  const length = duration(Math.abs(seconds) * 1000);
  return seconds > 0 ? words.provenance.skewAhead(length) : words.provenance.skewBehind(length);
}
