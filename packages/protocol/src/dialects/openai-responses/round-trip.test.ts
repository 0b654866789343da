import fc from "fast-check";
import { expect, test } from "vitest";
import { utf8Encoder } from "../../encoding.ts";
import { collect, explode } from "../../ir/collect.ts";
import type { CanonicalResponse } from "../../ir/events.ts";
import { grammarViolation } from "../../ir/grammar.ts";
import type { JsonObject } from "../../ir/json.ts";
import { lossRecorder } from "../../ir/loss.ts";
import type { Part } from "../../ir/parts.ts";
import type { CanonicalRequest, Message } from "../../ir/request.ts";
import { formatSse } from "../../sse/format.ts";
import { parseSse } from "../../sse/parse.ts";
import { compose, runAll } from "../../transducer.ts";
import { openaiResponses } from "./index.ts";

/** Requests and answers made of what this dialect can say come back as they were. */

const client = { dialect: "openai-responses" } as const;
const words = fc.string({ minLength: 1, maxLength: 12, unit: "grapheme" });
const name = fc.stringMatching(/^[a-z]{1,6}$/);
const extension = (fields: JsonObject) => ({ dialect: "openai-responses", fields }) as const;

/** Ids are unique in a conversation: the position of a part makes them so. */
type MakePart = (
  position: number,
  origin: { readonly dialect: "openai-responses"; readonly provider?: string },
) => readonly Part[];

const citation = (url: string) => {
  const value = { type: "url_citation", url, title: "t", start_index: 0, end_index: 1 };
  return { kind: "url", url, title: "t", start: 0, end: 1, raw: { dialect: "openai-responses", value } } as const;
};

const modelParts: fc.Arbitrary<MakePart> = fc.oneof(
  fc.tuple(words, words, fc.boolean()).map(
    ([first, second, cited]): MakePart =>
      (position) => [
        {
          type: "text",
          text: first,
          id: `msg_${position}`,
          ...(cited
            ? { citations: [citation("https://x")], extension: extension({ item: { phase: "commentary" } }) }
            : {}),
        },
        { type: "text", text: second, id: `msg_${position}` },
      ],
  ),
  fc.tuple(fc.array(words, { maxLength: 2 }), fc.array(words, { maxLength: 2 })).map(
    ([summaries, full]): MakePart =>
      (position, origin) => {
        const id = `rs_${position}`;
        const shown = [
          ...summaries.map((text) => ({ type: "reasoning", form: "summary", text, id }) as const),
          ...full.map((text) => ({ type: "reasoning", form: "full", text, id }) as const),
        ];
        const parts = shown.length === 0 ? [{ type: "reasoning", form: "redacted", text: "", id } as const] : shown;
        return parts.map((part, at) =>
          at === parts.length - 1 ? { ...part, opaque: { origin, data: `sealed ${position}`, id } } : part,
        );
      },
  ),
  fc.tuple(name, fc.json(), fc.boolean()).map(
    ([tool, args, spaced]): MakePart =>
      (position) => [
        {
          type: "tool-call",
          id: `call_${position}`,
          name: tool,
          arguments: args,
          itemId: `fc_${position}`,
          ...(spaced ? { namespace: "space" } : {}),
        },
      ],
  ),
  fc.tuple(name, words).map(
    ([tool, text]): MakePart =>
      (position) => [
        {
          type: "tool-call",
          id: `call_${position}`,
          name: tool,
          arguments: text,
          input: "text",
          itemId: `ctc_${position}`,
        },
      ],
  ),
  fc.constant<MakePart>((position, origin) => [
    {
      type: "unknown",
      origin,
      value: { id: `ws_${position}`, type: "web_search_call", action: { type: "open_page", url: "https://x" } },
    },
  ]),
  fc.array(words, { minLength: 1, maxLength: 3 }).map(
    (queries): MakePart =>
      (position, origin) => {
        const action = { type: "search", queries, sources: [{ type: "url", url: "https://x" }] };
        const value = { id: `ws_${position}`, type: "web_search_call", status: "completed", action };
        const results = [{ url: "https://x" }];
        return [{ type: "web-search", id: value.id, queries, results, raw: { origin, value } }];
      },
  ),
);

