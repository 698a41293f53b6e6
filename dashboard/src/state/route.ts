/** Addresses of pages, read and written. */

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
