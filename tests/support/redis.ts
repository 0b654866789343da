import { inject } from "vitest";
import { sharedServer } from "./shared-servers.ts";

/**
 * The URL of a Redis for this run: the one of SIGNALBOX_TEST_REDIS, or a throw-away server that all files of the run share.
 * Undefined where there is none, and then tests are skipped, but not where `CI=true`.
 */
export function testRedis(): Promise<string | undefined> {
  return sharedServer({ name: "Redis", variable: "SIGNALBOX_TEST_REDIS", socket: inject("redisSocket") });
}
