/**
 * A Vite plugin that answers the live protocol from a made-up plant, so the dashboard runs without a hub.
 *
 * `GET /dev/feed?…` makes trouble: `broker=down|up`, `hub=down&for=20` (s; sockets are cut and refused), `bye=3001`,
 * `silent=<device>`, `speaks=<device>`, `lag=on|over`.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Http2SecureServer } from "node:http2";
import type { Connect, Plugin } from "vite";
import { WebSocketServer } from "ws";
import { matchesQuery } from "../src/data/matching.ts";
import { parseQuery } from "../src/data/search.ts";
import { Hub } from "./hub.ts";
import { plant } from "./plant.ts";
import { Session } from "./session.ts";

const path = "/api/v1/live";
/** How often devices are read and clients served. */
const stepMs = 50;

/** The parts of Vite's servers, while developing and for what was built, that are used. */
interface Host {
  readonly httpServer: Server | Http2SecureServer | null;
  readonly middlewares: Connect.Server;
}

/** Gives the plugin behind `npm run dev:feed` and `npm run preview:feed`. */
export function liveFeed(): Plugin {
  return {
    name: "live-feed",
    configureServer: (server) => serve(server as Host),
    configurePreviewServer: (server) => serve(server as Host),
  };
}

function serve({ httpServer, middlewares }: Host): void {
  const hub = new Hub(Date.now());
  const sessions = new Set<Session>();
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => [...offered][0] ?? false,
  });
  httpServer?.on("upgrade", (request: IncomingMessage, socket, head) => {
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
  httpServer?.on("close", () => clearInterval(timer));
  middlewares.use("/api/v1/devices", (request, response) => searched(hub, request, response));
  middlewares.use("/dev/feed", (request, response) => {
    const problem = makeTrouble(hub, sessions, address(request).searchParams);
    response.statusCode = problem ? 422 : 200;
    response.end(`${problem || "done"}\n`);
  });
}

/** `GET /api/v1/devices?q=…`, as much of it as the page uses. */
function searched(hub: Hub, request: IncomingMessage, response: ServerResponse): void {
  const query = parseQuery(address(request).searchParams.get("q") ?? "");
  const now = Date.now();
  const devices = plant
    .filter((device) => matchesQuery(query, hub.searchable(device, now), now))
    .map((device) => ({ device: device.id }));
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ devices, next: null }));
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
  if (lag) for (const session of sessions) session.lag(lag !== "over", 0);
  return "";
}
