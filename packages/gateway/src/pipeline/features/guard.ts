import type { GuardrailPolicy } from "../../config/features.ts";
import { once } from "../../routing/once.ts";
import type { Plan } from "../../routing/target.ts";
import type { AnswerWork } from "../answer-work.ts";
import type { ClientRequest } from "../client-request.ts";
import type { Exchange } from "../exchange.ts";
import type { Rework } from "../rework.ts";
import { guardInput } from "./guard-input.ts";
import { guardPolicy, moderationAt } from "./guard-judge.ts";
import { moderateAnswer } from "./guard-output.ts";
import { hidePersonal } from "./guard-pii.ts";

export interface GuardWork {
  readonly reworks: readonly Rework[];
  /** Innermost first. */
  readonly work: readonly AnswerWork[];
}

/** What guards do to a request and its answer; undefined: nothing, and its bytes may pass as they are. */
export function guardWork(exchange: Exchange, request: ClientRequest, plan: Plan): GuardWork | undefined {
  const policy = guardPolicy(exchange, plan);
  const { pii, moderation } = policy;
  const output = moderationAt(policy, "output");
  const hiding = pii?.action === "redact" ? hidePersonal(exchange, request, pii) : undefined;
  // A judge reads placeholders, as the upstream does: it stands before the values come back.
  const judging =
    moderation === undefined || output === undefined ? [] : [moderateAnswer(exchange, moderation, output)];
  if (hiding === undefined) return judging.length === 0 ? undefined : { reworks: [], work: judging };
  return { reworks: [hiding.rework], work: [...judging, hiding.work] };
}

/** Looks at a request, once however often it is called. Rejects as `guardInput` does. */
export type InputGuard = () => Promise<void>;

/** Undefined: there are no guards. */
export function inputGuard(exchange: Exchange, request: ClientRequest, plan: Plan): InputGuard | undefined {
  return isOff(guardPolicy(exchange, plan)) ? undefined : once(() => guardInput(exchange, request, plan));
}

/**
 * The request once its guards have let it pass, with their part in it and in its answer. Rejects as `guardInput` does. The request itself,
 * at once, where there are none.
 */
export function withGuards(
  exchange: Exchange,
  request: ClientRequest,
  guard: InputGuard | undefined,
): ClientRequest | Promise<ClientRequest> {
  return guard === undefined ? request : guarded(exchange, request, guard);
}

/** Not all of it may go to upstreams as it is, so that nobody is asked about it without being guarded. */
export function keepsBack(exchange: Pick<Exchange, "snapshot">, plan: Plan): boolean {
  const policy = guardPolicy(exchange, plan);
  const { action = "off" } = policy.pii ?? {};
  return action === "block" || action === "redact" || moderationAt(policy, "input") === "block";
}

/** Guards look at conversations: where there are any, what could be asked as one has to be. */
export const isGuarded = (exchange: Pick<Exchange, "snapshot">, plan: Plan): boolean =>
  !isOff(guardPolicy(exchange, plan));

const isOff = ({ pii, moderation }: GuardrailPolicy): boolean => pii === undefined && moderation === undefined;

async function guarded(exchange: Exchange, request: ClientRequest, guard: InputGuard): Promise<ClientRequest> {
  await guard();
  const { plan } = exchange.outcome;
  const guards = plan === undefined ? undefined : guardWork(exchange, request, plan);
  if (guards === undefined) return request;
  const { reworks = [], work = [] } = request;
  return { ...request, reworks: [...reworks, ...guards.reworks], work: [...work, ...guards.work] };
}
