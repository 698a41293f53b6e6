/** Addresses of pages, read and written. Every view is one; none holds a secret. */

/** Where the reader is. */
export interface Route {
  readonly page: "overview" | "device" | "status" | "missing";
  /** Of the device page; else "". */
  readonly device: string;
  /** Search; "" for none. */
  readonly q: string;
  /** Place path; "" for all. */
  readonly place: string;
  /** Null: the stored density. */
  readonly view: "list" | "cards" | "tiles" | null;
  readonly sort: "place" | "state" | "name" | "age" | "value";
  /** Metrics drawn on the device page. */
  readonly metrics: readonly string[];
  /** Chart window: `15m`, `1h`, … */
  readonly window: string;
}

/** A route with nothing asked for. */
export const plainRoute: Route = {
  page: "overview",
  device: "",
  q: "",
  place: "",
  view: null,
  sort: "place",
  metrics: [],
  window: "15m",
};

const views = ["list", "cards", "tiles"] as const;
const sorts = ["place", "state", "name", "age", "value"] as const;

function oneOf<T extends string>(value: string | null, known: readonly T[]): T | null {
  return known.find((one) => one === value) ?? null;
}

function decoded(path: string): string | null {
  try {
    return path.split("/").map(decodeURIComponent).join("/");
  } catch {
    return null;
  }
}

/** Reads an address's path and query. Anything unknown is the page `missing`; unknown filters are passed over. */
export function parseRoute(path: string, search: string): Route {
  const query = new URLSearchParams(search);
  const shared: Route = {
    ...plainRoute,
    q: query.get("q") ?? "",
    place: query.get("place") ?? "",
    view: oneOf(query.get("view"), views),
    sort: oneOf(query.get("sort"), sorts) ?? "place",
    metrics: (query.get("m") ?? "").split(",").filter((metric) => metric !== ""),
    window: /^\d+[mhd]$/.test(query.get("w") ?? "") ? (query.get("w") ?? "") : plainRoute.window,
  };
  if (path === "/" || path === "/index.html") return shared;
  if (path === "/status" || path === "/status/") return { ...shared, page: "status" };
  if (path.startsWith("/d/") && path.length > 3) {
    const device = decoded(path.slice(3));
    if (device !== null) return { ...shared, page: "device", device };
  }
  return { ...shared, page: "missing" };
}

function pathOf({ device, page }: Route): string {
  if (page === "device") return `/d/${device.split("/").map(encodeURIComponent).join("/")}`;
  return page === "status" ? "/status" : "/";
}

/** The address of a route; what is as by default does not stand in it. */
export function formatRoute(route: Route): string {
  const query = new URLSearchParams();
  if (route.page === "overview") {
    if (route.q !== "") query.set("q", route.q);
    if (route.place !== "") query.set("place", route.place);
    if (route.view !== null) query.set("view", route.view);
    if (route.sort !== "place") query.set("sort", route.sort);
  }
  if (route.page === "device") {
    if (route.metrics.length > 0) query.set("m", route.metrics.join(","));
    if (route.window !== plainRoute.window) query.set("w", route.window);
  }
  const text = query.toString();
  return text === "" ? pathOf(route) : `${pathOf(route)}?${text}`;
}

/** A chart window in ms: `15m` → 900,000. */
export function windowLength(window: string): number {
  const read = /^(\d+)([mhd])$/.exec(window);
  const unit = { m: 60_000, h: 3_600_000, d: 86_400_000 }[read?.[2] ?? "m"] ?? 60_000;
  return Math.max(60_000, Number(read?.[1] ?? 15) * unit);
}
