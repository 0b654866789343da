import { GatewayError, grammarViolation, isObject, type JsonValue, runAll, type SseMessage } from "@signalbox/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CODECS, READERS, SPOKEN, type Spoken, UPSTREAMS, type Upstream } from "./codecs.ts";
import { contextFor, originOf, received, sent } from "./matrix.ts";
import type { Answer, Ask } from "./wire/kit.ts";
import { KITS, UPSTREAM_KITS } from "./wire/kits.ts";

const ASK: Ask = {
  system: [{ kind: "text", text: "Be brief.", cache: "1h" }],
  turns: [
    {
      role: "user",
      items: [
        { kind: "text", text: "Look." },
        { kind: "image", data: "iVBORw0KGgo=" },
        { kind: "pdf", data: "JVBERi0xLjQK", name: "a.pdf" },
      ],
    },
    {
      role: "assistant",
      items: [
        { kind: "thought", text: "Hm.", signature: "c2ln" },
        { kind: "text", text: "I look." },
        { kind: "call", id: "call_a", name: "look", args: { x: 1 } },
      ],
    },
    {
      role: "tool",
      items: [{ kind: "result", id: "call_a", name: "look", content: [{ kind: "text", text: "A cat." }] }],
    },
  ],
  tools: [
    { name: "look", description: "Look", parameters: { type: "object", properties: { x: { type: "integer" } } } },
  ],
  toolChoice: { name: "look" },
  schema: { type: "object", properties: { a: { type: "string" } } },
  stop: ["END"],
  effort: "low",
  maxTokens: 9000,
  temperature: 0.5,
};

const ANSWER: Answer = {
  thought: { text: "Let me think.", signature: "c2ln" },
  text: "Sunny.",
  citation: { url: "https://example.com", title: "A" },
  calls: [
    { kind: "call", id: "call_a", name: "look", args: { x: 1 } },
    { kind: "call", id: "call_b", name: "look", args: { x: 2 } },
  ],
  finish: "tool-calls",
  usage: { uncached: 1, cacheRead: 2, cacheWrite: 3, output: 4, reasoning: 1 },
};

type Path = readonly (string | number)[];

function pathsOf(value: JsonValue | undefined, path: Path = []): readonly Path[] {
  if (Array.isArray(value)) return [path, ...value.flatMap((item, index) => pathsOf(item, [...path, index]))];
  if (isObject(value))
    return [path, ...Object.entries(value).flatMap(([key, field]) => pathsOf(field, [...path, key]))];
  return [path];
}

/** The value with something else at one path. */
function replaced(value: JsonValue | undefined, path: Path, other: JsonValue): JsonValue {
  const [key, ...rest] = path;
  if (key === undefined) return other;
  if (Array.isArray(value)) return value.map((item, index) => (index === key ? replaced(item, rest, other) : item));
  return isObject(value) ? { ...value, [key]: replaced(value[key], rest, other) } : other;
}

const STRANGE: readonly JsonValue[] = [
  null,
  true,
  0,
  -1,
  1e300,
  "",
  "text",
  "__proto__",
  "sbx1_AAAA_xbs",
  [],
  {},
  [null],
  [[]],
  [{}],
  ["text"],
  { type: null },
  { type: "never_heard_of" },
  [{ type: "never_heard_of" }],
  { role: "user", content: [{}] },
];

/** One strange value in each place in turn, and any two at once by chance. */
function forEachStrange(body: JsonValue, check: (strange: JsonValue) => void) {
  const paths = pathsOf(body);
  for (const path of paths) for (const other of STRANGE) check(replaced(body, path, other));
  const change = fc.tuple(
    fc.constantFrom(...paths),
    fc.oneof(fc.constantFrom(...STRANGE), fc.jsonValue({ maxDepth: 2 })),
  );
  fc.assert(
    fc.property(fc.array(change, { minLength: 2, maxLength: 4 }), (changes) => {
      const strange = changes.reduce(
        (value, [path, other]) => replaced(value, path, JSON.parse(JSON.stringify(other))),
        body,
      );
      check(strange);
    }),
  );
}

/** What is thrown must be the gateway's own error: anything else would be a 500. */
function onlyGatewayErrors(run: () => void) {
  try {
    run();
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    expect(error.message).not.toBe("");
  }
}

describe.each(SPOKEN)("whatever a client of %s sends", (client: Spoken) => {
  it("is understood or refused", { timeout: 120_000 }, () => {
    forEachStrange(KITS[client].ask(ASK), (strange) => {
      if (!isObject(strange)) return;
      onlyGatewayErrors(() => {
        const request = received(client, strange);
        for (const upstream of UPSTREAMS) onlyGatewayErrors(() => sent(request, upstream));
      });
    });
  });
});

describe.each(UPSTREAMS)("whatever an upstream of %s answers", (upstream: Upstream) => {
  const request = received("openai-chat", KITS["openai-chat"].ask(ASK));

  it("is understood or refused", { timeout: 120_000 }, () => {
    forEachStrange(UPSTREAM_KITS[upstream].answer(ANSWER), (strange) => {
      onlyGatewayErrors(() => {
        const response = READERS[upstream].decodeResponse(strange, originOf(upstream));
        for (const client of SPOKEN) CODECS[client].encodeResponse(response, contextFor(request));
      });
    });
  });

  it("streams into well-formed events and streams", { timeout: 120_000 }, () => {
    const messages = UPSTREAM_KITS[upstream].stream(ANSWER);
    const check = (strange: readonly SseMessage[]) => {
      const events = runAll(READERS[upstream].decodeStream(originOf(upstream)), strange);
      expect(grammarViolation(events)).toBeUndefined();
      for (const client of SPOKEN)
        runAll(CODECS[client].encodeStream(contextFor({ ...request, stream: true })), events);
    };
    for (const [position, message] of messages.entries()) {
      const around = (data: string) => messages.with(position, { ...message, data });
      for (const data of ["", "{", "null", "[]", "[DONE]", '"text"', "{}"]) check(around(data));
      check(messages.toSpliced(position, 1));
      check(messages.toSpliced(position, 0, message));
      if (message.data === "[DONE]") continue;
      const body: JsonValue = JSON.parse(message.data);
      for (const path of pathsOf(body)) {
        for (const other of STRANGE) check(around(JSON.stringify(replaced(body, path, other))));
      }
    }
    fc.assert(fc.property(fc.shuffledSubarray([...messages]), check));
  });

  it("as a failure is a failure with words", () => {
    const bodies = [
      "",
      "<html>502</html>",
      "{",
      "null",
      "[]",
      "{}",
      '{"error":null}',
      '{"error":"words"}',
      '{"error":[]}',
    ];
    const more = [
      '{"error":{"message":1}}',
      '[{"error":{"code":400,"message":"x"}}]',
      '{"detail":[{"msg":"x"}]}',
      '"x"',
    ];
    for (const body of [...bodies, ...more]) {
      for (const status of [400, 401, 403, 404, 413, 422, 429, 500, 502, 503, 529]) {
        const error = READERS[upstream].decodeError({ status, headers: {}, body });
        expect(error).toBeInstanceOf(GatewayError);
        expect(error.message).not.toBe("");
        expect(error.detail.upstreamStatus).toBe(status);
        for (const client of SPOKEN)
          expect(CODECS[client].encodeError(error, { requestId: "req_1" }).status).toBeGreaterThanOrEqual(400);
      }
    }
  });
});
