import { GatewayError } from "@signalbox/protocol";
import { uuidV7 } from "../../config/uuid.ts";
import type { Admission } from "../../store/ledger/ledger-rows.ts";
import { attemptRow } from "../billing.ts";
import { callerNames } from "../caller-names.ts";
import type { AttemptRecord, Exchange } from "../exchange.ts";
import { spentAfterwards } from "../savings.ts";

const LONGEST_NAME = 200;

/** What a call that follows its request's settlement comes to, as a request of its own and of the same caller. */
export interface OwnEntry {
  readonly records: AttemptRecord[];
  readonly settle: (error: GatewayError | undefined) => void;
}

/** Rejects with `overloaded` where the ledger cannot know of it. */
export async function ownEntry(exchange: Exchange, model: string): Promise<OwnEntry> {
  const { outcome, services, snapshot, request } = exchange;
  const { key } = outcome;
  if (key === undefined) throw new GatewayError("internal", "A model was asked before the caller was known.");
  const at = Date.now();
  const startedAt = performance.now();
  const id = uuidV7(at);
  const names = callerNames(request.headers);
  const admission: Admission = {
    id,
    at,
    key: key.id,
    ...(key.team === undefined ? {} : { team: key.team }),
    ...(key.org === undefined ? {} : { org: key.org }),
    ...names,
    dialect: exchange.surface.dialect,
    operation: "side-call",
    model: model.slice(0, LONGEST_NAME),
    stream: false,
    reservedNano: 0,
  };
  await services.ledger.admit(admission);
  const records: AttemptRecord[] = [];
  return {
    records,
    settle(error) {
      const now = performance.now();
      const attempts = records.map((record) => attemptRow({ snapshot, arrivedAt: at, startedAt }, record, now));
      const costNano = attempts.reduce((sum, row) => sum + (row.costNano ?? 0), 0);
      const unpriced = attempts.some((row) => row.unpriced === true);
      const durationMs = Math.round(now - startedAt);
      services.ledger.settle({
        id,
        state: error === undefined ? "settled" : "failed",
        status: error === undefined ? 200 : error.status,
        ...(error === undefined ? { answeredBy: attempts.length - 1 } : { error: error.code }),
        attempts,
        costNano,
        unpriced,
        durationMs,
        overheadMs: 0,
        dropped: [],
        ...spentAfterwards(records, { costNano, unpriced }),
      });
      services.accounts.correct({ id, key, ...names, at, costNano });
    },
  };
}
