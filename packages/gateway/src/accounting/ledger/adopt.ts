import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "../../observe/log.ts";
import type { Admission, LedgerEntry, LedgerStore, Settlement } from "../../store/ledger/ledger-rows.ts";
import { lockFile } from "../../store/lock.ts";
import { readChunk } from "./read-segment.ts";
import type { SetAside } from "./set-aside.ts";
import { BATCH_ROWS, type Writer } from "./writer.ts";

export interface AdoptParts {
  /** The folder of all spools. */
  readonly spool: string;
  /** This process's own. */
  readonly instance: string;
  readonly writer: Writer;
  readonly store: Pick<LedgerStore, "sync" | "abandoned">;
  readonly log: Logger;
  readonly aside: SetAside;
}

export function lockName(instance: string): string {
  return `${instance}.lock`;
}

/**
 * Brings to the database what processes that are no more have left in their spools, and removes those. False: the database is
 * away, and what is left is left for the next time.
 */
export async function adoptSpools(parts: AdoptParts): Promise<boolean> {
  const names = await readdir(parts.spool);
  const instances = new Set(names.map((name) => name.replace(/\.lock$/, "")).filter((name) => NAME.test(name)));
  instances.delete(parts.instance);
  for (const instance of instances) {
    // The lock ends with its process. It is taken before the folder is made and given back after it is gone.
    const lock = lockFile(parts.spool, lockName(instance));
    if (lock === undefined) continue;
    try {
      if (!(await adopt(instance, parts))) return false;
      await rm(join(parts.spool, lockName(instance)), { force: true });
    } finally {
      lock.release();
    }
  }
  return true;
}

const NAME = /^[0-9a-z]+-[0-9a-f]{12}$/;

async function adopt(instance: string, { spool, writer, store, log, aside }: AdoptParts): Promise<boolean> {
  const folder = join(spool, instance);
  const running = new Map<string, Admission>();
  let replayed = 0;
  const write = async (entries: readonly LedgerEntry[]): Promise<boolean> => {
    replayed += entries.length;
    return entries.length === 0 || writer.write(entries, instance);
  };
  for (const segment of await segmentsOf(folder)) {
    let from: number | undefined = 0;
    while (from !== undefined) {
      const chunk = await readChunk(join(folder, segment), from);
      aside.add(chunk.damaged, `damaged in ${instance}/${segment}`);
      if (!(await write(settledOf(chunk.entries, running)))) return false;
      from = chunk.isLast ? undefined : chunk.next;
    }
  }
  const lost = [...running.values()].map(unknown);
  if (!(await write(lost))) return false;
  await store.sync();
  await rm(folder, { recursive: true, force: true });
  if (replayed > 0)
    log.info({ instance, settled: replayed - lost.length, unknown: lost.length }, "the ledger was replayed");
  return true;
}

/** In one spool a settlement always follows its admission. */
function settledOf(entries: readonly LedgerEntry[], running: Map<string, Admission>): readonly LedgerEntry[] {
  return entries.filter(({ admission, settlement }) => {
    if (settlement === undefined) running.set(admission.id, admission);
    else running.delete(admission.id);
    return settlement !== undefined;
  });
}

async function segmentsOf(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder))
      .filter((name) => /^[0-9]{6,}\.log$/.test(name))
      .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
  } catch {
    // Whoever had the lock died before it made its folder, or after it had removed it.
    return [];
  }
}

/** Settles what processes that are no more have left running in the database itself. False: the database is away. */
export async function settleAbandoned({ store, instance, writer, log }: AdoptParts): Promise<boolean> {
  let first: string | undefined;
  for (;;) {
    const left = await store.abandoned(instance, BATCH_ROWS);
    // What could not be written is not asked for for ever.
    if (left[0] === undefined || left[0].id === first) return true;
    first = left[0].id;
    if (!(await writer.write(left.map(unknown), instance))) return false;
    log.warn({ requests: left.length }, "requests whose process is gone count as what was reserved for them");
  }
}

function unknown(admission: Admission): LedgerEntry {
  const settlement: Settlement = {
    id: admission.id,
    state: "unknown",
    status: 0,
    attempts: [],
    costNano: admission.reservedNano,
    unpriced: false,
    durationMs: 0,
    overheadMs: 0,
    dropped: [],
  };
  return { admission, settlement };
}
