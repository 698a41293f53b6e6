/** Booleans in words, by what they stand for. */
import { words } from "./strings.ts";

type Pair = readonly [whenTrue: string, whenFalse: string];

/** By Home Assistant's device class or the metric's own name; the first match counts. */
function pairOf(metric: string, deviceClass: string | undefined): Pair {
  const { states } = words;
  const name = `${deviceClass ?? ""} ${metric.toLowerCase()}`;
  // Zigbee's `contact` is true while the magnet touches: the door is closed.
  if (/(^|[ ._])contact($|[ ._])/.test(name)) return [states.closed, states.open];
  if (/door|window|opening|gate|valve|garage/.test(name)) return [states.open, states.closed];
  if (/motion|occupancy|presence|vibration/.test(name)) return [states.motion, states.clear];
  if (/moisture|leak|wet/.test(name)) return [states.wet, states.dry];
  if (/problem|fault|alarm|tamper|safety|error/.test(name)) return [states.fault, states.ok];
  if (/running|pump|fan|motor|compressor/.test(name)) return [states.running, states.stopped];
  return [states.on, states.off];
}

/** `Open`, `Running`, `OK`, …: what a boolean series says. */
export function stateWord(value: boolean, metric: string, deviceClass?: string): string {
  const [whenTrue, whenFalse] = pairOf(metric, deviceClass);
  return value ? whenTrue : whenFalse;
}

const idle = /^(off|closed|stopped|idle|standby|clear|dry|ok|false|none|unloaded|inactive|0)$/i;

/** Whether a state is drawn filled in its lane: active, not at rest. A closed contact is at rest although true. */
export function isActive(value: unknown, metric: string, deviceClass?: string): boolean {
  if (typeof value === "boolean") return !idle.test(stateWord(value, metric, deviceClass));
  if (typeof value === "number") return value !== 0;
  return typeof value === "string" && !idle.test(value.trim());
}
