import type { PiiPolicy } from "../../config/features.ts";
import { hideRequest } from "../../features/guardrails/pii/hide-request.ts";
import { asJsonText } from "../../features/guardrails/pii/json-text.ts";
import { restoreEvents } from "../../features/guardrails/pii/restore-events.ts";
import { createVault } from "../../features/guardrails/pii/vault.ts";
import type { Verdict } from "../../features/guardrails/verdict.ts";
import type { AnswerWork } from "../answer-work.ts";
import type { ClientRequest } from "../client-request.ts";
import type { Exchange } from "../exchange.ts";
import type { Rework } from "../rework.ts";

/** Placeholders for what is personal on the way to upstreams, and the client's own words again on the way back. */
export function hidePersonal(
  exchange: Exchange,
  request: Pick<ClientRequest, "canonical">,
  { kinds: wanted }: PiiPolicy,
): { readonly rework: Rework; readonly work: AnswerWork } {
  const vault = createVault(wanted);
  const { output } = request.canonical();
  const isJson = output !== undefined && output.type !== "text";
  const restorer = restoreEvents(vault, isJson ? asJsonText : undefined);
  return {
    rework(asked) {
      const { request, unread } = hideRequest(asked, vault);
      const kinds = vault.counts();
      const flagged = Object.keys(kinds).length > 0;
      renew(exchange, { guard: "pii", where: "input", action: "redact", flagged, ...(flagged ? { kinds } : {}) });
      return unread ? { request, adapted: [UNREAD] } : { request };
    },
    work: { begin: restorer.reset, push: restorer.push, next: () => undefined },
  };
}

const UNREAD = {
  feature: "guardrails.pii",
  detail: "Media, files and parts of vendors' own tools are not looked into, and were sent as they are.",
};

/** A request is asked several times, and told of once. */
function renew({ outcome }: Exchange, verdict: Verdict): void {
  const others = (outcome.guardrails ?? []).filter(({ guard }) => guard !== "pii");
  outcome.guardrails = [...others, verdict];
}
