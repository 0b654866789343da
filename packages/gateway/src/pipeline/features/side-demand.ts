import { GatewayError } from "@signalbox/protocol";
import { type WorstTokens, worstCaseNano } from "../../accounting/worst-case.ts";
import { servesQuestion } from "../../features/response-cache/semantic/judge.ts";
import type { Plan, Target } from "../../routing/target.ts";
import type { Exchange } from "../exchange.ts";
import { wishOf } from "./answer-cache-ask.ts";
import { guardPolicy, moderationAt } from "./guard-judge.ts";
import { sideTargets } from "./side-call-targets.ts";

type Tokens = Pick<WorstTokens, "input" | "output">;

const { instructions, maxOutputTokens } = servesQuestion("", "");

/**
 * Nano-dollars at most for what the gateway's own features ask models while they serve a request, which may be so long and get so long
 * an answer. What is asked after the answer, to measure a cache, is not among it.
 */
export function sideDemand(exchange: Exchange, plan: Plan, { input, output }: Tokens): number {
  const guards = guardPolicy(exchange, plan);
  const { moderation } = guards;
  let nano = 0;
  if (moderation !== undefined) {
    const read =
      (moderationAt(guards, "input") === undefined ? 0 : input) +
      (moderationAt(guards, "output") === undefined ? 0 : output);
    nano += askedAt(exchange, moderation.model, { input: read, output: 0 });
  }
  if (wishOf(exchange)?.policy.match !== "semantic") return nano;
  const { embeddings, judge } = exchange.snapshot.cache.semantic;
  if (embeddings !== undefined) nano += askedAt(exchange, embeddings, { input, output: 0 });
  if (judge !== undefined) {
    const read = input + output + instructions.length;
    nano += askedAt(exchange, judge, { input: read, output: maxOutputTokens });
  }
  return nano;
}

function askedAt(exchange: Exchange, model: string, tokens: Tokens): number {
  return tokens.input === 0 ? 0 : worstCaseNano(targetsOf(exchange, model), tokens, exchange.arrivedAt);
}

/** Who may not be asked costs nothing. */
function targetsOf(exchange: Exchange, model: string): readonly Target[] {
  try {
    return sideTargets(exchange, model);
  } catch (error) {
    if (error instanceof GatewayError) return [];
    throw error;
  }
}
