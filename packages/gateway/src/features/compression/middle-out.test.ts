import type { CanonicalRequest } from "@signalbox/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { middleOut, requestTokens } from "./middle-out.ts";
import { conversations } from "./testing/conversations.ts";

const idsOf = ({ messages }: CanonicalRequest, kind: "calls" | "results") =>
  messages.flatMap(({ content }) =>
    content.flatMap((part) => {
      if (kind === "calls") return part.type === "tool-call" ? [part.id] : [];
      return part.type === "tool-result" ? [part.callId] : [];
    }),
  );

test("what fits is left alone", () => {
  fc.assert(
    fc.property(conversations, (request) => {
      expect(middleOut(request, requestTokens(request) * 1.2)).toBeUndefined();
    }),
  );
});

test("what does not loses its middle: no result without its call, the first turn, the last question and the newest stay", () => {
  let shortened = 0;
  fc.assert(
    fc.property(conversations, fc.double({ min: 0.1, max: 0.9, noNaN: true }), (request, share) => {
      const limit = requestTokens(request) * share;
      const made = middleOut(request, limit)?.request;
      if (made === undefined) return;
      shortened += 1;
      expect(idsOf(made, "results").toSorted()).toEqual(idsOf(made, "calls").toSorted());
      expect(made.instructions).toEqual(request.instructions);
      expect(made.messages[0]).toEqual(request.messages[0]);
      expect(made.messages.at(-1)).toEqual(request.messages.at(-1));
      const question = request.messages.findLast(({ role }) => role === "user");
      expect(made.messages).toContainEqual(question);
      expect(made.messages.filter((message) => !request.messages.includes(message))).toHaveLength(1);
      expect(requestTokens(made)).toBeLessThan(requestTokens(request) + 60);
    }),
  );
  expect(shortened).toBeGreaterThan(20);
});

test("it fits then, where leaving out the middle can make it", () => {
  const step = (id: number): CanonicalRequest["messages"] => [
    { role: "assistant", content: [{ type: "tool-call", id: `c${id}`, name: "f", arguments: "{}" }] },
    {
      role: "tool",
      content: [{ type: "tool-result", callId: `c${id}`, content: [{ type: "text", text: "word ".repeat(300) }] }],
    },
  ];
  const request: CanonicalRequest = {
    model: "m",
    stream: false,
    instructions: [],
    tools: [],
    sampling: {},
    messages: [
      { role: "user", content: [{ type: "text", text: "Go." }] },
      ...Array.from({ length: 40 }, (_, id) => step(id)).flat(),
    ],
  };
  const limit = requestTokens(request) / 2;
  const made = middleOut(request, limit);
  expect(made?.left).toBeGreaterThan(30);
  expect(made?.request && requestTokens(made.request)).toBeLessThan(limit);
  const longer = { ...request, messages: [...request.messages, ...step(40)] };
  expect(middleOut(longer, limit)?.request.messages.slice(0, 9)).toEqual(made?.request.messages.slice(0, 9));
});
