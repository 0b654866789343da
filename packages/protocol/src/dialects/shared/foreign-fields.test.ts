import { expect, it } from "vitest";
import { lossRecorder } from "../../ir/loss.ts";
import type { Part, TextPart } from "../../ir/parts.ts";
import { reportForeignAnswer, reportForeignAnswerPart, reportForeignPart } from "./foreign-fields.ts";

const features = (report: (losses: ReturnType<typeof lossRecorder>) => void) => {
  const losses = lossRecorder();
  report(losses);
  const { dropped, adapted } = losses.report();
  return { dropped: dropped.map(({ feature }) => feature), adapted: adapted.map(({ feature }) => feature) };
};
const text = (fields: Partial<TextPart>): TextPart => ({ type: "text", text: "T", ...fields });

it("fields of a part are reported by name to every dialect but their own", () => {
  const part = text({ extension: { dialect: "openai-responses", fields: { id: "x", item: { phase: "commentary" } } } });
  expect(features((losses) => reportForeignPart(part, "gemini", losses)).dropped).toEqual(["phase"]);
  expect(features((losses) => reportForeignPart(part, "openai-responses", losses)).dropped).toEqual([]);
  expect(features((losses) => reportForeignAnswerPart(part, "gemini", losses)).dropped).toEqual(["phase"]);
});

it("parts within a result are looked into, and bookkeeping is no loss", () => {
  const inside = text({
    extension: { dialect: "gemini", fields: { inlineData: { displayName: "a" }, partMetadata: {} } },
  });
  const result: Part = {
    type: "tool-result",
    callId: "c",
    content: [inside, text({ extension: { dialect: "gemini", fields: { mediaProcessing: "AGENTIC" } } })],
    extension: { dialect: "gemini", fields: { resultKey: "result", functionResponse: { scheduling: "SILENT" } } },
  };
  const { dropped } = features((losses) => reportForeignPart(result, "anthropic-messages", losses));
  expect(dropped).toEqual(["scheduling", "media-processing"]);
});

it("block fields of the Messages dialect have names, other values are signatures", () => {
  const origin = { dialect: "anthropic-messages" } as const;
  const block = text({ opaque: { origin, data: JSON.stringify({ type: "search_result", source: "s" }) } });
  expect(features((losses) => reportForeignPart(block, "gemini", losses)).dropped).toEqual(["source"]);
  const signed = text({ opaque: { origin: { dialect: "gemini" }, data: "SIG" } });
  expect(features((losses) => reportForeignPart(signed, "openai-chat", losses)).adapted).toEqual(["reasoning-replay"]);
});

it("an answer's own fields are told as lost, groups by their members", () => {
  const chat = { "openai-chat": { system_fingerprint: "fp", choice: { logprobs: { content: [] } }, choices: [{}] } };
  const lost = features((losses) => reportForeignAnswer(chat, "anthropic-messages", losses));
  expect(lost.dropped).toEqual(["system-fingerprint", "logprobs", "choices"]);
  const gemini = { gemini: { candidate: { groundingMetadata: { webSearchQueries: ["q"] }, avgLogprobs: -1 } } };
  expect(features((losses) => reportForeignAnswer(gemini, "openai-chat", losses))).toEqual({
    dropped: ["avg-logprobs"],
    adapted: ["grounding-metadata"],
  });
});
