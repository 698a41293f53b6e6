/** Places and sources at the left: a tree that filters the page. A drawer below 1,200 px. */
import { useLayoutEffect } from "preact/hooks";
import { count, words } from "../../data/words.ts";
import { useDashboard } from "../context.ts";
import { StateGlyph } from "../glyph.tsx";
import { drawer } from "../page-state.ts";

/** Levels are indented by this much, in px, from the second on. */
const indent = 16;
/** Deeper levels are not indented further: names would have no room. */
const maxDepth = 5;

/** The tree of places, then the sources. */
export function Places() {
  const { catalogue, route } = useDashboard();
  const { place, q } = route.current.value;
  const known = catalogue.complete.value;
  const sources = known ? catalogue.sources.value : [];
  useLayoutEffect(() => {
    drawer.value = false;
  }, [place, q]);
  return (
    <nav id="places" class={drawer.value ? "side is-open" : "side"} aria-label={words.places.title}>
      <h2>{words.places.title}</h2>
      <ul>
        {(known ? catalogue.places.value : []).map((row) => (
          <li key={row.path}>
            <a
              href={route.href({ page: "overview", place: row.path })}
              title={row.path === "" ? undefined : row.path}
              {...(place === row.path ? { "aria-current": "true" as const } : {})}
            >
              <span
                class="name"
                ref={(element) => {
                  const depth = Math.min(maxDepth, Math.max(0, row.depth - 1));
                  if (element) element.style.paddingLeft = `${depth * indent}px`;
                }}
              >
                {row.path === "" ? words.places.all : row.label}
              </span>
              <span class="mark">
                <StateGlyph glyph={row.glyph} />
              </span>
              <span class="n">{count(row.devices)}</span>
            </a>
          </li>
        ))}
      </ul>
      {sources.length === 0 ? null : (
        <>
          <h2>{words.places.sources}</h2>
          <ul>
            {sources.map(({ source, label, devices }) => {
              const query = `source:${source}`;
              return (
                <li key={source}>
                  <a
                    href={route.href({ page: "overview", q: q === query ? "" : query })}
                    {...(q === query ? { "aria-current": "true" as const } : {})}
                  >
                    <span class="name">{label}</span>
                    <span class="n">{count(devices)}</span>
                  </a>
                </li>
              );
            })}
          </ul>
        </>
      )}
    </nav>
  );
}
