/** A Vite plugin that answers the live protocol from a made-up plant, so the dashboard runs without a hub. */
import type { Plugin } from "vite";

/** Gives the plugin behind `npm run dev:feed`. */
export function liveFeed(): Plugin {
  return { name: "live-feed" };
}
