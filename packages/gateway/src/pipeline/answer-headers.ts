import type { LossReport } from "@signalbox/protocol";
import { verdictLine } from "../features/guardrails/verdict.ts";
import type { Lane } from "../routing/plan.ts";
import { type Answering, attemptedText, failures, reasoningOf } from "./answer-metadata.ts";
import { answerAttempts, type Exchange } from "./exchange.ts";
import { cacheHeaders } from "./features/answer-cache-telling.ts";
import { compressionHeader } from "./features/compress-telling.ts";
import { metadataMode, metadataModeOrPreset } from "./telling.ts";

const MAX_WORDS = 500;
const MAX_LIST = 1024;

/** What the gateway says of its own part in an answer, as far as it is known when the answer begins. */
export function answerHeaders(
  exchange: Exchange,
  planned: Answering & { readonly lane?: Lane },
  losses: LossReport,
): Record<string, string> {
  const cache = cacheHeaders(exchange.outcome);
  if (metadataMode(exchange) === "off") return cache;
  const attempts = answerAttempts(exchange.outcome);
  const dropped = features(losses.dropped);
  const adapted = features(losses.adapted);
  return {
    "x-signalbox-generation-id": exchange.generationId,
    "x-signalbox-provider": planned.target.provider.id,
    "x-signalbox-model": headerText(planned.target.model),
    ...(planned.lane === undefined ? {} : { "x-signalbox-lane": planned.lane }),
    "x-signalbox-attempts": String(attempts.length),
    ...(attempts.length === 0
      ? {}
      : { "x-signalbox-attempted": headerText(attemptedText(attempts, planned)).slice(0, MAX_LIST) }),
    "x-signalbox-reasoning": headerWords(reasoningOf(exchange, planned)),
    ...cache,
    ...(dropped === "" ? {} : { "x-signalbox-dropped": dropped }),
    ...(adapted === "" ? {} : { "x-signalbox-adapted": adapted }),
    ...guardHeader(exchange),
    ...compressionHeader(exchange.outcome),
  };
}

function guardHeader({ outcome }: Exchange): Record<string, string> {
  const { guardrails } = outcome;
  if (guardrails === undefined) return {};
  return { "x-signalbox-guardrails": headerText(verdictLine(guardrails)).slice(0, MAX_LIST) };
}

/** The same of an answer that is an error: its body is left alone, because clients match on its wording. */
export function failureHeaders(exchange: Exchange): Record<string, string> {
  const { plan } = exchange.outcome;
  const attempts = answerAttempts(exchange.outcome);
  if ((attempts.length === 0 && plan === undefined) || metadataModeOrPreset(exchange) === "off") return {};
  const reasoning = [plan?.reasoning, failures(attempts, "")].filter((words) => words !== undefined && words !== "");
  return {
    "x-signalbox-generation-id": exchange.generationId,
    "x-signalbox-attempts": String(attempts.length),
    ...(attempts.length === 0
      ? {}
      : { "x-signalbox-attempted": headerText(attemptedText(attempts)).slice(0, MAX_LIST) }),
    ...(reasoning.length === 0 ? {} : { "x-signalbox-reasoning": headerWords(reasoning.join(" ")) }),
    ...guardHeader(exchange),
  };
}

/** Names of fields and models are the client's words; a header takes visible ASCII only. */
function headerText(text: string): string {
  return text.replaceAll(/[^\x21-\x7e]/g, "_");
}

function headerWords(text: string): string {
  return text
    .slice(0, MAX_WORDS)
    .replaceAll(/[^\x20-\x7e]/g, "_")
    .trim();
}

function features(losses: LossReport["dropped"]): string {
  return headerText([...new Set(losses.map(({ feature }) => feature))].join(",")).slice(0, MAX_LIST);
}
