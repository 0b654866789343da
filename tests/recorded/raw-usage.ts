import {
  arrayOf,
  isObject,
  type JsonObject,
  type JsonValue,
  numberOf,
  objectOf,
  objectsOf,
  parseJson,
  stringOf,
} from "@signalbox/protocol";
import type { SpokenRecording } from "./recordings.ts";

/** What a vendor's answer says of what it used, found without our codecs. */
export interface RawUsage {
  readonly usage: JsonObject;
  /** Searches that the vendor bills one by one. */
  readonly searches: number;
}

/** Undefined where the answer tells of none. */
export function rawUsageOf(recording: SpokenRecording): RawUsage | undefined {
  const bodies = bodiesOf(recording);
  switch (recording.dialect) {
    case "openai-chat":
      return lastOf(bodies.map(chatUsage));
    case "openai-responses":
      return lastOf(bodies.map((body) => responsesUsage(objectOf(body["response"]) ?? body)));
    case "anthropic-messages":
      return messagesUsage(bodies);
    case "gemini":
      return geminiUsage(bodies);
  }
}

/** The whole body, or those of a stream's events. */
function bodiesOf({ response }: SpokenRecording): readonly JsonObject[] {
  if (typeof response !== "string") return isObject(response) ? [response] : objectsOf(response);
  return response.split(/\r?\n/).flatMap((line) => {
    const text = line.startsWith("data:") ? line.slice("data:".length).trim() : "";
    const body = text.startsWith("{") ? parsed(text) : null;
    return isObject(body) ? [body] : [];
  });
}

function parsed(text: string): JsonValue {
  try {
    return parseJson(text);
  } catch {
    return null;
  }
}

function lastOf(found: readonly (RawUsage | undefined)[]): RawUsage | undefined {
  return found.findLast((usage) => usage !== undefined);
}

/** Groq tells it beside the chunk's own fields, and Moonshot within the choice. */
function chatUsage(body: JsonObject): RawUsage | undefined {
  const places = [body["usage"], objectOf(body["x_groq"])?.["usage"], objectsOf(body["choices"])[0]?.["usage"]];
  const usage = places.find((place) => isObject(place));
  return isObject(usage) ? { usage, searches: 0 } : undefined;
}

function responsesUsage(response: JsonObject): RawUsage | undefined {
  const usage = objectOf(response["usage"]);
  if (usage === undefined) return undefined;
  const searches = objectsOf(response["output"]).filter(
    (item) => item["type"] === "web_search_call" && (objectOf(item["action"])?.["type"] ?? "search") === "search",
  );
  return { usage, searches: searches.length };
}

/** The start of a stream tells some, its end the rest. */
function messagesUsage(bodies: readonly JsonObject[]): RawUsage | undefined {
  const places = bodies.map((body) => objectOf(body["message"])?.["usage"] ?? body["usage"]);
  const told = places.filter((place) => isObject(place));
  if (told.length === 0) return undefined;
  let usage: JsonObject = {};
  for (const one of told) usage = { ...usage, ...withoutNulls(one) };
  return { usage, searches: count(objectOf(usage["server_tool_use"]), "web_search_requests") };
}

function withoutNulls(usage: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(usage).filter(([, value]) => value !== null));
}

function geminiUsage(bodies: readonly JsonObject[]): RawUsage | undefined {
  const usage = bodies.map((body) => objectOf(body["usageMetadata"])).findLast((found) => found !== undefined);
  if (usage === undefined) return undefined;
  const queries = bodies
    .flatMap((body) => objectsOf(body["candidates"]))
    .flatMap((candidate) => arrayOf(objectOf(candidate["groundingMetadata"])?.["webSearchQueries"]))
    .map(stringOf);
  return { usage, searches: new Set(queries).size };
}

export function count(usage: JsonObject | undefined, field: string): number {
  return numberOf(usage?.[field]) ?? 0;
}
