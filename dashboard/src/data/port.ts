/** What the page and its worker say to each other. Arrays are transferred, never copied. */

/** How far back a trend line goes; series slower than one reading a minute show 24 h. */
export type TrendWindow = "15m" | "24h";
