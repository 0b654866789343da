import type { Exchange } from "../../exchange.ts";
import { type Fields, fieldsOf, isAbsent, listOf, textOf } from "../../json.ts";
import {
  describeBase64,
  describeUrl,
  type OutputWish,
  type RequestView,
  type SearchWish,
  type ToolResult,
  type Turn,
} from "../../request-view.ts";

/** A field by its JSON name or by its proto name: Google accepts both (https://protobuf.dev/programming-guides/json/). */
export function member(fields: Fields, name: string): unknown {
  return fields[name] ?? fields[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)];
}

export const partsOf = (content: unknown): readonly Fields[] =>
  listOf(member(fieldsOf(content), "parts")).map(fieldsOf);

export function read({ body }: Exchange): RequestView {
  const config = fieldsOf(member(body, "generationConfig"));
  return {
    system: textsOf(partsOf(member(body, "systemInstruction"))).join("\n"),
    turns: listOf(body["contents"]).flatMap(readContent),
    ...readPrefill(fieldsOf(listOf(body["contents"]).at(-1))),
    output: readOutput(config),
    search: readSearch(body),
    thinking: "on-demand",
  };
}

function readPrefill(last: Fields): Pick<RequestView, "prefill"> {
  const parts = partsOf(last);
  if (last["role"] !== "model" || parts.some((part) => has(part, "functionCall"))) return {};
  return { prefill: textsOf(parts).join("") };
}

function readContent(content: unknown): readonly Turn[] {
  const parts = partsOf(content);
  if (fieldsOf(content)["role"] === "model")
    return [{ role: "assistant", calls: parts.filter((part) => has(part, "functionCall")).length }];
  const results = parts.filter((part) => has(part, "functionResponse")).map(readResult);
  const others = parts.filter((part) => !has(part, "functionResponse"));
  const turns: Turn[] = [];
  if (results.length > 0) turns.push({ role: "tool", results });
  if (others.length > 0) turns.push({ role: "user", texts: textsOf(others), media: mediaOf(others) });
  return turns;
}

export const has = (part: Fields, name: string): boolean => !isAbsent(member(part, name));

const textsOf = (parts: readonly Fields[]): readonly string[] =>
  parts
    .filter((part) => part["thought"] !== true)
    .map((part) => textOf(part["text"]))
    .filter((text) => text !== undefined);

function readResult(part: Fields): ToolResult {
  const { id, name, response, parts } = fieldsOf(member(part, "functionResponse"));
  return {
    id: textOf(id) ?? textOf(name) ?? "",
    text: resultText(fieldsOf(response)),
    media: mediaOf(listOf(parts).map(fieldsOf)),
  };
}

/** `output`, `result` or `error` by convention; any other object as it is. */
function resultText(response: Fields): string {
  const value = response["output"] ?? response["result"] ?? response["error"] ?? response;
  return typeof value === "string" ? value : JSON.stringify(value);
}

function mediaOf(parts: readonly Fields[]): readonly string[] {
  return parts.map(describe).filter((description) => description !== undefined);
}

function describe(part: Fields): string | undefined {
  if (has(part, "inlineData")) {
    const blob = fieldsOf(member(part, "inlineData"));
    return describeBase64(textOf(member(blob, "mimeType")) ?? "unknown", textOf(blob["data"]) ?? "");
  }
  if (!has(part, "fileData")) return undefined;
  const file = fieldsOf(member(part, "fileData"));
  return describeUrl(textOf(member(file, "mimeType")) ?? "file", textOf(member(file, "fileUri")) ?? "");
}

function readOutput(config: Fields): OutputWish {
  const modalities = listOf(member(config, "responseModalities"));
  if (modalities.includes("AUDIO")) return { type: "audio" };
  if (modalities.includes("IMAGE")) return { type: modalities.includes("TEXT") ? "text-and-image" : "image" };
  const schema = member(config, "responseJsonSchema") ?? member(config, "responseSchema");
  if (!isAbsent(schema)) return { type: "json", schema: fieldsOf(schema) };
  return member(config, "responseMimeType") === "application/json" ? { type: "json" } : { type: "text" };
}

function readSearch(body: Fields): SearchWish | undefined {
  const tools = listOf(body["tools"]).map(fieldsOf);
  const tool = tools.find((one) => has(one, "googleSearch") || has(one, "googleSearchRetrieval"));
  if (tool === undefined) return undefined;
  const excluded = listOf(member(fieldsOf(member(tool, "googleSearch")), "excludeDomains"));
  return { allowed: [], blocked: excluded.map(String) };
}