const clientPart: fc.Arbitrary<Part> = fc.oneof(
  words.map((text) => ({ type: "text", text }) as const),
  fc.constantFrom<Part>(
    { type: "media", kind: "image", mediaType: "image/png", source: { type: "base64", data: "AAAA" }, detail: "high" },
    { type: "media", kind: "image", source: { type: "url", url: "https://x/i.png" }, detail: "auto" },
    {
      type: "media",
      kind: "document",
      mediaType: "application/pdf",
      name: "a.pdf",
      source: { type: "base64", data: "BBBB" },
    },
    { type: "media", kind: "document", source: { type: "file", id: "file-1", origin: client } },
    { type: "unknown", origin: client, value: { type: "input_hologram", data: "x" } },
  ),
);

const turn: fc.Arbitrary<(position: number) => readonly Message[]> = fc
  .record({
    user: fc.array(clientPart, { minLength: 1, maxLength: 3 }),
    model: fc.array(modelParts, { minLength: 1, maxLength: 4 }),
    output: fc.array(clientPart, { minLength: 1, maxLength: 2 }),
    system: fc.option(words, { nil: undefined }),
  })
  .map(({ user, model, output, system }) => (position) => {
    const content = model.flatMap((make, at) => make(position * 10 + at, client));
    const results = content.flatMap((part) =>
      part.type === "tool-call"
        ? [
            {
              type: "tool-result",
              callId: part.id,
              content: output,
              ...(part.input ? { input: part.input } : {}),
            } as const,
          ]
        : [],
    );
    return [
      { role: "user", content: user },
      { role: "assistant", content },
      ...(results.length === 0 ? [] : [{ role: "tool", content: results } as const]),
      ...(system === undefined ? [] : [{ role: "system", content: [{ type: "text", text: system }] } as const]),
    ];
  });

const canonicalRequest: fc.Arbitrary<CanonicalRequest> = fc
  .record(
    {
      instructions: fc.array(
        words.map((text) => ({ type: "text", text }) as const),
        { maxLength: 3 },
      ),
      turns: fc.array(turn, { maxLength: 3 }),
      stream: fc.boolean(),
      tools: fc.subarray<CanonicalRequest["tools"][number]>([
        { type: "function", name: "f", description: "d", parameters: { type: "object" }, strict: true },
        { type: "function", name: "patch", input: "text", format: { type: "text" } },
        {
          type: "function",
          name: "g",
          namespace: "space",
          parameters: {},
          strict: false,
          extension: extension({ namespace: { description: "s" } }),
        },
        { type: "hosted", dialect: "openai-responses", definition: { type: "web_search" }, webSearch: {} },
      ]),
      toolChoice: fc.constantFrom<NonNullable<CanonicalRequest["toolChoice"]>>(
        { type: "auto" },
        { type: "none" },
        { type: "required" },
        { type: "tool", name: "f" },
        { type: "allowed", allowed: ["f", "other"] },
        { type: "hosted", dialect: "openai-responses", definition: { type: "file_search" } },
      ),
      sampling: fc.record(
        {
          maxOutputTokens: fc.integer({ min: 16, max: 1_000_000 }),
          temperature: fc.constantFrom(0, 0.5),
          topP: fc.constant(0.9),
        },
        { requiredKeys: [] },
      ),
      reasoning: fc.record(
        {
          effort: fc.constantFrom("minimal", "low", "medium", "high", "xhigh", "max"),
          summary: fc.constantFrom("auto", "concise", "detailed"),
          encrypted: fc.constant(true),
        },
        { requiredKeys: ["effort"] },
      ),
      output: fc.constantFrom<NonNullable<CanonicalRequest["output"]>>(
        { type: "text" },
        { type: "json" },
        { type: "json-schema", schema: { type: "object" }, name: "n", strict: true },
      ),
      verbosity: fc.constantFrom("low", "medium", "high"),
      endUser: words,
      cacheKey: words,
      serviceTier: fc.constantFrom("auto", "flex"),
      metadata: fc.constant({ a: "b" }),
      parallelToolCalls: fc.boolean(),
    },
    { requiredKeys: ["instructions", "turns", "stream", "tools", "sampling"] },
  )
  .map(({ turns, ...request }) => ({
    ...request,
    model: "gpt",
    messages: turns.flatMap((make, position) => make(position)),
    extensions: { "openai-responses": { store: true, truncation: "auto", include: ["message.output_text.logprobs"] } },
  }));

