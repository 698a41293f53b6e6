/** The line that makes a first device, for the broker the hub listens to. */

const defaultPort = "1883";

/**
 * A `mosquitto_pub` command; host and port only where they are not that program's own defaults.
 *
 * @param broker - `host:port` as the hub reports it; empty when it does not.
 */
export function publishLine(broker: string): string {
  const colon = broker.lastIndexOf(":");
  const host = (colon < 0 ? broker : broker.slice(0, colon)).replace(/^\[(.*)\]$/, "$1");
  const port = colon < 0 ? "" : broker.slice(colon + 1);
  const isLocal = host === "" || host === "127.0.0.1" || host === "::1" || host === "localhost";
  const options = [
    isLocal ? "" : ` -h ${host}`,
    port === "" || port === defaultPort ? "" : ` -p ${port}`,
  ].join("");
  return `mosquitto_pub${options} -t test/room -m '{"temperature": 21.5}'`;
}
