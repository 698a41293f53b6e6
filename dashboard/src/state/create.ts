/** Puts the engine together. */
import type { Dashboard } from "./dashboard.ts";

/** What the engine is made of; tests and the worker's fakes give their own. */
export interface DashboardOptions {
  /** Address of the live protocol; the page's own host unless given. */
  readonly url?: string;
}

export declare function createDashboard(options?: DashboardOptions): Dashboard;
