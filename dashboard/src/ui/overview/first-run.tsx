/** No device has ever reported: what the hub listens to, and a line that makes the first device. */
import { useEffect, useState } from "preact/hooks";
import { type HubStatus, readStatus } from "../../data/rest.ts";
import { words } from "../../data/words.ts";
import { useDashboard } from "../context.ts";

const publish = `mosquitto_pub -t test/room -m '{"temperature": 21.5}'`;
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
          <p>{listens(status)}</p>
          <Line text={publish} copy={copy} />
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

function listens(status: HubStatus | null): string {
  const broker = status?.feeds.find((feed) => feed.source === "mqtt")?.address ?? "";
  return broker === "" ? words.first.listensPlain : words.first.listens(broker);
}
