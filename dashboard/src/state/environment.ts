/** What the engine needs of a browser, in one object, so that tests can be one. */
import { browserTimers, type Timers } from "../data/clock.ts";
import type { FromWorker, ToWorker } from "../data/port.ts";
import { type AskDevices, askOver } from "./elsewhere.ts";
import type { Frames } from "./frame-loop.ts";
import type { Surroundings } from "./preferences.ts";
import type { Place } from "./router.ts";

/** The worker, seen from the page. */
export interface Port {
  post(message: ToWorker): void;
  listen(act: (message: FromWorker) => void): void;
  close(): void;
}

/** Moments at which a connection must be proven again, and whether anyone sees the page. */
export interface Presence {
  visible(): boolean;
  /** Calls at each change of visibility, network or page cache; gives what ends it. */
  watch(act: (why: "hidden" | "shown" | "network") => void): () => void;
}

export interface Environment {
  readonly timers: Timers;
  readonly frames: Frames;
  readonly port: Port;
  readonly presence: Presence;
  readonly place: Place;
  readonly surroundings: Surroundings;
  readonly ask: AskDevices;
  /** Host and port as a reader knows them. */
  readonly host: string;
  /** Address of the live protocol. */
  readonly url: string;
  /** Writes the tab's title. */
  title(text: string): void;
}

function workerPort(): Port {
  const worker = new Worker(new URL("../data/worker.ts", import.meta.url), { type: "module" });
  return {
    post: (message) => {
      const transfer = message.t === "see" ? [message.keys.buffer, message.trends.buffer] : [];
      worker.postMessage(message, transfer);
    },
    listen: (act) => {
      worker.onmessage = (event: MessageEvent<FromWorker>) => act(event.data);
    },
    close: () => worker.terminate(),
  };
}

const presence: Presence = {
  visible: () => document.visibilityState === "visible",
  watch: (act) => {
    const onVisibility = (): void =>
      act(document.visibilityState === "visible" ? "shown" : "hidden");
    const onNetwork = (): void => act("network");
    const onShow = (event: PageTransitionEvent): void => {
      if (event.persisted) act("network");
    };
    document.addEventListener("visibilitychange", onVisibility);
    addEventListener("online", onNetwork);
    addEventListener("offline", onNetwork);
    addEventListener("pageshow", onShow);
    return () => {
      document.removeEventListener("visibilitychange", onVisibility);
      removeEventListener("online", onNetwork);
      removeEventListener("offline", onNetwork);
      removeEventListener("pageshow", onShow);
    };
  },
};

/** Private windows and strict settings may refuse storage; choices then last as long as the page. */
function storage(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

/** The page's own browser. `url`: another hub's live address. */
export function browserEnvironment(url?: string): Environment {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  return {
    timers: browserTimers,
    frames: (act) => {
      const frame = requestAnimationFrame(act);
      return () => cancelAnimationFrame(frame);
    },
    port: workerPort(),
    presence,
    place: window,
    surroundings: {
      storage: storage(),
      matches: (query) => matchMedia(query),
      root: document.documentElement,
    },
    ask: askOver((...request) => fetch(...request), location.origin),
    host: location.host,
    url: url ?? `${scheme}//${location.host}/api/v1/live`,
    title: (text) => {
      if (document.title !== text) document.title = text;
    },
  };
}
