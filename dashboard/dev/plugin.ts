/**
 * A Vite plugin that answers the live protocol from a made-up plant, so the dashboard runs without a hub.
 *
 * `GET /dev/feed?…` makes trouble: `broker=down|up`, `hub=down&for=20` (s; sockets are cut and refused), `bye=3001`,
 * `silent=<device>`, `speaks=<device>`, `lag=14|over`.
 */
import type { IncomingMessage } from "node:http";
import type { Plugin } from "vite";
import { WebSocketServer } from "ws";
import { matchesQuery } from "../src/data/matching.ts";
import { parseQuery } from "../src/data/search.ts";
import { Hub } from "./hub.ts";
import { plant } from "./plant.ts";
import { Session } from "./session.ts";

const path = "/api/v1/live";
/** How often devices are read and clients served. */
const stepMs = 50;

/** Gives the plugin behind `npm run dev:feed`. */
export function liveFeed(): Plugin {
  return {
    name: "live-feed",
    configureServer(server) {
      const hub = new Hub(Date.now());
      const sessions = new Set<Session>();
      const sockets = new WebSocketServer({
        noServer: true,
        handleProtocols: (offered) => [...offered][0] ?? false,
      });
      server.httpServer?.on("upgrade", (request, socket, head) => {
        if (address(request).pathname !== path) return;
        if (Date.now() < hub.switches.refuseUntil) {
          socket.destroy();
          return;
        }
        sockets.handleUpgrade(request, socket, head, (client) => {
          const session = new Session(hub, client);
          sessions.add(session);
          client.on("close", () => sessions.delete(session));
        });
      });
      const timer = setInterval(() => {
        const now = Date.now();
        hub.step(now);
        for (const session of sessions) session.tick(now);
      }, stepMs);
      server.httpServer?.on("close", () => clearInterval(timer));
      server.middlewares.use("/api/v1/devices", (request, response) => {
        const query = parseQuery(address(request).searchParams.get("q") ?? "");
        const now = Date.now();
        const devices = plant
          .filter((device) => matchesQuery(query, hub.searchable(device, now), now))
          .map((device) => ({ device: device.id }));
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify({ devices, next: null }));
      });
      server.middlewares.use("/dev/feed", (request, response) => {
        const problem = makeTrouble(hub, sessions, address(request).searchParams);
        response.statusCode = problem ? 422 : 200;
        response.end(`${problem || "done"}\n`);
      });
    },
  };
}

function address(request: IncomingMessage): URL {
  return new URL(request.url ?? "/", "http://feed");
}

/** Does what the query asks; gives a sentence when it asks for nothing known. */
function makeTrouble(hub: Hub, sessions: ReadonlySet<Session>, query: URLSearchParams): string {
  const now = Date.now();
  const known = ["broker", "hub", "bye", "silent", "speaks", "lag"];
  if (!known.some((name) => query.has(name))) return `ask for one of ${known.join(", ")}`;
  const broker = query.get("broker");
  if (broker) {
    hub.switches.broker = broker !== "down";
    hub.switches.brokerSince = now;
    for (const session of sessions) session.feed();
  }
  if (query.get("hub") === "down") {
    hub.switches.refuseUntil = now + 1000 * Number(query.get("for") ?? 20);
    for (const session of sessions) session.cut();
  }
  const bye = Number(query.get("bye"));
  if (bye)
    for (const session of sessions) session.bye(bye, bye < 3500 ? "shutting down" : "signed out");
  const silent = query.get("silent");
  if (silent) hub.switches.silent.add(silent);
  hub.switches.silent.delete(query.get("speaks") ?? "");
  const lag = query.get("lag");
  if (lag) for (const session of sessions) session.lag(lag !== "over", Number(lag) || 0);
  return "";
}
