/** What the panels of the status page share. */

/** A panel's header. */
export function Head({ id, title, aside }: { id: string; title: string; aside?: string }) {
  return (
    <header class="panel-head">
      <h2 id={id}>{title}</h2>
      {aside ? <span class="aside">{aside}</span> : null}
    </header>
  );
}

/** A counter's name in words: `messages_received` → `messages received`. */
export function plain(name: string): string {
  return name
    .replace(/^hub_/, "")
    .replace(/_total$/, "")
    .replaceAll(/[_.]/g, " ");
}
