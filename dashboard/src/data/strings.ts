/**
 * Every sentence and word of the engine, in one place, plural-aware.
 *
 * A second language is a second object of this shape. Sentences say what, why and what now; none is assembled from
 * fragments elsewhere.
 */

const plurals = new Intl.PluralRules("en");
const ordinals = new Intl.PluralRules("en", { type: "ordinal" });
const grouping = new Intl.NumberFormat("en");

/** `1 device`, `1,204 devices`. */
function many(n: number, one: string, other: string): string {
  return `${grouping.format(n)} ${plurals.select(n) === "one" ? one : other}`;
}

const endings: Readonly<Record<string, string>> = { one: "st", two: "nd", few: "rd", other: "th" };

/** `1st`, `2nd`, `11th`. */
function ordinal(n: number): string {
  return `${n}${endings[ordinals.select(n)] ?? "th"}`;
}

export const words = {
  productName: "Telemetry Hub",

  live: "live",
  retained: "of unknown age",
  ago: (age: string) => `${age} ago`,
  late: (age: string) => `late · ${age}`,
  stale: (age: string) => `stale · ${age}`,
  offline: (age: string) => `offline · ${age}`,
  read: (time: string) => `read ${time}`,
  neverReported: "never reported",
  notYetHeard: "not heard yet",
  yesterday: (time: string) => `yesterday ${time}`,
  allPlaces: "All places",
  noPlace: "No place",

  states: {
    open: "Open",
    closed: "Closed",
    on: "On",
    off: "Off",
    running: "Running",
    stopped: "Stopped",
    motion: "Motion",
    clear: "Clear",
    ok: "OK",
    fault: "Fault",
    wet: "Wet",
    dry: "Dry",
  },

  /** Lines under a device's name. */
  reasons: {
    silent: (since: string, cadence: string) =>
      cadence === "" ? `Silent since ${since}` : `Silent since ${since}, normally every ${cadence}`,
    overdue: "Silent for longer than usual",
    restart: "Not heard since the hub restarted",
    will: (since: string) => `Offline since ${since}, last will received`,
    said: (since: string) => `Offline since ${since}, its own status says so`,
    bridge: (since: string) => `Offline since ${since}, and so is its bridge`,
    back: (since: string) => `Back since ${since}`,
    unknown: "Never reported a value",
    unheard: (since: string) => `Nothing known since ${since}`,
    retained: "Retained, of unknown age",
    clockAhead: "Device clock is ahead",
    historical: (time: string) => `Sent late, measured ${time}`,
    uncertain: "Value is uncertain",
    bad: (what: string) => (what === "" ? "Bad value" : `Bad value: ${what} fault`),
  },

  /** Doubt about one value. */
  doubts: {
    stale: "stale",
    uncertain: "uncertain",
    retained: "retained, of unknown age",
    clock: "uncertain: device clock",
    bad: (what: string) => (what === "" ? "bad" : `bad: ${what} fault`),
    unproven: "not heard since the connection came back",
  },

  /** In the place of a value, of a device that has none. */
  statuses: { online: "Online", offline: "Offline", none: "No readings yet" },

  statusLine: {
    online: (since: string) => `Online since ${since}`,
    offline: (since: string) => `Offline since ${since}`,
    silent: (since: string) => `Silent since ${since}`,
    unknown: (since: string) => `Status unknown since ${since}`,
    forgotten: (since: string) => `Forgotten since ${since}`,
    never: "Never reported its status",
  },
  normallyEvery: (cadence: string) => `normally every ${cadence}`,

  link: {
    live: "Live",
    connecting: "Connecting",
    connectingStrip: "Connecting to the hub…",
    noAnswer: (host: string, seconds: number) =>
      `No answer yet from ${host} (${seconds} s). Trying again.`,
    lostHeadline: "This browser has lost the hub.",
    lostBody: (time: string, age: string) =>
      `Everything below is as of ${time}, ${age} ago. The plant may have changed since.`,
    neverBody: "Nothing has come from it yet.",
    asOf: (time: string) => `as of ${time}`,
    nextTry: (seconds: number) => `Next try in ${seconds} s`,
    tryingNow: "Trying now",
    tryNow: "Try now",
    lostPhone: (time: string, age: string) => `Lost the hub. As of ${time} (${age} ago)`,
    retry: "Retry",
    noHub: "No hub",
    catchingUp: "Catching up",
    catchingUpStrip: "Connected. Catching up…",
    pausedStrip: "Paused while hidden. Catching up…",
    noBrokerHeadline: "The hub has lost its broker.",
    noBrokerBody: (time: string, age: string) =>
      `No device can reach it since ${time}, ${age} ago. Values below are the last that arrived.`,
    noBrokerPhone: (time: string, age: string) => `No broker since ${time} (${age} ago)`,
    hubRetrying: "Hub is retrying",
    hubRetryingTry: (n: number) => `Hub is retrying, ${ordinal(n)} try`,
    noBroker: "No broker",
    details: "Details",
    restarting: "Restarting",
    restartingStrip: (seconds: number) =>
      `The hub is restarting. It asked this screen to come back in ${seconds} s.`,
    refused: (why: string) => `The hub refused this session: ${why}.`,
    refusedForbidden: "This account may not see this hub.",
    signIn: "Sign in",
    signedOut: "Signed out",
    refusals: {
      badToken: "signed out elsewhere",
      protocol: "it does not speak this page's protocol",
      limit: "it has no room for another screen",
    },
    unkept: (since: string, reason: string) => `Live, not kept since ${since}: ${reason}`,
    slow: (n: number) => `Slow link: showing 1 of ${n} readings`,
    slowPage: (n: number) => `Slow page: showing 1 of ${n} readings`,
    liveOneOf: (n: number) => `1 of ${n}`,
    liveUnkept: "not kept",
    clockBehind: (age: string) =>
      `This computer's clock is ${age} behind the hub. Times shown are the hub's.`,
    clockAhead: (age: string) =>
      `This computer's clock is ${age} ahead of the hub. Times shown are the hub's.`,
    details_: {
      broker: "Broker to hub",
      history: "History",
      kept: (since: string, missing: string) =>
        missing === "" ? `kept since ${since}` : `kept since ${since}; ${missing}`,
      notKept: (since: string, reason: string) => `not kept since ${since}; ${reason}`,
      screen: "Hub to this screen",
      address: "Address",
      clock: "This computer's clock",
      hub: "Hub version",
      lost: "Times lost",
      up: (since: string, missing: string) =>
        missing === "" ? `connected since ${since}` : `connected since ${since}; ${missing}`,
      down: (since: string, reason: string) =>
        reason === "" ? `lost since ${since}` : `lost since ${since}: ${reason}`,
      unknown: "not known",
      trip: (latency: string) => `${latency} there and back`,
      offset: (age: string, ahead: boolean) => `${age} ${ahead ? "ahead of" : "behind"} the hub`,
      exact: "as the hub's",
    },
    alerts: {
      lost: "This browser has lost the hub. Values may be old.",
      back: "The hub is back. Values are live.",
      noBroker: "The hub has lost its broker. Values are the last that arrived.",
      brokerBack: "The broker is back.",
      unkept: "Values are live, but they are not kept in history.",
      keptAgain: "Values are kept in history again.",
    },
  },

  replay: {
    headline: "Replay, not live.",
    at: (time: string, speed: number) => `${time} at ${speed}×.`,
    phone: (time: string) => `Replay: ${time}`,
    chip: "Replay",
    loading: "Looking up how everything was…",
    ended: "This is where the replay ends.",
    outage: (source: string) =>
      source === "mqtt"
        ? "The hub had lost its broker then."
        : source === "hub"
          ? "The hub was not running then."
          : "The hub could not write its history then.",
    back: "Back to live",
    backShort: "Live",
  },

  pages: { overview: "Overview", status: "Status", missing: "Not found" },
  titles: {
    page: (page: string) => page,
    notLive: (page: string) => `Not live: ${page}`,
    replay: (page: string) => `Replay: ${page}`,
  },
  refusedByHub: (message: string) => `The hub refused a request: ${message}`,

  attention: {
    empty: "Nothing needs attention.",
    folded: (n: number) => many(n, "device", "devices"),
    foldedOffline: (n: number, since: string) =>
      `${many(n, "device", "devices")} offline since ${since}`,
    foldedStale: (n: number, since: string) =>
      `${many(n, "device", "devices")} silent since ${since}`,
    more: (total: number, offline: number, stale: number) => {
      const kinds = [
        offline > 0 ? `${grouping.format(offline)} offline` : "",
        stale > 0 ? `${grouping.format(stale)} stale` : "",
      ].filter((kind) => kind !== "");
      return `${grouping.format(total)} more: ${kinds.join(", ")}`;
    },
  },

  groups: {
    Temperatures: "Temperatures",
    Process: "Process",
    States: "States",
    Electrical: "Electrical",
    Totals: "Totals",
    Environment: "Environment",
    Device: "Device",
    Other: "Other",
  },

  wall: {
    sorts: { state: "state", name: "name", age: "age", value: "value" },
    sorted: (by: string, at: string) => `Sorted by ${by} at ${at}. Sort again`,
    nothing: (query: string, close: readonly string[]) =>
      close.length === 0
        ? `No device matches "${query}".`
        : `No device matches "${query}". Close: ${close.join(", ")}.`,
    matches: (n: number) => `${many(n, "device matches", "devices match")}`,
  },

  search: {
    unknownField: (field: string, known: readonly string[]) =>
      `There is no field "${field}". Fields: ${known.join(", ")}.`,
    badNumber: (text: string) => `"${text}" is not a number.`,
    badUnit: (unit: string) => `"${unit}" is not a unit this page knows.`,
    badDuration: (text: string) => `"${text}" is not a length of time such as 10m or 2h.`,
    emptyTerm: (text: string) => `"${text}" says nothing to look for.`,
  },

  chart: {
    firstReading: (age: string) =>
      `This page's readings begin ${age} ago. The chart fills as they come.`,
    noReading: "This page has no reading yet. The chart fills as they come.",
    /** Why a hole in the readings is there: while it lasts, and after. */
    lasts: {
      hub: "This browser has lost the hub",
      hidden: "This page is hidden",
      broker: "The hub has lost its broker",
      offline: "The device is offline",
      silent: "The device is silent",
      unknown: "Before this page was opened",
    },
    lasted: {
      hub: "This browser had lost the hub",
      hidden: "This page was hidden",
      broker: "The hub had lost its broker",
      offline: "The device was offline",
      silent: "The device was silent",
      unknown: "Before this page was opened",
    },
    holeLasts: (since: string, reason: string) => `No reading since ${since}. ${reason}.`,
    holeLasted: (from: string, to: string, reason: string) =>
      `No reading from ${from} to ${to}. ${reason}.`,
  },

  spoken: {
    joiner: ", ",
    severity: (severity: string) => `${severity} alarm`,
    offline: "offline",
    unknown: "state unknown",
    stale: "stale",
    uncertain: "uncertain",
  },
} as const;

export { many };
