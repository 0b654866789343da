import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** What takes minutes: processes that are killed hundreds of times, and outages of a minute. */
export default defineConfig({
  root: source(""),
  resolve: {
    alias: {
      "@signalbox/protocol": source("packages/protocol/src/index.ts"),
      "@signalbox/simulator": source("packages/simulator/src/index.ts"),
    },
  },
  test: {
    include: ["tests/accounts/long/*.test.ts"],
    globalSetup: ["tests/support/global-setup.ts"],
    // Each runs several gateways at once: on a machine that is too busy Redis itself is late.
    fileParallelism: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
