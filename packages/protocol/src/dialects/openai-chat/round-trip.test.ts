import fc from "fast-check";
import { expect, test } from "vitest";
import { collect, explode } from "../../ir/collect.ts";
import type { CanonicalResponse } from "../../ir/events.ts";
import { grammarViolation } from "../../ir/grammar.ts";
import { lossRecorder } from "../../ir/loss.ts";
import type { Part } from "../../ir/parts.ts";
import type { CanonicalRequest, Message } from "../../ir/request.ts";
import { runAll } from "../../transducer.ts";
import { decodeRequest } from "./decode-request.ts";
import { decodeResponse } from "./decode-response.ts";
import { decodeStream } from "./decode-stream.ts";
import { encodeRequest } from "./encode-request.ts";
import { encodeResponse } from "./encode-response.ts";
import { encodeStream } from "./encode-stream.ts";
import type { OpenAiChatQuirks } from "./quirks.ts";

/** An endpoint that understands all of the wire. */
const EVERYTHING: OpenAiChatQuirks = {
  cacheControl: true,
  topK: true,
  customTools: true,
  allowedTools: true,
  documentUrls: true,
  videoParts: true,
  toolResultMedia: true,
  toolResultName: true,
  reasoningRequest: "reasoning",
  reasoningReplay: "reasoning_details",
};
const client = { dialect: "openai-chat" } as const;

const word = fc.string({ minLength: 1, maxLength: 12, unit: "grapheme" });
const name = fc.stringMatching(/^[a-z][a-z_]{0,8}$/);
const cache = fc.option(fc.constantFrom({}, { ttl: "5m" as const }, { ttl: "1h" as const }), { nil: undefined });
const json = fc.dictionary(name, fc.oneof(word, fc.integer(), fc.boolean()), { maxKeys: 3, noNullPrototype: true });

const optional = <T extends object>(record: { readonly [K in keyof T]: fc.Arbitrary<T[K]> }, required: (keyof T)[]) =>
  fc.record(record, { requiredKeys: required });
const cached = <T extends object>(part: fc.Arbitrary<T>) =>
  fc.tuple(part, cache).map(([value, mark]) => (mark === undefined ? value : { ...value, cache: mark }));

const text = cached(fc.record({ type: fc.constant("text" as const), text: word }));
const base64 = fc.base64String({ minLength: 4, maxLength: 12 }).map((data) => ({ type: "base64" as const, data }));
const url = fc.webUrl().map((address) => ({ type: "url" as const, url: address }));
const media = cached(
  fc.oneof(
    optional(
      {
        type: fc.constant("media" as const),
        kind: fc.constant("image" as const),
        source: url,
        detail: fc.constantFrom("low" as const, "high" as const, "auto" as const),
      },
      ["type", "kind", "source"],
    ),
    fc.record({
      type: fc.constant("media" as const),
      kind: fc.constant("image" as const),
      mediaType: fc.constantFrom("image/png", "image/webp"),
      source: base64,
    }),
    fc.record({ type: fc.constant("media" as const), kind: fc.constant("video" as const), source: url }),
    fc.record({
      type: fc.constant("media" as const),
      kind: fc.constant("audio" as const),
      mediaType: fc.constantFrom("audio/mpeg", "audio/wav"),
      source: base64,
    }),
    fc.record({
      type: fc.constant("media" as const),
      kind: fc.constant("document" as const),
      mediaType: fc.constant("application/pdf"),
      source: base64,
      name,
    }),
    fc.record({ type: fc.constant("media" as const), kind: fc.constant("document" as const), source: url }),
  ),
);
const unknown = name.map((type) => ({ type: "unknown" as const, origin: client, value: { type: `x_${type}`, n: 1 } }));

const reasoning = fc
  .tuple(word, fc.constantFrom("full" as const, "summary" as const), fc.nat(9))
  .map(([thought, form, index]) => ({
    type: "reasoning" as const,
    form,
    text: thought,
    opaque: {
      origin: client,
      data: `{"format":"x","index":${index},"type":"reasoning.${form === "full" ? "text" : "summary"}"}`,
    },
  }));

