import { isObject, type JsonObject, type JsonValue, type SseMessage } from "@signalbox/protocol";
import {
  type Answer,
  type Ask,
  at,
  type Counts,
  count,
  dataOf,
  type Found,
  type Item,
  list,
  pieces,
  type Result,
  type Seen,
  some,
  type Told,
  text,
  type WireKit,
} from "./kit.ts";

function part(item: Item): JsonObject {
  switch (item.kind) {
    case "text":
      return { text: item.text };
    case "image":
      return { inlineData: { mimeType: "image/png", data: item.data } };
    case "pdf":
      return { inlineData: { mimeType: "application/pdf", data: item.data, displayName: item.name } };
    case "thought":
      return some({ text: item.text, thought: true, thoughtSignature: item.signature });
    case "call": {
      const { id, name, args, signature } = item;
      return some({ functionCall: some({ id: id || undefined, name, args }), thoughtSignature: signature });
    }
    case "result":
      return { functionResponse: response(item) };
  }
}

function response({ id, name, content }: Result): JsonObject {
  const media = content.filter(({ kind }) => kind !== "text").map(part);
  const words = content.map((item) => (item.kind === "text" ? item.text : "")).join("");
  return some({ id, name, response: { output: words }, parts: media.length === 0 ? undefined : media });
}

function ask(spec: Ask): JsonObject {
  const { system, turns, tools, toolChoice, schema, stop, effort, maxTokens, temperature } = spec;
  return some({
    systemInstruction: system && { role: "user", parts: system.map(part) },
    contents: turns.map(({ role, items }) => ({
      role: role === "assistant" ? "model" : "user",
      parts: items.map(part),
    })),
    tools: tools && [
      {
        functionDeclarations: tools.map(({ name, description, parameters }) => ({
          name,
          description,
          parametersJsonSchema: parameters,
        })),
      },
    ],
    toolConfig: toolChoice && { functionCallingConfig: calling(toolChoice) },
    generationConfig: some({
      ...(schema === undefined ? {} : { responseMimeType: "application/json", responseJsonSchema: schema }),
      stopSequences: stop,
      maxOutputTokens: maxTokens,
      temperature,
      thinkingConfig: effort && { includeThoughts: true, thinkingLevel: effort.toUpperCase() },
    }),
  });
}

function calling(toolChoice: NonNullable<Ask["toolChoice"]>): JsonObject {
  if (typeof toolChoice === "object") return { mode: "ANY", allowedFunctionNames: [toolChoice.name] };
  return { mode: toolChoice === "required" ? "ANY" : "NONE" };
}

function told(body: JsonObject): Told {
  const config = body["generationConfig"];
  const system = list(at(body, "systemInstruction", "parts")).map((entry) => found("system", entry));
  return {
    items: [
      ...system,
      ...list(body["contents"]).flatMap((content) => {
        const role = content["role"] === "model" ? "assistant" : "user";
        return list(content["parts"]).map((entry) => found(role, entry));
      }),
    ],
    tools: list(body["tools"])
      .flatMap((tool) => list(tool["functionDeclarations"]))
      .map(({ name, parameters, parametersJsonSchema }) => ({
        name: text(name),
        parameters: parametersJsonSchema ?? parameters,
      })),
    ...some({
      toolChoice: at(body, "toolConfig", "functionCallingConfig"),
      schema: at(config, "responseJsonSchema") ?? at(config, "responseSchema"),
      stop: at(config, "stopSequences"),
      maxTokens: at(config, "maxOutputTokens"),
      temperature: at(config, "temperature"),
      effort: at(config, "thinkingConfig", "thinkingLevel") ?? at(config, "thinkingConfig", "thinkingBudget"),
    }),
  };
}

function found(role: string, entry: JsonObject): Found {
  const signed = typeof entry["thoughtSignature"] === "string" ? { signature: entry["thoughtSignature"] } : {};
  const { functionCall: call, functionResponse, inlineData } = entry;
  if (isObject(call)) {
    return { role, kind: "call", id: text(call["id"]), name: text(call["name"]), args: call["args"] ?? {}, ...signed };
  }
  if (isObject(functionResponse)) {
    const { id, name, parts } = functionResponse;
    const media = list(parts).map((inner) => text(at(inner, "inlineData", "data")));
    const words = text(at(functionResponse, "response", "output")) || JSON.stringify(functionResponse["response"]);
    return { role: "tool", kind: "result", id: text(id), name: text(name), text: words, media };
  }
  if (isObject(inlineData)) {
    const kind = text(inlineData["mimeType"]) === "image/png" ? "image" : "pdf";
    return { role, kind, data: text(inlineData["data"]), name: text(inlineData["displayName"]) };
  }
  if (typeof entry["text"] !== "string") return { role, kind: "other", text: JSON.stringify(entry) };
  return { role, kind: entry["thought"] === true ? "thought" : "text", text: entry["text"], ...signed };
}

const FINISH = { stop: "STOP", length: "MAX_TOKENS", "tool-calls": "STOP", "content-filter": "SAFETY" };

