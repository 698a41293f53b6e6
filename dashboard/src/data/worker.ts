/** The worker: an engine between the hub's socket and the page's port. */
import { subprotocol } from "../wire/commands.ts";
import { browserTimers } from "./clock.ts";
import { Engine } from "./engine.ts";
import type { ToWorker } from "./port.ts";

const scope = self as unknown as DedicatedWorkerGlobalScope;

const engine = new Engine({
  open: (url) => new WebSocket(url, subprotocol),
  timers: browserTimers,
  post: (message, transfer) => scope.postMessage(message, transfer as Transferable[]),
});

scope.onmessage = (event: MessageEvent<ToWorker>) => engine.take(event.data);
