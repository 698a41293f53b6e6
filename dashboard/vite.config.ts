/** How the dashboard is built: hashed files in the gateway's package, nothing inline, workers as modules. */
import { defineConfig, type ProxyOptions } from "vite";
import { liveFeed } from "./dev/plugin.ts";

/** Where a running hub is found by `npm run dev`. */
const hub = process.env["HUB_URL"] ?? "http://127.0.0.1:8080";

function proxy(mode: string): { proxy?: Record<string, ProxyOptions> } {
  return mode === "feed" ? {} : { proxy: { "/api": { target: hub, ws: true } } };
}

export default defineConfig(({ mode }) => ({
  // `npm run dev:feed` answers the live protocol itself; `npm run dev` hands it on to a hub.
  plugins: mode === "feed" ? [liveFeed()] : [],
  build: {
    outDir: "../hub/gateway/static",
    emptyOutDir: true,
    target: "es2022",
    // The hub's Content-Security-Policy allows neither inline scripts nor data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    rollupOptions: { output: { hashCharacters: "hex" } },
  },
  worker: { format: "es" },
  server: { host: "127.0.0.1", ...proxy(mode) },
  preview: { host: "127.0.0.1", ...proxy(mode) },
  // A busy machine is slow, not wrong.
  test: { include: ["tests/**/*.test.ts"], environment: "node", testTimeout: 30_000 },
}));
