/** The page's two live regions, there from the start; they say what the announcer says and nothing else. */
import { effect } from "@preact/signals";
import type { Announcer } from "../state/index.ts";

/** Keeps the regions' text; gives what ends it. */
export function bindLiveRegions(announcer: Announcer): () => void {
  const regions = [
    [document.getElementById("alert"), announcer.alert],
    [document.getElementById("announcement"), announcer.status],
  ] as const;
  const ends = regions.map(([element, text]) =>
    effect(() => {
      if (element !== null && element.textContent !== text.value) element.textContent = text.value;
    }),
  );
  return () => {
    for (const end of ends) end();
  };
}
