import fc from "fast-check";
import { expect, test } from "vitest";
import type { EndpointDialect } from "../config/quirks.ts";
import { unreadText } from "./unread-text.ts";

const lengthIn = (dialect: EndpointDialect, ...events: readonly unknown[]): number => {
  const unread = unreadText(dialect);
  for (const event of events) unread.note(typeof event === "string" ? event : JSON.stringify(event));
  return unread.characters();
};

const chat = (delta: unknown) => ({ id: "c", choices: [{ index: 0, delta, finish_reason: null }], usage: null });

interface Case {
  readonly dialect: EndpointDialect;
  readonly what: string;
  readonly events: readonly unknown[];
  readonly written: number;
}

test.each<Case>([
  {
    dialect: "openai-chat",
    what: "padded chunks",
    events: [{ ...chat({ content: "four" }), obfuscation: "abcdefghijkl" }],
    written: 4,
  },
  {
    dialect: "openai-chat",
    what: "thoughts, then text",
    events: [chat({ content: null, reasoning_content: "abc" }), chat({ content: "de" })],
    written: 5,
  },
  {
    dialect: "openai-chat",
    what: "an empty field beside a full one",
    events: [chat({ content: "a" }), chat({ content: "", reasoning: "bcd" })],
    written: 4,
  },
  {
    dialect: "openai-chat",
    what: "arguments",
    events: [chat({ tool_calls: [{ index: 0, function: { arguments: '{"a":1}' } }] })],
    written: 9,
  },
  {
    dialect: "openai-chat",
    what: "several choices",
    events: [{ choices: [chat({ content: "ab" }), chat({ content: "cde" })] }],
    written: 5,
  },
  { dialect: "openai-chat", what: "nothing", events: [chat({ role: "assistant" }), "", "{}"], written: 0 },
  {
    dialect: "openai-responses",
    what: "what is said again",
    events: [
      { type: "response.output_text.delta", delta: "abcdef" },
      { type: "response.output_text.done", text: "abcdef" },
      { type: "response.output_item.done", item: { content: [{ type: "output_text", text: "abcdef" }] } },
    ],
    written: 6,
  },
  {
    dialect: "anthropic-messages",
    what: "text, and thinking without its signature",
    events: [
      { type: "content_block_delta", delta: { type: "thinking_delta", thinking: "abcd" } },
      { type: "content_block_delta", delta: { type: "signature_delta", signature: "x".repeat(500) } },
      { type: "content_block_delta", delta: { type: "text_delta", text: "abc" } },
    ],
    written: 7,
  },
  {
    dialect: "gemini",
    what: "as Google spaces it",
    events: ['{"candidates": [{"content": {"parts": [{"text": "ab"}, {"text" : "cde"}]}}]}'],
    written: 5,
  },
])("$dialect: $what", ({ dialect, events, written }) => {
  expect(lengthIn(dialect, ...events)).toBe(written);
});

test("whatever stands in the text is counted as it is written", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary" }), { maxLength: 5 }), (texts) => {
      const written = texts.map((text) => JSON.stringify(text).length - 2).reduce((sum, length) => sum + length, 0);
      expect(lengthIn("openai-chat", ...texts.map((content) => chat({ content })))).toBe(written);
    }),
  );
});

test("what is cut in the middle of a text counts as far as it came", () => {
  expect(lengthIn("gemini", '{"candidates":[{"content":{"parts":[{"text":"abc\\"d')).toBe(6);
});
