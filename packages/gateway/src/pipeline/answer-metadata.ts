import type { JsonObject, Loss, LossReport } from "@signalbox/protocol";
import type { SurfaceDialect } from "../config/quirks.ts";
import { toldVerdict } from "../features/guardrails/verdict.ts";
import { type AttemptRecord, answerAttempts, type Exchange, type Outcome } from "./exchange.ts";
import { cacheMetadata } from "./features/answer-cache-telling.ts";
import { toldCompression } from "./features/compress-telling.ts";

/** What an answer's way is told from. */
export interface Told extends Pick<Exchange, "generationId" | "startedAt"> {
  readonly outcome: Pick<
    Outcome,
    "attempts" | "plan" | "searches" | "guardrails" | "cache" | "savings" | "compression"
  >;
}

/** Who answers. */
export interface Answering {
  readonly target: { readonly provider: { readonly id: string }; readonly model: string };
}

const MAX_MESSAGE = 300;

/**
 * `{attempts: [{model, success, time_to_first_token_ms, error?: {code, message?}}], generation_id, reasoning,
 * total_duration_ms}`: Inworld Router's shape; `dropped` and `adapted` are ours, and only there when something was.
 */
export function answerMetadata(exchange: Told, planned: Answering, losses: LossReport): JsonObject {
  const { outcome, startedAt } = exchange;
  const now = performance.now();
  const attempts = answerAttempts(outcome);
  const answering = answeringOf(attempts, planned);
  return {
    attempts: attempts.map((record) => toldAttempt(record, record === answering ? now : undefined)),
    generation_id: exchange.generationId,
    reasoning: reasoningOf(exchange, planned),
    total_duration_ms: Math.round(now - startedAt),
    ...toldSearches(outcome),
    ...toldVerdicts(outcome),
    ...toldCompression(outcome),
    ...cacheMetadata(outcome),
    ...toldLosses("dropped", losses.dropped),
    ...toldLosses("adapted", losses.adapted),
  };
}

/** The attempt that answers. Of several of one target it is the last; one of another target that still runs is a hedge that lost. */
export function answeringOf(attempts: readonly AttemptRecord[], { target }: Answering): AttemptRecord | undefined {
  return attempts.findLast(
    ({ provider, model, error }) => error === undefined && provider === target.provider.id && model === target.model,
  );
}

function toldAttempt(record: AttemptRecord, answersAt: number | undefined): JsonObject {
  const firstContentAt = record.firstContentAt ?? answersAt;
  const isAnswer = answersAt !== undefined || hasPart(record);
  return {
    model: `${record.provider}/${record.model}`,
    success: isAnswer,
    ...(record.continues === true ? { continues: true } : {}),
    ...(firstContentAt === undefined ? {} : { time_to_first_token_ms: Math.round(firstContentAt - record.startedAt) }),
    ...(isAnswer ? {} : { error: toldError(record) }),
  };
}

/** Others went on with what it answered. */
const hasPart = ({ error, firstContentAt }: AttemptRecord): boolean =>
  error === undefined && firstContentAt !== undefined;

function toldVerdicts({ guardrails }: Pick<Outcome, "guardrails">): JsonObject {
  return guardrails === undefined ? {} : { guardrails: guardrails.map(toldVerdict) };
}

function toldSearches({ searches }: Pick<Outcome, "searches">): JsonObject {
  return searches === undefined ? {} : { web_search: { ...searches } };
}

/** What an upstream says of the operator's account is not the client's business. */
function toldError({ error }: AttemptRecord): JsonObject {
  if (error === undefined) return { code: "client_closed", message: "Another attempt answered first." };
  return {
    code: error.code,
    ...(error.scope === "credential" ? {} : { message: error.message.slice(0, MAX_MESSAGE) }),
  };
}

function toldLosses(name: "dropped" | "adapted", losses: readonly Loss[]): JsonObject {
  return losses.length === 0 ? {} : { [name]: losses.map(({ feature, detail }) => ({ feature, detail })) };
}

/** Why this target, and how it went, as the vendor says it: `Using specified model: 'openai/gpt-4o' - success`. */
export function reasoningOf({ outcome }: Told, planned: Answering): string {
  const name = targetName(planned);
  const attempts = answerAttempts(outcome);
  const lead = answeringOf(attempts, planned)?.continues === true ? ", continuing the answer after " : " after ";
  if (outcome.cache?.original !== undefined) return `${wayTo(name, outcome.plan?.reasoning)} - kept from before`;
  return `${wayTo(name, outcome.plan?.reasoning)} - success${failures(attempts, lead)}`;
}

function wayTo(name: string, reasoning: string | undefined): string {
  if (reasoning === undefined || reasoning === "") return `Using specified model: '${name}'`;
  return reasoning.includes(`'${name}'`) ? reasoning.replace(/\.$/, "") : `${reasoning} Using '${name}'`;
}

/** The failed attempts in words: `'openai/gpt-4o' failed (upstream_overloaded)`. */
export function failures(attempts: readonly AttemptRecord[], lead: string): string {
  const failed = attempts.flatMap(({ provider, model, error }) =>
    error === undefined ? [] : [`'${provider}/${model}' failed (${error.code})`],
  );
  return failed.length === 0 ? "" : lead + failed.join(", ");
}

export function targetName({ target }: Answering): string {
  return `${target.provider.id}/${target.model}`;
}

/** The attempts in a line: `openai/gpt-4o=503,anthropic/claude-opus-4-6=ok`. */
export function attemptedText(attempts: readonly AttemptRecord[], planned?: Answering): string {
  const answering = planned === undefined ? undefined : answeringOf(attempts, planned);
  return attempts
    .map((record) => `${plain(`${record.provider}/${record.model}`)}=${ending(record, record === answering)}`)
    .join(",");
}

function ending(record: AttemptRecord, answers: boolean): string {
  const { error } = record;
  if (answers || hasPart(record)) return "ok";
  return error === undefined ? "lost" : String(error.detail.upstreamStatus ?? error.status);
}

const plain = (name: string): string => name.replaceAll(/[,=\s]/g, "_");

/**
 * Under which key metadata stand: the vendor's own, where neither the dialect nor the upstream has put something else
 * there. Undefined when there is no free one.
 */
export function metadataKey(dialect: SurfaceDialect, isTaken: (key: string) => boolean): string | undefined {
  const own = dialect === "openai-responses" ? [] : ["metadata"];
  return [...own, "signalbox_metadata"].find((key) => !isTaken(key));
}
