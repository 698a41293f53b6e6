/**
 * What needs a real hub and a real browser: acceptance tests (`npm run e2e`), the bench of the wall
 * (`npm run bench:wall`), a page kept open for long (`npm run soak`) and the README's pictures (`npm run shots`), by mode.
 */
import { defineConfig } from "vitest/config";

const include = {
  test: ["e2e/tests/**/*.test.ts"],
  wall: ["e2e/wall.bench.ts"],
  shots: ["e2e/shots.ts"],
  soak: ["e2e/soak.ts"],
} as const;

export default defineConfig(({ mode }) => ({
  test: {
    include: [...(include[mode as keyof typeof include] ?? include.test)],
    environment: "node",
    // Tests wait more than they work: two files at a time keep two cores busy.
    maxWorkers: 2,
    isolate: false,
    // A busy machine is slow, not wrong.
    testTimeout: 90_000,
    hookTimeout: 90_000,
    disableConsoleIntercept: true,
  },
}));
