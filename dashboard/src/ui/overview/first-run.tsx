/** No device has ever reported: what the hub listens to, and a line that makes the first device. */
import { useEffect, useState } from "preact/hooks";
import { type HubStatus, readStatus } from "../../data/rest.ts";
import { words } from "../../data/words.ts";
import { useDashboard } from "../context.ts";
import { publishLine } from "./publish-line.ts";

const demo = "hub demo";

/** The centre panel of an empty hub. */
export function FirstRun() {
  const { link, announcer } = useDashboard();
  const [status, setStatus] = useState<HubStatus | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    readStatus(stop.signal).then((answer) => {
      if (answer.ok) setStatus(answer.value);
    });
    return () => stop.abort();
  }, []);
  const broker = status?.feeds.find((feed) => feed.source === "mqtt")?.address ?? "";
  const hasBroker = link.view.value.phase !== "no-broker";
  const copy = (text: string) =>
    navigator.clipboard
      .writeText(text)
      .then(() => announcer.say(words.first.copied))
      .catch(() => announcer.say(words.first.notCopied));
  return (
    <div class="panel empty">
      <h1>{words.first.title}</h1>
      {hasBroker ? (
        <>
          <p>{broker === "" ? words.first.listensPlain : words.first.listens(broker)}</p>
          <Line text={publishLine(broker)} copy={copy} />
        </>
      ) : (
        <p>
          {words.first.noBroker} <code>HUB_MQTT__URL</code>
        </p>
      )}
      <p>{words.first.demo}</p>
      <Line text={demo} copy={copy} />
    </div>
  );
}

function Line({ text, copy }: { text: string; copy: (text: string) => void }) {
  return (
    <div class="try">
      <code class="code">{text}</code>
      <button type="button" class="btn" onClick={() => copy(text)}>
        {words.first.copy}
      </button>
    </div>
  );
}
