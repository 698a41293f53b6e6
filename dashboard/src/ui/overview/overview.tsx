/** Overview: places, what needs attention, the fleet, and the wall. */
import { useComputed } from "@preact/signals";
import { words } from "../../data/words.ts";
import { useDashboard } from "../context.ts";
import { Drawing } from "../glyph.tsx";
import { setDensity } from "../keyboard.ts";
import { drawer } from "../page-state.ts";
import { isNarrow, isPhone } from "../signals.ts";
import { Wall } from "../wall/wall.tsx";
import { Attention } from "./attention.tsx";
import { FirstRun } from "./first-run.tsx";
import { Fleet } from "./fleet.tsx";
import { Places } from "./places.tsx";

/** The page under the strip. */
export function Overview() {
  const { catalogue, wall, route } = useDashboard();
  const isEmpty = useComputed(
    () => catalogue.complete.value && catalogue.counts.value.devices === 0,
  );
  const view = wall.view.value;
  if (isEmpty.value)
    return (
      <main id="main" class="main" tabIndex={-1}>
        <FirstRun />
      </main>
    );
  return (
    <>
      <Places />
      <main id="main" class="main" tabIndex={-1}>
        <h1 class="vh">{words.nav.overview}</h1>
        {catalogue.complete.value ? (
          <>
            <div class="tops">
              <Attention />
              {isPhone.value ? null : <Fleet />}
            </div>
            {view.problem === "" ? null : (
              <p class="notice">
                <Drawing name="attention" />
                {view.problem}
              </p>
            )}
            {view.sorted === "" ? null : (
              <p class="sorted">
                {view.sorted.replace(new RegExp(`${words.wall.sortAgain}$`), "")}
                <button type="button" class="link" onClick={() => wall.sortAgain()}>
                  {words.wall.sortAgain}
                </button>
              </p>
            )}
            {view.nothing === "" ? null : (
              <div class="no-match">
                <p>{view.nothing}</p>
                <button type="button" class="btn" onClick={() => route.filter({ q: "" })}>
                  {words.wall.clear}
                </button>
              </div>
            )}
            <Wall />
          </>
        ) : null}
      </main>
    </>
  );
}

const orders = ["place", "state", "name", "age", "value"] as const;
const densities = ["list", "cards", "tiles"] as const;

/** The page's own controls in the strip. */
export function OverviewControls() {
  const dashboard = useDashboard();
  const { route, preferences } = dashboard;
  const { view, sort } = route.current.value;
  const density = view ?? preferences.density.value;
  return (
    <>
      {isNarrow.value && !isPhone.value ? (
        <button
          type="button"
          class="btn places-button"
          aria-expanded={drawer.value}
          aria-controls="places"
          onClick={() => {
            drawer.value = !drawer.value;
          }}
        >
          <Drawing name="places" />
          {words.places.title}
        </button>
      ) : null}
      {isPhone.value ? null : (
        <>
          <span class="soft trends-note">{words.strip.trends}</span>
          <span class="rule soft trends-note" />
          <label class="soft order">
            {words.strip.order}{" "}
            <select
              value={sort}
              onChange={(event) =>
                route.filter({ sort: event.currentTarget.value as (typeof orders)[number] })
              }
            >
              {orders.map((order) => (
                <option key={order} value={order}>
                  {words.strip.orders[order]}
                </option>
              ))}
            </select>
          </label>
          <span class="rule soft" />
          <fieldset class="seg" aria-label={words.strip.density}>
            {densities.map((each) => (
              <button
                type="button"
                key={each}
                aria-pressed={density === each}
                onClick={() => setDensity(dashboard, each)}
              >
                {words.strip[each]}
              </button>
            ))}
          </fieldset>
        </>
      )}
    </>
  );
}
