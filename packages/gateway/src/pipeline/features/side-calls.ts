import { GatewayError } from "@signalbox/protocol";
import { type PlannedAttempt, type PlannedOperation, planAttempts, planOperation } from "../../routing/plan.ts";
import type { Target } from "../../routing/target.ts";
import type { AttemptRecord, Exchange } from "../exchange.ts";
import { asGatewayError } from "../failure.ts";
import { questionCall } from "./side-call-ask.ts";
import { askBeside, type SideCall, type SidePlace } from "./side-call-attempts.ts";
import { ownEntry } from "./side-call-ledger.ts";
import { embeddingCall, moderationCall } from "./side-call-operations.ts";
import { sideTargets } from "./side-call-targets.ts";
import type { SideCallOptions, SideCalls } from "./side-calls-types.ts";

type Asking<P extends SidePlace, T> = Pick<SideCall<P, T>, "planned" | "characters" | "speaks" | "prepare">;

/**
 * How one of the gateway's own features asks models while it serves this request. Each try is an attempt of the request in the
 * ledger, with its cost, and none of those that the client is told of.
 */
export function sideCalls(exchange: Exchange, options: SideCallOptions): SideCalls {
  const turns = { lastUsed: exchange.services.health.lastUsed, chance: Math.random };
  const call = <P extends SidePlace, T>(model: string, plan: (targets: readonly Target[]) => Asking<P, T>) =>
    recorded(exchange, { options, model }, (records) => {
      const asking = plan(sideTargets(exchange, model));
      if (asking.planned.length === 0) throw unable(model, options);
      return askBeside({ ...asking, exchange, options, records });
    });
  return {
    embed: async (model, texts) =>
      texts.length === 0
        ? []
        : call(model, (targets) => ({
            planned: planOperation(targets, "embeddings", turns),
            characters: charactersIn(texts),
            speaks: spokenOperation,
            prepare: (planned: PlannedOperation) => embeddingCall(planned, texts),
          })),
    moderate: async (model, texts) =>
      texts.length === 0
        ? []
        : call(model, (targets) => ({
            planned: planOperation(targets, "moderation", turns),
            characters: charactersIn(texts),
            speaks: spokenOperation,
            prepare: (planned: PlannedOperation) => moderationCall(planned, texts),
          })),
    ask: (model, question) =>
      call(model, (targets) => ({
        planned: planAttempts(targets, {
          ...turns,
          dialect: exchange.surface.dialect,
          obstacle: () => "It is no client's.",
        }),
        characters: question.instructions.length + question.input.length,
        speaks: ({ endpoint: { dialect } }: PlannedAttempt) => ({ dialect, errors: dialect }),
        prepare: (planned: PlannedAttempt) => questionCall(exchange, planned, question),
      })),
  };
}

const charactersIn = (texts: readonly string[]): number => texts.reduce((sum, { length }) => sum + length, 0);

const spokenOperation = ({ endpoint: { format, operation } }: PlannedOperation) => ({
  dialect: `${format}-${operation}`,
  errors: format === "gemini" ? ("gemini" as const) : ("openai-chat" as const),
});

function unable(model: string, { purpose }: SideCallOptions): GatewayError {
  return new GatewayError(
    "unsupported_feature",
    `The provider of '${model}' has no API for what this gateway is set to ask it (${purpose}).`,
  );
}

/** With the request, or beside it where it has been settled. */
async function recorded<T>(
  exchange: Exchange,
  { options, model }: { readonly options: SideCallOptions; readonly model: string },
  ask: (records: AttemptRecord[]) => Promise<T>,
): Promise<T> {
  const { outcome } = exchange;
  if (options.afterwards !== true && outcome.billed !== true) return ask(outcome.attempts);
  const entry = await ownEntry(exchange, { model });
  try {
    const value = await ask(entry.records);
    entry.settle(undefined);
    return value;
  } catch (thrown) {
    const error = asGatewayError(thrown);
    entry.settle(error);
    throw error;
  }
}
