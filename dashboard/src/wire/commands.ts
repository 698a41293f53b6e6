/** What a client says to the hub, as text frames. */
import type { Position } from "./messages.ts";

/** The sub-protocol named in the handshake. */
export const subprotocol = "hub.v1.json";

/** What a subscription asks for; fields as on the wire. */
export interface Subscription {
  readonly id: number;
  /** MQTT filters over device ids, at most 256. */
  readonly devices: readonly string[];
  /** Globs; `[]`: devices and statuses only; left out: all. */
  readonly metrics?: readonly string[];
  readonly mode?: "latest" | "every";
  readonly interval_ms?: number;
  readonly since?: Position;
  readonly summary?: boolean;
}

/** The first frame of a connection. */
export function hello(client: string): string {
  return JSON.stringify({ type: "hello", client });
}

/** Starts a subscription, or replaces the one with the same id. */
export function subscribe(subscription: Subscription): string {
  return JSON.stringify({ type: "subscribe", ...subscription });
}

/** Ends a subscription. */
export function unsubscribe(id: number): string {
  return JSON.stringify({ type: "unsubscribe", id });
}

/** Lets every channel of this connection stand still: the page is hidden. */
export function pause(): string {
  return '{"type":"pause"}';
}

/** Catches up after `pause`. */
export function resume(): string {
  return '{"type":"resume"}';
}

/** What the dashboard asks of a replay; fields as on the wire. */
export interface ReplayCommand {
  readonly from?: number;
  readonly to?: number;
  readonly speed?: number;
  readonly paused?: boolean;
}

/** Begins or changes the replay of this connection. */
export function replay(command: ReplayCommand): string {
  return JSON.stringify({ type: "replay", ...command });
}

/** Asks for a `pong` with the same number; at most one a second. */
export function ping(n: number): string {
  return JSON.stringify({ type: "ping", n });
}
