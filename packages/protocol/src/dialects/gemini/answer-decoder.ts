import type { StreamEvent } from "../../ir/events.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { Origin } from "../../ir/origin.ts";
import { isObject } from "../../json/parse.ts";
import { arrayOf, compact, numberOf, objectOf, objectsOf, otherFields, stringOf } from "../../json/read.ts";
import { type AnswerParts, answerParts, closeParts, giveSearch, onPart } from "./answer-parts.ts";
import { blockedFinishReason, decodeFinishReason } from "./finish-reason.ts";
import { decodeEarlyUsage, decodeUsage } from "./usage.ts";
import { fieldsOf, nonEmpty } from "./wire.ts";

/**
 * A whole answer is one GenerateContentResponse and a stream is several, so both are decoded here, and a stream collects
 * to the same response as the answer that was not streamed.
 */
export interface AnswerDecoder {
  readonly chunk: (body: JsonObject) => StreamEvent[];
  /** Whether the upstream said why it stopped. */
  readonly isComplete: () => boolean;
  readonly finish: () => StreamEvent[];
}

interface AnswerState {
  readonly answer: AnswerParts;
  started: boolean;
  usage: JsonObject | undefined;
  finishReason: string | undefined;
  blockReason: string | undefined;
  /** Response fields that the IR has no word for. */
  response: JsonObject;
}

const RESPONSE_FIELDS = new Set(["candidates", "usageMetadata", "modelVersion", "responseId", "createTime"]);
const CANDIDATE_FIELDS = new Set(["content", "finishReason", "index"]);

export function answerDecoder(origin: Origin): AnswerDecoder {
  const state: AnswerState = {
    answer: answerParts(origin),
    started: false,
    usage: undefined,
    finishReason: undefined,
    blockReason: undefined,
    response: {},
  };
  return {
    chunk: (body) => onChunk(state, fieldsOf(body)),
    isComplete: () => state.finishReason !== undefined || state.blockReason !== undefined,
    finish: () => [...onStart(state, {}), ...closeParts(state.answer), ...giveSearch(state.answer), responseEnd(state)],
  };
}

/**
 * A chunk that says nothing, such as a gateway's keep-alive, does not begin the answer. Of several candidates only the first is answered: the IR has
 * one answer.
 */
function onChunk(state: AnswerState, fields: JsonObject): StreamEvent[] {
  const metadata = objectOf(fields["usageMetadata"]);
  if (metadata !== undefined) state.usage = { ...state.usage, ...fieldsOf(metadata) };
  state.blockReason = stringOf(objectOf(fields["promptFeedback"])?.["blockReason"]) ?? state.blockReason;
  state.response = mergeFields(state.response, otherFields(fields, RESPONSE_FIELDS) ?? {});
  const candidates = objectsOf(fields["candidates"]).map(fieldsOf);
  const first = candidates.find((candidate) => (numberOf(candidate["index"]) ?? 0) === 0);
  const isHead = fields["responseId"] !== undefined || fields["modelVersion"] !== undefined;
  const started = isHead ? onStart(state, fields) : [];
  const events = first === undefined ? [] : onCandidate(state, first);
  return [...started, ...(events.length === 0 ? [] : onStart(state, fields)), ...events];
}

function onStart(state: AnswerState, body: JsonObject): StreamEvent[] {
  if (state.started) return [];
  state.started = true;
  const id = stringOf(body["responseId"]);
  state.answer.scope = id ?? "";
  const created = Date.parse(stringOf(body["createTime"]) ?? "");
  const head = {
    id,
    model: stringOf(body["modelVersion"]),
    createdAt: Number.isFinite(created) ? Math.floor(created / 1000) : undefined,
    usage: state.usage === undefined ? undefined : decodeEarlyUsage(state.usage),
  };
  return [{ type: "response-start", ...compact(head) }];
}

function onCandidate(state: AnswerState, candidate: JsonObject): StreamEvent[] {
  const { answer } = state;
  answer.candidate = mergeFields(answer.candidate, otherFields(candidate, CANDIDATE_FIELDS) ?? {});
  state.finishReason = stringOf(candidate["finishReason"]) ?? state.finishReason;
  return arrayOf(objectOf(candidate["content"])?.["parts"]).flatMap((part) => onPart(answer, part));
}

function responseEnd({ answer, usage, finishReason, blockReason, response }: AnswerState): StreamEvent {
  const extension = nonEmpty(compact({ response: nonEmpty(response), candidate: nonEmpty(answer.candidate) }));
  const blocked = finishReason === undefined && blockReason !== undefined;
  return {
    type: "response-end",
    finishReason: blocked ? blockedFinishReason(blockReason) : decodeFinishReason(finishReason, answer.callCount > 0),
    ...compact({
      usage:
        usage === undefined
          ? undefined
          : decodeUsage(usage, { grounding: answer.candidate["groundingMetadata"], model: answer.origin.model }),
      serviceTier: stringOf(usage?.["serviceTier"]),
      extensions: extension === undefined ? undefined : { gemini: extension },
    }),
  };
}

/** Lists of which each chunk of a stream has only what is new; some servers repeat what came before. */
const GROWING: ReadonlySet<string> = new Set([
  "groundingChunks",
  "groundingSupports",
  "webSearchQueries",
  "imageSearchQueries",
  "retrievalQueries",
  "urlMetadata",
  "citationSources",
  "citations",
]);
/** Lists with one entry a token, of which equal ones are not repetitions. */
const BY_TOKEN: ReadonlySet<string> = new Set(["topCandidates", "chosenCandidates"]);

/** Of all other fields, the latest chunk's value stands. */
function mergeFields(earlier: JsonObject, later: JsonObject): JsonObject {
  const entries = Object.entries(later).map(([key, value]) => [key, mergeField(key, earlier[key], value)] as const);
  return { ...earlier, ...Object.fromEntries(entries) };
}

function mergeField(key: string, earlier: JsonValue | undefined, later: JsonValue | undefined): JsonValue | undefined {
  if (isObject(earlier) && isObject(later)) return mergeFields(earlier, later);
  if (!Array.isArray(earlier) || !Array.isArray(later)) return later;
  if (BY_TOKEN.has(key)) return [...earlier, ...later];
  if (!GROWING.has(key)) return later;
  const seen = new Set(earlier.map((value) => JSON.stringify(value)));
  return [...earlier, ...later.filter((value) => !seen.has(JSON.stringify(value)))];
}