function usageOf({ uncached, cacheRead, cacheWrite, output, reasoning }: Counts): JsonObject {
  const prompt = uncached + cacheRead + cacheWrite;
  return {
    promptTokenCount: prompt,
    cachedContentTokenCount: cacheRead,
    candidatesTokenCount: output - reasoning,
    thoughtsTokenCount: reasoning,
    totalTokenCount: prompt + output,
  };
}

/** Gemini's signature stands on the first call of a step, else on the last text; the thought itself has none. */
function partsOf({ thought, text: words, calls = [] }: Answer): readonly JsonObject[] {
  const signature = thought?.signature;
  return [
    ...(thought === undefined ? [] : [{ text: thought.text, thought: true }]),
    ...(words === undefined
      ? []
      : [some({ text: words, thoughtSignature: calls.length === 0 ? signature : undefined })]),
    ...calls.map((call, index) => part(withSignature(call, index === 0 ? signature : undefined))),
  ];
}

function withSignature(call: NonNullable<Answer["calls"]>[number], signature: string | undefined): Item {
  return signature === undefined ? call : { ...call, signature };
}

function grounding({ citation }: Answer): JsonObject | undefined {
  return (
    citation && {
      groundingChunks: [{ web: { uri: citation.url, title: citation.title } }],
      groundingSupports: [{ segment: { startIndex: 0, endIndex: 1, text: "" }, groundingChunkIndices: [0] }],
    }
  );
}

function body(parts: readonly JsonObject[], end: JsonObject): JsonObject {
  const { usageMetadata, ...candidate } = end;
  return some({
    candidates: [{ index: 0, content: { role: "model", parts }, ...candidate }],
    usageMetadata,
    modelVersion: "gemini-3-pro-preview",
    responseId: "upstream",
  });
}

const endOf = (spec: Answer) =>
  some({
    finishReason: FINISH[spec.finish],
    groundingMetadata: grounding(spec),
    usageMetadata: usageOf(spec.usage),
  });

function answer(spec: Answer): JsonObject {
  return body(partsOf(spec), endOf(spec));
}

function stream(spec: Answer): readonly SseMessage[] {
  const chunks = partsOf(spec).flatMap((entry) => {
    const words = entry["text"];
    if (typeof words !== "string") return [body([entry], {})];
    const { thoughtSignature, ...rest } = entry;
    const texts = pieces(words).map((piece) => body([{ ...rest, text: piece }], {}));
    return thoughtSignature === undefined ? texts : [...texts, body([{ text: "", thoughtSignature }], {})];
  });
  return [...chunks, body([{ text: "" }], endOf(spec))].map((chunk) => ({ data: JSON.stringify(chunk) }));
}

/** As @google/genai's chat keeps a stream: all parts in order. */
function assemble(messages: readonly SseMessage[]): JsonObject {
  const chunks = messages.map(dataOf);
  for (const chunk of chunks) if (chunk["error"] !== undefined) throw new Error("error chunk");
  const candidates = chunks.map((chunk) => at(chunk, "candidates", 0));
  const parts = candidates.flatMap((candidate) => list(at(candidate, "content", "parts")));
  const last = (key: string): JsonValue | undefined =>
    candidates.map((candidate) => at(candidate, key)).findLast((value) => value !== undefined);
  const usageMetadata = chunks.map((chunk) => chunk["usageMetadata"]).findLast((value) => value !== undefined);
  const { finishReason, groundingMetadata } = {
    finishReason: last("finishReason"),
    groundingMetadata: last("groundingMetadata"),
  };
  return body(parts, some({ finishReason, groundingMetadata, usageMetadata }));
}

function seen(answered: JsonObject): Seen {
  const candidate = at(answered, "candidates", 0);
  const parts = list(at(candidate, "content", "parts"));
  const usage = answered["usageMetadata"];
  const words = (thought: boolean) =>
    parts
      .filter((entry) => (entry["thought"] === true) === thought)
      .map((entry) => text(entry["text"]))
      .join("");
  const cacheRead = count(at(usage, "cachedContentTokenCount"));
  const reasoning = count(at(usage, "thoughtsTokenCount"));
  return {
    text: words(false),
    thought: words(true),
    refusal: "",
    calls: parts
      .map((entry) => entry["functionCall"])
      .filter(isObject)
      .map(({ id, name, args }) => ({ id: text(id), name: text(name), args: args ?? {} })),
    citations: list(at(candidate, "groundingMetadata", "groundingChunks")).map((chunk) =>
      text(at(chunk, "web", "uri")),
    ),
    finish: at(candidate, "finishReason"),
    usage: {
      uncached: count(at(usage, "promptTokenCount")) - cacheRead,
      cacheRead,
      output: count(at(usage, "candidatesTokenCount")) + reasoning,
      reasoning,
    },
  };
}

/** Gemini CLI sends back the calls with their signatures and ids, and drops the text of thoughts. */
function echo(spec: Ask, answered: JsonObject, results: readonly Result[]): JsonObject {
  const first = ask(spec);
  const parts = list(at(answered, "candidates", 0, "content", "parts")).filter((entry) => entry["thought"] !== true);
  return {
    ...first,
    contents: [
      ...list(first["contents"]),
      { role: "model", parts },
      { role: "user", parts: results.map((result) => part(result)) },
    ],
  };
}

export const geminiKit: WireKit = { ask, told, answer, stream, assemble, seen, echo };
