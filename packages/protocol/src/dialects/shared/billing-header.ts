import type { LossRecorder } from "../../ir/loss.ts";
import type { CanonicalRequest } from "../../ir/request.ts";

const MARK = "x-anthropic-billing-header:";

/**
 * The request without the attribution block that Claude Code puts first into its system prompt. The block is meant for
 * Anthropic alone and changes from build to build, so that it would spoil every other vendor's prompt cache.
 */
export function withoutBillingHeader(request: CanonicalRequest, losses: LossRecorder): CanonicalRequest {
  const instructions = request.instructions.filter((part) => !part.text.startsWith(MARK));
  if (instructions.length === request.instructions.length) return request;
  losses.adapt("billing-header", "Claude Code's billing header block was not sent to a vendor other than Anthropic.");
  return { ...request, instructions };
}
