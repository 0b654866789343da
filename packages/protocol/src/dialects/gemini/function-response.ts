import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { Part, ToolResultPart } from "../../ir/parts.ts";
import { isObject, parseJsonObject } from "../../json/parse.ts";

/**
 * `functionResponse.response` is an object. Google's convention is `output` for what a function returned and `error` for
 * its failure; any other object is itself what it returned. https://ai.google.dev/api/caching#FunctionResponse
 */
export interface ResponseText {
  readonly text: string;
  readonly isError?: boolean;
  /** The key the client used, where it is not Google's own. */
  readonly resultKey?: "result";
}

export function decodeFunctionResponse(response: JsonValue | undefined): ResponseText {
  if (!isObject(response)) return { text: response === undefined ? "" : textOf(response) };
  const keys = Object.keys(response);
  const { output, result, error } = response;
  if (error !== undefined && error !== null && output === undefined) {
    const plain = keys.length === 1 && (typeof error === "string" || (isObject(error) && !("error" in error)));
    return { text: textOf(plain ? error : response), isError: true };
  }
  if (keys.length === 1 && typeof output === "string") return { text: output };
  if (keys.length === 1 && typeof result === "string") return { text: result, resultKey: "result" };
  return { text: textOf(response) };
}

const textOf = (value: JsonValue): string => (typeof value === "string" ? value : JSON.stringify(value));

/** JSON text that is an object is sent as the object, unless that would be read as one of the wrappers. */
export function encodeFunctionResponse(result: ToolResultPart, resultKey: string): JsonObject {
  const text = textContent(result.content);
  const parsed = parseJsonObject(text);
  if (result.isError === true) return parsed !== undefined && "error" in parsed ? parsed : { error: parsed ?? text };
  if (parsed === undefined) return { [resultKey]: text };
  const again = decodeFunctionResponse(parsed);
  return again.isError === true || again.resultKey !== undefined || again.text !== JSON.stringify(parsed)
    ? { [resultKey]: text }
    : parsed;
}

function textContent(content: readonly Part[]): string {
  const texts = content.map((part) => (part.type === "text" || part.type === "refusal" ? part.text : undefined));
  return texts.filter((text) => text !== undefined).join("\n");
}
