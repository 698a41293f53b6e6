/** A part of the page that comes when it is needed; one that does not come is named, with what can be done. */
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { words } from "../data/words.ts";
import { useDashboard } from "./context.ts";
import { closeOverlay } from "./page-state.ts";
import { fetchPart, ground, type Lack } from "./part.ts";
import { Dialog } from "./shell/dialog.tsx";

export interface LaterProps {
  readonly load: () => Promise<ComponentType>;
  /** What it is, for the sentence that it is missing. */
  readonly name: string;
  /** It lies above the page. */
  readonly overlay?: boolean;
}

/** Shows a component of another chunk once it is here. Before that: nothing, or what became of it. */
export function Later({ load, name, overlay = false }: LaterProps) {
  const { announcer, link } = useDashboard();
  const [Shown, setShown] = useState<ComponentType | null>(null);
  const [lack, setLack] = useState<Lack | null>(null);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    let wanted = true;
    fetchPart(load, ground).then((result) => {
      if (!wanted) return;
      if ("part" in result) {
        setShown(() => result.part);
        return;
      }
      setLack(result.lack);
      announcer.say(`${words.later.title(name)} ${words.later.why[result.lack]}`);
    });
    return () => {
      wanted = false;
    };
  }, [load, name, tries]);
  const again = () => setTries((n) => n + 1);
  // The hub is back: what it could not give then it may give now.
  const { live } = link.view.value;
  useEffect(() => {
    if (live && lack === "no-hub") again();
  }, [live]);
  if (Shown !== null) return <Shown />;
  if (lack === null) return null;
  const said = <Missing lack={lack} again={again} />;
  const title = words.later.title(name);
  return overlay ? (
    <Dialog title={title} closeLabel={words.later.close} onClose={() => closeOverlay()}>
      {said}
    </Dialog>
  ) : (
    <main id="main" class="main" tabIndex={-1}>
      <div class="panel empty">
        <h1>{title}</h1>
        {said}
      </div>
    </main>
  );
}

/** Why a part is missing, and the way out. Every view has an address: loading anew leads back to it. */
function Missing({ again, lack }: { lack: Lack; again: () => void }) {
  const { reload, retry, why } = words.later;
  return (
    <>
      <p>{why[lack]}</p>
      <div class="ways">
        {lack === "other-build" ? null : (
          <button type="button" class="btn" onClick={again}>
            {retry}
          </button>
        )}
        {lack === "no-hub" ? null : (
          <button type="button" class="btn" onClick={() => location.reload()}>
            {reload}
          </button>
        )}
      </div>
    </>
  );
}
