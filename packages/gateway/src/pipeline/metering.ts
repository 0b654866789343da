import { type CanonicalResponse, type Part, totalInputTokens, type Usage } from "@signalbox/protocol";
import { roughTokens } from "../accounting/estimate.ts";
import { CHARACTERS_PER_TOKEN } from "../catalogue/rough-tokens.ts";
import type { ClientRequest } from "./client-request.ts";
import type { AttemptRecord, Exchange } from "./exchange.ts";
import { requestView } from "./request-view.ts";
import { metered } from "./when-metered.ts";

export const tokensIn = (characters: number): number => Math.ceil(characters / CHARACTERS_PER_TOKEN);

/** What an upstream that was cut, or that does not count, has used: what it told, and an estimate of the rest. */
export function usageOfCut(told: Usage | undefined, promptTokens: number, characters: number): Usage {
  const { raw: _, ...counts } = told ?? {};
  return {
    ...(totalInputTokens(counts) === undefined ? { inputTokens: promptTokens } : {}),
    ...counts,
    outputTokens: Math.max(counts.outputTokens ?? 0, tokensIn(characters)),
  };
}

/** One upstream's part in an answer, as its relay saw it. */
export interface Seen {
  readonly usage: Usage | undefined;
  readonly complete: boolean;
  /** What the model wrote, as far as it came. */
  readonly characters: () => number;
}

/** An attempt that is being counted. */
export interface Metered {
  readonly exchange: Exchange;
  readonly request: ClientRequest;
  readonly record: AttemptRecord;
}

/** Notes what an attempt used. An answer that ended before its upstream had counted is estimated, and marked so. */
export function meter({ exchange, request, record }: Metered, { usage, complete, characters }: Seen): void {
  if (usage !== undefined && complete && isWhole(usage)) record.usage = usage;
  else {
    record.usage = usageOfCut(usage, promptTokens(exchange, request), characters());
    record.usageEstimated = true;
  }
  metered(record);
}

const isWhole = (usage: Usage): boolean => totalInputTokens(usage) !== undefined && usage.outputTokens !== undefined;

/**
 * What was given up before it answered: by a client that left, by a limit of ours, or for another attempt that was faster. The
 * upstream had begun to read, and vendors differ in what they bill then, so its prompt counts.
 */
export function meterAbandoned(metered: Metered): void {
  const { error } = metered.record;
  if (error === undefined) return;
  const abandoned = error.code === "client_closed" || (error.code === "upstream_timeout" && error.cause === undefined);
  if (abandoned) meterPrompt(metered);
}

/** For what is given up just now: whoever answers instead is billed before the other attempt has come to its end. */
export function meterPrompt({ exchange, request, record }: Metered): void {
  const { usage, sentAt, told } = record;
  if (usage !== undefined || sentAt === undefined) return;
  record.usage = usageOfCut(told, promptTokens(exchange, request), 0);
  record.usageEstimated = true;
}

/** Where an answer is gone on with, what was said of it is part of the prompt. */
function promptTokens(exchange: Exchange, request: ClientRequest): number {
  const { continued, canonical, addedTokens } = request;
  if (continued !== undefined) return roughTokens(continued(canonical()));
  return requestView(exchange, request).features().inputTokens + (addedTokens?.() ?? 0);
}

export function charactersOf(response: CanonicalResponse): number {
  const length = (part: Part): number => {
    if ("text" in part) return part.text.length;
    return part.type === "tool-call" ? part.name.length + part.arguments.length : 0;
  };
  return response.parts.reduce((sum, part) => sum + length(part), 0);
}