const target = { provider: "openai", model: "gpt", quirks: {} };

test("decodeRequest takes back what encodeRequest said, and nothing is reported as lost", () => {
  fc.assert(
    fc.property(canonicalRequest, (request) => {
      const { body, dropped, adapted } = openaiResponses.encodeRequest(request, target);
      expect([dropped, adapted]).toEqual([[], []]);
      expect(openaiResponses.decodeRequest(body, {})).toEqual(request);
      expect(openaiResponses.encodeRequest(openaiResponses.decodeRequest(body, {}), target).body).toEqual(body);
    }),
  );
});

const canonicalResponse: fc.Arbitrary<CanonicalResponse> = fc
  .record({
    parts: fc.array(modelParts, { maxLength: 5 }),
    unified: fc.constantFrom("natural", "length", "content-filter"),
    counts: fc.tuple(fc.nat(1000), fc.nat(1000), fc.nat(1000), fc.nat(1000)),
  })
  .map(({ parts, unified, counts: [inputTokens, cacheReadTokens, outputTokens, cacheWrite5mTokens] }) => {
    const made = parts.flatMap((make, position) => make(position, { dialect: "openai-responses", provider: "openai" }));
    const natural = made.some((part) => part.type === "tool-call") ? "tool-calls" : "stop";
    return {
      id: "resp_1",
      model: "gpt",
      createdAt: 5,
      parts: made,
      finishReason:
        unified === "natural"
          ? { unified: natural, raw: "completed" }
          : { unified, raw: unified === "length" ? "max_output_tokens" : "content_filter" },
      usage: {
        inputTokens,
        cacheReadTokens,
        cacheWrite5mTokens,
        outputTokens,
        reasoningTokens: 0,
        serviceTier: "default",
      },
      serviceTier: "default",
      extensions: { "openai-responses": { moderation: { flagged: false } } },
    };
  });

const context = () => ({
  request: { model: "gpt", stream: true, instructions: [], messages: [], tools: [], sampling: {} },
  model: "gpt",
  uniqueId: "u",
  now: 1,
  estimatedInputTokens: 1,
  losses: lossRecorder(),
});
const origin = { dialect: "openai-responses", provider: "openai" } as const;

/** Hosted calls are counted in the answer's own items, so a decoder counts them where nobody told. */
function withoutRaw({ usage, ...response }: CanonicalResponse): CanonicalResponse {
  const { raw: _, webSearches: _searches, ...counts } = usage ?? {};
  return { ...response, usage: counts };
}

test("an answer comes back from the wire as it was, streamed in any pieces or whole", () => {
  fc.assert(
    fc.property(canonicalResponse, fc.integer({ min: 1, max: 97 }), (response, size) => {
      const text = runAll(openaiResponses.encodeStream(context()), explode(response)).map(formatSse).join("");
      const bytes = utf8Encoder.encode(text);
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
        bytes.subarray(at * size, (at + 1) * size),
      );
      const events = runAll(compose(parseSse(), openaiResponses.decodeStream(origin)), chunks);
      expect(grammarViolation(events)).toBeUndefined();
      expect(withoutRaw(collect(events))).toEqual(response);
      const whole = openaiResponses.encodeResponse(response, context());
      expect(withoutRaw(openaiResponses.decodeResponse(whole, origin))).toEqual(response);
    }),
  );
});
