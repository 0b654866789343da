import {
  isObject,
  type JsonObject,
  type JsonValue,
  numberOf,
  objectOf,
  parseJson,
  stringOf,
  type Usage,
} from "@signalbox/protocol";
import type { SurfaceDialect } from "../../config/quirks.ts";
import { completionUsage } from "../completions/forward.ts";
import { egressOf } from "../dialects.ts";
import { type BatchEndpoint, batchEndpoint } from "./batch-endpoints.ts";
import type { BatchAdder } from "./batch-sums.ts";
import { isBlank, lineReader } from "./lines.ts";

/** A longer one is not read, and its cost not known. */
const LONGEST_LINE = 64 * 1024 * 1024;

/** What one line of results says; undefined: nothing was used. */
export type ReadResult = (
  line: JsonObject,
) => { readonly model: string; readonly usage: Usage | undefined } | undefined;

/** Reads along with results that go on unchanged. */
export interface ResultMeter {
  readonly push: (chunk: Buffer) => void;
  readonly end: () => void;
}

export function resultMeter(adder: BatchAdder, read: ReadResult): ResultMeter {
  const reader = lineReader(LONGEST_LINE);
  let lost = false;
  const guarded = (lines: () => readonly Buffer[]): void => {
    if (lost) return;
    try {
      for (const line of lines()) readLine(line, { adder, read });
    } catch {
      lost = true;
      adder.miss();
    }
  };
  return {
    push: (chunk) => guarded(() => reader.push(chunk)),
    end: () => guarded(reader.end),
  };
}

function readLine(line: Buffer, { adder, read }: { readonly adder: BatchAdder; readonly read: ReadResult }): void {
  if (isBlank(line)) return;
  try {
    const value = parseJson(line.toString("utf8"));
    if (isObject(value)) addResult(value, { adder, read });
  } catch {
    adder.miss();
  }
}

export function addResult(
  line: JsonObject,
  { adder, read }: { readonly adder: BatchAdder; readonly read: ReadResult },
): void {
  try {
    const result = read(line);
    if (result !== undefined) adder.add(result.model, result.usage);
  } catch {
    adder.miss();
  }
}

/** https://developers.openai.com/api/docs/guides/batch#5-retrieve-the-results */
export function openaiResults(url: string, models: readonly string[]): ReadResult {
  const endpoint = batchEndpoint(url);
  return (line) => {
    const response = objectOf(line["response"]);
    const body = objectOf(response?.["body"]);
    if (body === undefined || (numberOf(response?.["status_code"]) ?? 0) >= 400) return undefined;
    const answered = stringOf(body["model"]) ?? "";
    const model =
      models.find((known) => known === answered) ?? (models.length === 1 ? models[0] : undefined) ?? answered;
    return { model, usage: endpoint === undefined ? undefined : usageAt(endpoint, body, model) };
  };
}

function usageAt({ dialect, operation }: BatchEndpoint, body: JsonObject, model: string): Usage | undefined {
  switch (operation) {
    case undefined:
      return usageOfReply(dialect, body, model);
    case "embeddings": {
      const inputTokens = numberOf(objectOf(body["usage"])?.["prompt_tokens"]);
      return inputTokens === undefined ? undefined : { inputTokens, outputTokens: 0 };
    }
    case "completions":
      return completionUsage(body);
    default:
      return undefined;
  }
}

function usageOfReply(dialect: SurfaceDialect, body: JsonValue, model: string): Usage | undefined {
  return egressOf(dialect).decodeResponse(body, { dialect, provider: "", model }).usage;
}

/** https://platform.claude.com/docs/en/build-with-claude/batch-processing#retrieving-batch-results */
export const anthropicResults =
  (models: readonly string[]): ReadResult =>
  (line) => {
    const result = objectOf(line["result"]);
    const message = objectOf(result?.["message"]);
    if (result?.["type"] !== "succeeded" || message === undefined) return undefined;
    const answered = stringOf(message["model"]) ?? "";
    const model =
      models.find((known) => known === answered) ?? (models.length === 1 ? models[0] : undefined) ?? answered;
    return { model, usage: usageOfReply("anthropic-messages", message, model) };
  };

/** Of one element of `inlinedResponses`. https://ai.google.dev/api/batch-api */
export const geminiResults =
  (models: readonly string[]): ReadResult =>
  (line) => {
    const response = objectOf(line["response"]);
    if (response === undefined) return undefined;
    const model = models[0] ?? stringOf(response["modelVersion"]) ?? "";
    return { model, usage: usageOfReply("gemini", response, model) };
  };
