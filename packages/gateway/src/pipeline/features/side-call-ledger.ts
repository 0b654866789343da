import { GatewayError } from "@signalbox/protocol";
import type { Ask, Hold } from "../../accounting/accounts.ts";
import type { ClientKey } from "../../config/settings.ts";
import { uuidV7 } from "../../config/uuid.ts";
import type { Admission, Settlement } from "../../store/ledger/ledger-rows.ts";
import { attemptRow, type RowContext } from "../billing.ts";
import { callerNames } from "../caller-names.ts";
import type { AttemptRecord, Exchange } from "../exchange.ts";
import { spentAfterwards } from "../savings.ts";

const LONGEST_NAME = 200;

export interface OwnCall {
  /** What is asked. */
  readonly model: string;
  /** What it costs at most, which is held in its caller's budgets meanwhile; absent: nothing is. */
  readonly worst?: { readonly nano: number; readonly leaseMs: number };
}

/** What a call beside its request comes to, as a request of its own and of the same caller. */
export interface OwnEntry {
  readonly records: AttemptRecord[];
  readonly settle: (error: GatewayError | undefined) => void;
}

/** Rejects with `overloaded` where the ledger cannot know of it, and with `budget_exceeded` where too little is left for it. */
export async function ownEntry(exchange: Exchange, { model, worst }: OwnCall): Promise<OwnEntry> {
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
    reservedNano: worst?.nano ?? 0,
  };
  const hold = worst === undefined ? undefined : await held(exchange, { id, key: budgetsOnly(key), ...names }, worst);
  const paid = (costNano: number) =>
    hold === undefined ? services.accounts.correct({ id, key, ...names, at, costNano }) : giveBack(hold, costNano);
  try {
    await services.ledger.admit(admission);
  } catch (error) {
    if (hold !== undefined) giveBack(hold, 0);
    throw error;
  }
  const records: AttemptRecord[] = [];
  return {
    records,
    settle(error) {
      const settlement = settlementOf({ snapshot, arrivedAt: at, startedAt }, { id, records, error });
      services.ledger.settle(settlement);
      paid(settlement.costNano);
    },
  };
}

type Spender = Pick<Ask, "id" | "key" | "session" | "agent">;

async function held({ services }: Exchange, spender: Spender, worst: NonNullable<OwnCall["worst"]>): Promise<Hold> {
  const { nano: worstNano, leaseMs } = worst;
  return services.accounts.admit({ ...spender, tokens: { input: 0, output: 0 }, worstNano, leaseMs });
}

const giveBack = (hold: Hold, costNano: number): void => hold.settle({ tokens: { input: 0, output: 0 }, costNano });

/** It is no request of the caller's: no rate counts it. */
function budgetsOnly(key: ClientKey): ClientKey {
  const policies = key.policies.map(({ policy: { budgets }, ...owner }) => ({
    ...owner,
    policy: budgets === undefined ? {} : { budgets },
  }));
  return { ...key, policies };
}

interface Ended {
  readonly id: string;
  readonly records: readonly AttemptRecord[];
  readonly error: GatewayError | undefined;
}

function settlementOf(context: RowContext, { id, records, error }: Ended): Settlement {
  const now = performance.now();
  const attempts = records.map((record) => attemptRow(context, record, now));
  const costNano = attempts.reduce((sum, row) => sum + (row.costNano ?? 0), 0);
  const unpriced = attempts.some((row) => row.unpriced === true);
  return {
    id,
    state: error === undefined ? "settled" : "failed",
    status: error === undefined ? 200 : error.status,
    ...(error === undefined ? { answeredBy: attempts.length - 1 } : { error: error.code }),
    attempts,
    costNano,
    unpriced,
    durationMs: Math.round(now - context.startedAt),
    overheadMs: 0,
    dropped: [],
    ...spentAfterwards(records, { costNano, unpriced }),
  };
}
