/** The engine's public face: what the page may use. */

export type { TrendWindow } from "../data/port.ts";
export { createDashboard, type DashboardOptions } from "./create.ts";
export type * from "./dashboard.ts";
export { NumberText } from "./number-text.ts";
export type { Route } from "./route.ts";
export type * from "./views.ts";
