/** Keeps pages open on live data and says what moved and what grew: `npm run soak -- 10` for ten minutes. */
import { spawnSync } from "node:child_process";

const [minutes = "10"] = process.argv.slice(2);
if (!(Number(minutes) > 0)) {
  process.stderr.write(`How many minutes? "${minutes}" is no number of them.\n`);
  process.exit(2);
}
const args = ["vitest", "run", "--config", "vitest.e2e.config.ts", "--mode", "soak"];
const { status } = spawnSync("npx", args, {
  env: { ...process.env, MINUTES: minutes },
  stdio: "inherit",
});
process.exit(status ?? 1);
