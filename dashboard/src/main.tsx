/** Puts the engine and the page together. */
import "./styles/tokens.css";
import "./styles/ground.css";
import "./styles/shell.css";
import "./styles/overview.css";
import { render } from "preact";
import { createDashboard } from "./state/index.ts";
import { App } from "./ui/app.tsx";
import { EngineProvider } from "./ui/context.ts";
import { bindKeys } from "./ui/keyboard.ts";
import { bindLinks } from "./ui/links.ts";
import { bindLiveRegions } from "./ui/live-regions.ts";
import { bindPalette } from "./ui/theme.ts";

const dashboard = createDashboard();
bindPalette(dashboard);
bindLiveRegions(dashboard.announcer);
bindKeys(dashboard);

const root = document.getElementById("app");
if (root !== null)
  render(
    <EngineProvider value={dashboard}>
      <App />
    </EngineProvider>,
    root,
  );
// After the page: links restore scroll and focus of what has been drawn.
bindLinks(dashboard);
