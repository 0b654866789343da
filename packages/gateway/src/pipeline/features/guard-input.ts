import { type CanonicalRequest, GatewayError } from "@signalbox/protocol";
import type { GuardrailPolicy, PiiPolicy } from "../../config/features.ts";
import { newestTurn } from "../../features/guardrails/moderation/newest-turn.ts";
import { hideRequest } from "../../features/guardrails/pii/hide-request.ts";
import { createVault } from "../../features/guardrails/pii/vault.ts";
import type { Plan } from "../../routing/target.ts";
import type { ClientRequest } from "../client-request.ts";
import type { Exchange } from "../exchange.ts";
import { guardPolicy, judge, moderationAt, note } from "./guard-judge.ts";

/**
 * What stands between a request and everything that may answer it. Rejects with `content_policy` where a guard blocks it, and as
 * `judge` does where nobody could tell.
 */
export async function guardInput(exchange: Exchange, request: ClientRequest, plan: Plan): Promise<void> {
  const policy = guardPolicy(exchange, plan);
  const { pii, moderation } = policy;
  if (isSought(pii)) lookForPersonal(exchange, request.canonical(), pii);
  const action = moderationAt(policy, "input");
  if (moderation === undefined || action === undefined) return;
  const texts = newestTurn(readByOthers(request.canonical(), policy));
  if (texts.length === 0) return;
  const { flagged, categories } = await judge(exchange, texts, { policy: moderation, where: "input", action });
  if (flagged && action === "block") throw blocked("This request was blocked by moderation", Object.keys(categories));
}

/** A judge sees no more than an upstream does. */
function readByOthers(request: CanonicalRequest, { pii }: GuardrailPolicy): CanonicalRequest {
  return pii?.action === "redact" ? hideRequest(request, createVault(pii.kinds)).request : request;
}

interface Sought extends PiiPolicy {
  readonly action: "flag" | "block";
}

const isSought = (pii: PiiPolicy | undefined): pii is Sought => pii?.action === "flag" || pii?.action === "block";

function lookForPersonal(exchange: Exchange, request: CanonicalRequest, { action, kinds: wanted }: Sought): void {
  const vault = createVault(wanted);
  hideRequest(request, vault);
  const kinds = vault.counts();
  const names = Object.keys(kinds);
  const flagged = names.length > 0;
  note(exchange, { guard: "pii", where: "input", action, flagged, ...(flagged ? { kinds } : {}) });
  if (flagged && action === "block") throw blocked("This request was blocked because it holds personal data", names);
}

function blocked(why: string, names: readonly string[]): GatewayError {
  const found = names.length === 0 ? "" : ` (${names.join(", ").slice(0, 300)})`;
  return new GatewayError("content_policy", `${why}${found}.`);
}
