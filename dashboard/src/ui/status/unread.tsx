/** Topics whose messages could not be read: the first place to look when a device does not appear. */
import { useEffect, useState } from "preact/hooks";
import { readUnread, type Unread } from "../../data/rest.ts";
import { words } from "../../data/words.ts";
import { Head, plain } from "./parts.tsx";

/** Topics shown, and how often they are asked for, in ms. */
const shown = 6;
const everyMs = 5000;

/** The panel; empty until the hub has answered, so that nothing moves when it does. */
export function UnreadPanel() {
  const [topics, setTopics] = useState<readonly Unread[] | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    const ask = async () => {
      if (document.hidden) return;
      const found = await readUnread(shown, stop.signal);
      if (!stop.signal.aborted && found.ok) setTopics(found.value);
    };
    ask();
    const timer = window.setInterval(ask, everyMs);
    return () => {
      stop.abort();
      window.clearInterval(timer);
    };
  }, []);
  return (
    <section class="panel" aria-labelledby="unread-title">
      <Head id="unread-title" title={words.status.unread} />
      {topics?.length === 0 ? <p class="none">{words.status.unreadNone}</p> : null}
      <ul class="unread">
        {topics?.map((row) => (
          <li key={`${row.topic} ${row.reason}`}>
            <b>{row.topic}</b>
            <span>{words.status.times(row.count)}</span>
            <p>{row.detail === "" ? plain(row.reason) : row.detail}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}
