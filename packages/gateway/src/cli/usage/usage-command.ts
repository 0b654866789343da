import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { errorCode } from "../../config/secret.ts";
import { StatusError } from "../../server/admin/status.ts";
import { answerCsv, readUsage, usageBody } from "../../server/admin/usage/usage-answers.ts";
import type { UsageStore } from "../../store/usage/usage-store.ts";
import { UsageError } from "../usage-error.ts";
import { inOptionNames, type UsageOptions } from "./usage-options.ts";
import { usageTable } from "./usage-table.ts";

export interface UsageDependencies {
  readonly usage: UsageStore;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly out: Writable;
}

/** Prints what was used, by the same words as the API. Throws UsageError and StoreError. */
export async function printUsage({ query, format }: UsageOptions, dependencies: UsageDependencies): Promise<void> {
  try {
    await print(format, { query, ...dependencies });
  } catch (error) {
    if (error instanceof StatusError) throw new UsageError(inOptionNames(error.message));
    throw error;
  }
}

interface Asked extends UsageDependencies {
  readonly query: URLSearchParams;
}

async function print(format: UsageOptions["format"], { query, usage, now, out }: Asked): Promise<void> {
  // Whoever has the database sees all of it.
  const call = { query, usage, now, scope: {} };
  if (format === "csv") {
    const { stream = [] } = await answerCsv(call);
    return write(out, stream);
  }
  const answer = await readUsage(call);
  const text = format === "json" ? JSON.stringify(usageBody(answer), undefined, 2) : usageTable(answer);
  return write(out, [`${text}\n`]);
}

/** As fast as it is read. A reader that has enough (`| head`) is no failure. */
async function write(out: Writable, pieces: AsyncIterable<string> | Iterable<string>): Promise<void> {
  try {
    await pipeline(Readable.from(pieces), out, { end: false });
  } catch (error) {
    if (errorCode(error) !== "EPIPE") throw error;
  }
}
