import { GatewayError } from "@signalbox/protocol";
import type { LedgerSettings } from "../../config/settings.ts";
import type { Logger } from "../../observe/log.ts";
import type { LedgerEntry, Settlement } from "../../store/ledger/ledger-rows.ts";
import type { Ended, Flusher, Running } from "./flush.ts";
import type { Ledger } from "./ledger.ts";
import type { Segment, Spool } from "./spool.ts";
import { admissionLine, settlementLine, writeAdmission } from "./spool-line.ts";

export interface FrontParts {
  readonly running: Map<string, Running>;
  readonly unspooled: Set<Running | Ended>;
  readonly spool: Spool;
  readonly flush: Flusher;
  readonly settings: LedgerSettings;
  readonly log: Logger;
  readonly now: () => number;
}

export interface Front extends Pick<Ledger, "admit" | "settle" | "written" | "write"> {
  /** Says to the spool what it could not be told before. */
  readonly respool: () => void;
  readonly close: () => void;
}

/** What is kept in memory while the spool cannot be written. Then nobody is let in: money is not forgotten. */
const MOST_IN_MEMORY_ONLY = 20_000;
/** A few milliseconds. */
const RESPOOLED_AT_ONCE = 1_000;

/** What is not written by then waits no longer for the end of its turn. */
const LONGEST_BATCH = 64 * 1024;

interface Saying {
  readonly one: Running;
  /** Absent: it is let in. */
  readonly settlement?: Settlement;
}

/** What is said in one turn of the event loop: it goes to the spool in one write, which costs as much as one line would. */
interface Batch {
  readonly sayings: Saying[];
  text: string;
  readonly written: Promise<boolean>;
  readonly tell: (isWritten: boolean) => void;
}

export function openFront(parts: FrontParts): Front {
  const { running, unspooled, settings, now } = parts;
  const append = appender(parts);
  const turn = turns(noting(parts, append));
  let closed = false;

  /** Of one that the spool could not be told of. */
  const demand = (one: Running): void => {
    if (settings.onFullDisk === "continue" && unspooled.size <= MOST_IN_MEMORY_ONLY) return;
    running.delete(one.admission.id);
    unspooled.delete(one);
    throw refusal();
  };

  /** A full disk has room for short lines longer than for long ones: who is let in now could not be settled. */
  const isFull = () => settings.onFullDisk === "refuse" && unspooled.size > 0;

  return {
    admit: (admission) => {
      if (closed || isFull()) return Promise.reject(refusal());
      const written = writeAdmission(admission);
      const one: Running = { admission, written, segment: undefined, since: now(), inDatabase: false };
      running.set(admission.id, one);
      return turn.say(admissionLine(written), { one }).then((isWritten) => {
        if (!isWritten) demand(one);
      });
    },
    settle: (settlement) => {
      const one = running.get(settlement.id);
      if (one === undefined) return;
      running.delete(settlement.id);
      void turn.say(settlementLine(one.written, settlement), { one, settlement });
    },
    written: turn.written,
    write: turn.end,
    respool: () => respool(unspooled, append),
    close: () => {
      closed = true;
    },
  };
}

/** Gathers what is said in a turn of the event loop. */
function turns(write: (batch: Batch) => boolean) {
  let batch: Batch | undefined;
  const end = (): void => {
    const ended = batch;
    batch = undefined;
    if (ended !== undefined) ended.tell(write(ended));
  };
  return {
    end,
    written: () => batch?.written,
    /** Resolves with false where it could not be written. */
    say: (line: string, saying: Saying): Promise<boolean> => {
      if (batch === undefined) {
        batch = newBatch();
        setImmediate(end);
      }
      const { sayings, written } = batch;
      batch.text += line;
      sayings.push(saying);
      if (batch.text.length >= LONGEST_BATCH) end();
      return written;
    },
  };
}

function newBatch(): Batch {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  return { sayings: [], text: "", written: promise, tell: resolve };
}

/** Writes a batch, and notes where its requests stand by then. */
function noting({ running, unspooled, spool, flush, now }: FrontParts, append: Append): (batch: Batch) => boolean {
  const settle = (one: Running, settlement: Settlement, { segment, isBehind }: Place): void => {
    unspooled.delete(one);
    if (one.segment !== undefined) spool.release(one.segment);
    one.segment = undefined;
    if (segment !== undefined && isBehind) {
      spool.release(segment);
      flush.pass();
      return;
    }
    const ended: Ended = { entry: { admission: one.admission, settlement }, at: now(), segment };
    flush.push(ended);
    if (segment === undefined) unspooled.add(ended);
  };

  return ({ sayings, text }) => {
    const isBehind = flush.goBehind();
    const segment = append(text, sayings.length);
    for (const { one, settlement } of sayings) {
      if (settlement !== undefined) settle(one, settlement, { segment, isBehind });
      else {
        one.segment = segment;
        if (segment === undefined && running.has(one.admission.id)) unspooled.add(one);
      }
    }
    return segment !== undefined;
  };
}

interface Place {
  readonly segment: Segment | undefined;
  readonly isBehind: boolean;
}

const refusal = (): GatewayError =>
  new GatewayError("overloaded", "What is used cannot be written down at the moment.", { retryAfterMs: 5_000 });

type Append = (text: string, lines: number) => Segment | undefined;

/** Tells once of a row of failures. */
function appender({ spool, log }: FrontParts): Append {
  let failing = false;
  return (text, lines) => {
    const segment = spool.append(text, lines);
    if ((segment === undefined) === failing) return segment;
    failing = segment === undefined;
    if (failing) log.error({ why: spool.failure }, "the ledger's spool cannot be written");
    else log.info("the ledger's spool can be written again");
    return segment;
  };
}

function respool(unspooled: Set<Running | Ended>, append: Append): void {
  let left = RESPOOLED_AT_ONCE;
  for (const one of unspooled) {
    left -= 1;
    if (left < 0) return;
    const segment = append(lineOf(one), 1);
    if (segment === undefined) return;
    one.segment = segment;
    unspooled.delete(one);
  }
}

function lineOf(one: Running | Ended): string {
  if ("written" in one) return admissionLine(one.written);
  const { admission, settlement }: LedgerEntry = one.entry;
  const written = writeAdmission(admission);
  return settlement === undefined ? admissionLine(written) : settlementLine(written, settlement);
}