const input = fc.constantFrom("json" as const, "text" as const);
const callBody = fc
  .tuple(
    name,
    json.map((value) => JSON.stringify(value)),
    input,
    cache,
  )
  .map(([tool, args, kind, mark]) => ({
    type: "tool-call" as const,
    name: tool,
    arguments: args,
    ...(kind === "text" ? { input: kind } : {}),
    ...(mark === undefined ? {} : { cache: mark }),
  }));
const result = fc.tuple(fc.array(fc.oneof(text, media), { maxLength: 2 }), cache, name);

/** An assistant turn and the results of its calls; ids are made unique by the turn's place. */
const step = fc.tuple(
  fc.array(reasoning, { maxLength: 2 }),
  fc.array(text, { maxLength: 2 }),
  fc.array(fc.tuple(callBody, result), { maxLength: 3 }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function messagesOfStep([thoughts, texts, calls]: Step, turn: number): readonly Message[] {
  const ids = calls.map((_, index) => `call_${turn}_${index}`);
  const called = calls.map(([body], index): Part => ({ ...body, id: ids[index] ?? "" }));
  const content: readonly Part[] = [...thoughts, ...texts, ...called];
  if (content.length === 0) return [];
  const results = calls.map(([body, [parts, mark, tool]], index): Part => {
    const plain = parts.map((part: Part): Part => {
      const { cache: _, ...bare } = part;
      return bare;
    });
    const marked = mark === undefined || plain.length === 0 ? {} : { cache: mark };
    const kind = "input" in body ? { input: body.input } : {};
    return { type: "tool-result", callId: ids[index] ?? "", name: tool, content: plain, ...marked, ...kind };
  });
  const assistant: Message = { role: "assistant", content };
  return results.length === 0 ? [assistant] : [assistant, { role: "tool", content: results }];
}

const userTurn = fc
  .tuple(fc.array(fc.oneof(text, media, unknown), { minLength: 1, maxLength: 3 }), fc.option(name, { nil: undefined }))
  .map(
    ([content, who]): Message => (who === undefined ? { role: "user", content } : { role: "user", content, name: who }),
  );
const systemTurn = fc
  .array(text, { minLength: 1, maxLength: 2 })
  .map((content): Message => ({ role: "system", content }));

const messages = fc
  .tuple(userTurn, fc.array(fc.oneof(step, userTurn, systemTurn), { maxLength: 4 }))
  .map(([first, rest]) => [
    first,
    ...rest.flatMap((turn, index) => (Array.isArray(turn) ? messagesOfStep(turn, index) : [turn])),
  ]);

const functionTool = optional(
  {
    type: fc.constant("function" as const),
    name,
    description: word,
    parameters: json,
    strict: fc.boolean(),
    cache: fc.constant({}),
  },
  ["type", "name"],
);
const customTool = name.map((tool) => ({
  type: "function" as const,
  name: `${tool}_x`,
  input: "text" as const,
  format: { type: "text" },
}));
const hostedTool = name.map((type) => ({
  type: "hosted" as const,
  dialect: "openai-chat" as const,
  definition: { type: `h_${type}` },
}));
const tools = fc.uniqueArray(fc.oneof(functionTool, customTool, hostedTool), {
  minLength: 1,
  maxLength: 4,
  selector: (tool) => (tool.type === "function" ? tool.name : JSON.stringify(tool.definition)),
});

const sampling = optional(
  {
    maxOutputTokens: fc.nat(),
    temperature: fc.constantFrom(0, 0.5, 1),
    topP: fc.constantFrom(0.1, 1),
    topK: fc.nat(),
    stopSequences: fc.array(word, { minLength: 1, maxLength: 3 }),
    presencePenalty: fc.constantFrom(-1, 0),
    frequencyPenalty: fc.constantFrom(0, 1),
    seed: fc.nat(),
  },
  [],
);
const output = fc.oneof(
  fc.constant({ type: "text" as const }),
  fc.constant({ type: "json" as const }),
  optional({ type: fc.constant("json-schema" as const), schema: json, name, description: word, strict: fc.boolean() }, [
    "type",
    "schema",
    "name",
  ]),
);
const effort = fc.constantFrom(
  "minimal" as const,
  "low" as const,
  "medium" as const,
  "high" as const,
  "xhigh" as const,
  "max" as const,
);

const canonical = optional(
  {
    model: fc.constant("m"),
    stream: fc.constant(false),
    instructions: fc.array(text, { maxLength: 2 }),
    messages,
    tools,
    toolChoice: fc.oneof(
      fc.constantFrom({ type: "auto" as const }, { type: "none" as const }, { type: "required" as const }),
      fc.array(name, { minLength: 1, maxLength: 2 }).map((allowed) => ({ type: "allowed" as const, allowed })),
    ),
    parallelToolCalls: fc.boolean(),
    sampling,
    reasoning: fc.oneof(
      fc.record({ effort }),
      fc.record({ budgetTokens: fc.nat() }),
      fc.constantFrom(
        { mode: "off" as const },
        { mode: "on" as const },
        { mode: "on" as const, summary: "none" as const },
      ),
    ),
    output,
    verbosity: fc.constantFrom("low" as const, "high" as const),
    endUser: name,
    cacheKey: name,
    serviceTier: fc.constantFrom("auto", "flex"),
    metadata: json,
    extensions: fc.constant({ "openai-chat": { n: 2, logprobs: true, store: false } }),
  },
  ["model", "stream", "instructions", "messages", "tools", "sampling"],
);

const target = { provider: "p", model: "m", quirks: EVERYTHING };

test("a request that the dialect can say comes back as it was, without loss", () => {
  fc.assert(
    fc.property(canonical, (request: CanonicalRequest) => {
      const { body, dropped, adapted } = encodeRequest(request, target);
      expect({ dropped, adapted }).toEqual({ dropped: [], adapted: [] });
      expect(decodeRequest(body, {})).toEqual(request);
    }),
    { numRuns: 150 },
  );
});

test("a body that was encoded once is encoded the same again", () => {
  fc.assert(
    fc.property(canonical, (request: CanonicalRequest) => {
      const { body } = encodeRequest(request, target);
      expect(JSON.stringify(encodeRequest(decodeRequest(body, {}), target).body)).toBe(JSON.stringify(body));
    }),
    { numRuns: 100 },
  );
});

const origin = { dialect: "openai-chat", provider: "p", model: "m" } as const;
const foreign = fc
  .constantFrom("anthropic-messages" as const, "gemini" as const, "openai-responses" as const)
  .chain((dialect) => word.map((data) => ({ origin: { dialect, provider: "x", model: "y" }, data })));
const thought = fc
  .tuple(word, foreign)
  .map(([value, opaque]) => ({ type: "reasoning" as const, form: "full" as const, text: value, opaque }));
const answerCall = fc.tuple(name, json, fc.option(foreign, { nil: undefined }));

const answer = fc
  .tuple(
    fc.array(thought, { maxLength: 2 }),
    fc.option(word, { nil: undefined }),
    fc.array(answerCall, { maxLength: 3 }),
  )
  .map(([thoughts, said, calls]): CanonicalResponse => {
    const called = calls.map(
      ([tool, args, opaque], index): Part => ({
        type: "tool-call",
        id: `call_${index}`,
        name: tool,
        arguments: JSON.stringify(args),
        ...(opaque === undefined ? {} : { opaque }),
      }),
    );
    const spoken: readonly Part[] = said === undefined ? [] : [{ type: "text", text: said }];
    return {
      id: "r",
      model: "m",
      createdAt: 5,
      parts: [...thoughts, ...spoken, ...called],
      finishReason: {
        unified: called.length > 0 ? "tool-calls" : "stop",
        raw: called.length > 0 ? "tool_calls" : "stop",
      },
    };
  });

test("an answer comes back from a body and from a stream, other dialects' values included", () => {
  const request: CanonicalRequest = {
    model: "m",
    stream: true,
    instructions: [],
    messages: [],
    tools: [],
    sampling: {},
  };
  fc.assert(
    fc.property(answer, (response) => {
      const context = { request, model: "m", uniqueId: "u", now: 1, estimatedInputTokens: 1, losses: lossRecorder() };
      expect(decodeResponse(encodeResponse(response, context), origin)).toEqual(response);
      const events = runAll(decodeStream(origin), runAll(encodeStream(context), explode(response)));
      expect(grammarViolation(events)).toBeUndefined();
      expect(collect(events)).toEqual(response);
      expect(context.losses.report()).toEqual({ dropped: [], adapted: [] });
    }),
    { numRuns: 150 },
  );
});
