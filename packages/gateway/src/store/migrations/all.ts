import { createRouters } from "./0001-routers.ts";
import { createAccounts } from "./0002-accounts.ts";
import { createLedger } from "./0003-ledger.ts";
import { createIdempotencyAndBodies } from "./0004-idempotency-and-bodies.ts";
import { createResponses } from "./0005-responses.ts";
import { createObjects } from "./0006-objects.ts";
import { createSemanticCache } from "./0007-semantic-cache.ts";
import type { Migration } from "./migration.ts";

/** Every migration by its name, under which the database remembers it. They run in the order of their names. */
export const migrations: ReadonlyMap<string, Migration> = new Map([
  ["0001-routers", createRouters],
  ["0002-accounts", createAccounts],
  ["0003-ledger", createLedger],
  ["0004-idempotency-and-bodies", createIdempotencyAndBodies],
  ["0005-responses", createResponses],
  ["0006-objects", createObjects],
  ["0007-semantic-cache", createSemanticCache],
]);
