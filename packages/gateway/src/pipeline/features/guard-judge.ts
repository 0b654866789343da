import { type ErrorCode, GatewayError } from "@signalbox/protocol";
import type { GuardrailPolicy, ModerationPolicy } from "../../config/features.ts";
import { type Judged, judged } from "../../features/guardrails/moderation/judged.ts";
import { piecesOf } from "../../features/guardrails/moderation/pieces.ts";
import type { Verdict } from "../../features/guardrails/verdict.ts";
import type { Plan } from "../../routing/target.ts";
import type { Exchange } from "../exchange.ts";
import { asGatewayError } from "../failure.ts";
import { sideCalls } from "./side-calls.ts";

/** A judge that takes longer holds up everything. */
const TIMEOUT_MS = 10_000;

/** What holds for this request: the router's word for each guard, else the configuration's. */
export function guardPolicy(
  { snapshot }: Pick<Exchange, "snapshot">,
  { features }: Pick<Plan, "features">,
): GuardrailPolicy {
  return features.guardrails === undefined ? snapshot.guardrails : { ...snapshot.guardrails, ...features.guardrails };
}

export type Side = Verdict["where"];

/** What moderation does there; undefined: nothing. */
export function moderationAt({ moderation }: GuardrailPolicy, where: Side): "flag" | "block" | undefined {
  const action = moderation?.[where] ?? "off";
  return action === "off" ? undefined : action;
}

export function note({ outcome }: Pick<Exchange, "outcome">, verdict: Verdict): void {
  outcome.guardrails = [...(outcome.guardrails ?? []), verdict];
}

export interface Trial {
  readonly policy: ModerationPolicy;
  readonly where: Side;
  readonly action: "flag" | "block";
}

/**
 * Has the texts judged and notes the verdict; undefined: they are too long for it. Rejects with `overloaded` or `permission_denied` where nobody could judge them and that
 * must not be.
 */
export async function judge(exchange: Exchange, texts: readonly string[] | undefined, trial: Trial): Promise<Judged> {
  const { policy, where, action } = trial;
  const { model, categories } = policy;
  const plain = { guard: "moderation", where, action, model } as const;
  try {
    const found = judged(await judgements(exchange, texts, model), categories);
    note(exchange, { ...plain, flagged: found.flagged, ...(found.flagged ? { categories: found.categories } : {}) });
    return found;
  } catch (thrown) {
    const error = asGatewayError(thrown);
    if (error.code === "client_closed") throw error;
    note(exchange, { ...plain, flagged: false, failed: error.code });
    if (!passesUnjudged(trial)) throw unjudged(where, error);
    return { flagged: false, categories: {} };
  }
}

/** What nobody could judge is let pass. */
export const passesUnjudged = ({ policy, action }: Trial): boolean =>
  (policy.onFailure ?? (action === "block" ? "block" : "allow")) === "allow";

async function judgements(exchange: Exchange, texts: readonly string[] | undefined, model: string) {
  const pieces = texts === undefined ? undefined : piecesOf(texts);
  if (pieces === undefined) throw new GatewayError("request_too_large", "It is too long to be judged.");
  return sideCalls(exchange, { purpose: "moderation", timeoutMs: TIMEOUT_MS }).moderate(model, pieces);
}

/** Trying again does not help against these. */
const LASTING: ReadonlySet<ErrorCode> = new Set([
  "permission_denied",
  "model_not_found",
  "unsupported_feature",
  "request_too_large",
]);

function unjudged(where: Side, cause: GatewayError): GatewayError {
  const what = where === "input" ? "This request" : "The answer";
  return LASTING.has(cause.code)
    ? new GatewayError("permission_denied", `${what} cannot be judged, and this gateway lets nothing pass unjudged.`, {
        cause,
      })
    : new GatewayError("overloaded", `${what} could not be judged, and this gateway lets nothing pass unjudged.`, {
        cause,
      });
}
