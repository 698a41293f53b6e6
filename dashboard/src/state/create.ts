/** Puts the engine together. */
import type { Dashboard } from "./dashboard.ts";
import { Engine } from "./engine.ts";
import { browserEnvironment, type Environment } from "./environment.ts";

export interface DashboardOptions {
  /** Address of the live protocol; the page's own host unless given. */
  readonly url?: string;
  /** What the engine needs of a browser; this one's unless given. */
  readonly environment?: Environment;
}

/** Starts the engine: from here on it connects, and it stops with `dispose`. One page makes one. */
export function createDashboard(options: DashboardOptions = {}): Dashboard {
  return new Engine(options.environment ?? browserEnvironment(options.url));
}
