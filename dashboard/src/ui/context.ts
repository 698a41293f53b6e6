/** Hands the engine down to components. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Dashboard } from "../state/index.ts";

const Engine = createContext<Dashboard | null>(null);

/** Makes the engine available below it. */
export const EngineProvider = Engine.Provider;

/** The engine of this page. */
export function useDashboard(): Dashboard {
  const dashboard = useContext(Engine);
  if (dashboard === null) throw new Error("no engine above this component");
  return dashboard;
}
