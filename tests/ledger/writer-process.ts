/**
 * A process of its own that writes the ledger of a data folder as fast as it can: `node writer-process.ts FOLDER [URL]`. It says of each
 * request `a ID` once it is admitted and `s ID` once it is settled; some it never settles.
 */
import { writeSync } from "node:fs";
import { openLedger } from "../../packages/gateway/src/accounting/ledger/open-ledger.ts";
import { secret } from "../../packages/gateway/src/config/secret.ts";
import { createLogger } from "../../packages/gateway/src/observe/log.ts";
import { openStore } from "../../packages/gateway/src/store/open.ts";
import { admission, attempt, costOf, RESERVED, savedBy, settlement } from "./entries.ts";

const [folder = "", url] = process.argv.slice(2);
const store = await openStore({ folder, ...(url === undefined ? {} : { databaseUrl: secret(url) }) });
const settings = {
  flushMs: 3,
  syncMs: 5,
  onFullDisk: "continue",
  retainRequestsDays: 90,
  retainDailyDays: 730,
} as const;
const log = createLogger("warn");
// Short files, so that many are begun and removed.
const ledger = await openLedger({ folder, store: store.ledger, settings, log, segmentBytes: 20_000 });
// Synchronous: what this process has said was said before it was killed.
writeSync(1, "open\n");

/** In one turn of the event loop. */
const TOGETHER = 5;
const running: string[] = [];

async function begin(count: number): Promise<void> {
  const admitted = admission({ at: Date.now(), key: `key-${count % 3}`, reservedNano: RESERVED });
  await ledger.admit(admitted);
  writeSync(1, `a ${admitted.id}\n`);
  if (count % 10 !== 0) running.push(admitted.id);
}

async function end(ids: readonly string[]): Promise<void> {
  for (const id of ids)
    ledger.settle(settlement(id, { attempts: [attempt({ costNano: costOf(id) })], ...savedBy(id) }));
  await ledger.written();
  for (const id of ids) writeSync(1, `s ${id}\n`);
}

for (let count = 0; ; count += TOGETHER) {
  const begun = Array.from({ length: TOGETHER }, (_, more) => begin(count + more));
  await Promise.all([...begun, end(running.splice(0, Math.max(0, running.length - 30)))]);
}
