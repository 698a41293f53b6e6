/** The page: shell around the route's page, overlays above both. */
import { useEffect } from "preact/hooks";
import { words } from "../data/words.ts";
import { useDashboard } from "./context.ts";
import { Later } from "./later.tsx";
import { Overview, OverviewControls } from "./overview/overview.tsx";
import { overlay } from "./page-state.ts";
import { Bar, BottomBar } from "./shell/bar.tsx";
import { ChainDetails } from "./shell/chain.tsx";
import { KeysHelp } from "./shell/keys-help.tsx";
import { Menu } from "./shell/menu.tsx";
import { Strip } from "./shell/strip.tsx";
import { isPhone } from "./signals.ts";

/** Pages and overlays that are not needed for the first paint: each is a chunk of its own. */
const chunks = {
  device: () => import("./device/page.tsx").then((module) => module.DevicePage),
  status: () => import("./status/page.tsx").then((module) => module.StatusPage),
  travel: () => import("./replay/travel.tsx").then((module) => module.TravelDialog),
  palette: () => import("./palette/palette.tsx").then((module) => module.Palette),
};

/** Everything below `#app`. */
export function App() {
  const { route } = useDashboard();
  const { page } = route.current.value;
  usePrefetch();
  return (
    <>
      {/* biome-ignore lint/a11y/useValidAnchor: a skip link goes to an anchor of this page */}
      <a class="skip" href="#main" onClick={skip}>
        {words.skipToContent}
      </a>
      <Bar />
      <Strip>{page === "overview" ? <OverviewControls /> : null}</Strip>
      <div class="page">
        <Page page={page} />
      </div>
      {isPhone.value ? <BottomBar /> : null}
      <Menu />
      <ChainDetails />
      <KeysHelp />
      {overlay.value === "travel" ? (
        <Later load={chunks.travel} name={words.later.travel} overlay />
      ) : null}
      {overlay.value === "palette" ? (
        <Later load={chunks.palette} name={words.later.palette} overlay />
      ) : null}
    </>
  );
}

function Page({ page }: { page: string }) {
  if (page === "overview") return <Overview />;
  if (page === "device")
    return <Later key="device" load={chunks.device} name={words.later.device} />;
  if (page === "status")
    return <Later key="status" load={chunks.status} name={words.later.status} />;
  return <Missing />;
}

function Missing() {
  const { route } = useDashboard();
  return (
    <main id="main" class="main" tabIndex={-1}>
      <div class="panel empty">
        <h1>{words.missing.title}</h1>
        <p />
        <a class="btn" href={route.href({ page: "overview" })}>
          {words.missing.back}
        </a>
      </div>
    </main>
  );
}

function skip(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

/** Fetches the other pages' code while nothing else is to do. */
function usePrefetch(): void {
  useEffect(() => {
    const idle = window.requestIdleCallback ?? ((run: () => void) => window.setTimeout(run, 2000));
    idle(() => {
      for (const load of Object.values(chunks)) load().catch(() => undefined);
    });
  }, []);
}
