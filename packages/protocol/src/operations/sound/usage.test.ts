import { expect, test } from "vitest";
import { moderationUsage, speechUsage, transcriptUsage } from "./usage.ts";

test("a transcript tells tokens, of which some are sound", () => {
  const usage = {
    type: "tokens",
    input_tokens: 14,
    input_token_details: { text_tokens: 10, audio_tokens: 4 },
    output_tokens: 101,
    total_tokens: 115,
  };
  expect(transcriptUsage({ text: "…", usage })).toEqual({
    inputTokens: 14,
    outputTokens: 101,
    audioInputTokens: 4,
    raw: usage,
  });
});

test("a transcript tells seconds, which are billed in whole", () => {
  expect(transcriptUsage({ text: "…", usage: { type: "duration", seconds: 9 } })).toMatchObject({ audioSeconds: 9 });
  expect(transcriptUsage({ text: "…", duration: 8.47 })).toEqual({ audioSeconds: 9 });
});

test("Mistral tells both", () => {
  const usage = { prompt_audio_seconds: 203, prompt_tokens: 4, total_tokens: 3264, completion_tokens: 635 };
  expect(transcriptUsage({ text: "…", usage })).toMatchObject({ inputTokens: 4, outputTokens: 635, audioSeconds: 203 });
});

test("what tells nothing is unknown, not nothing", () => {
  for (const body of [{ text: "…" }, "text", null, { usage: {} }, { usage: { type: "duration" } }, { duration: "x" }]) {
    expect(transcriptUsage(body)).toBeUndefined();
  }
  expect(speechUsage({ type: "speech.audio.done" })).toBeUndefined();
  expect(moderationUsage({ results: [] })).toBeUndefined();
});

test("speech is sound that was written", () => {
  const usage = { input_tokens: 14, output_tokens: 101, total_tokens: 115 };
  expect(speechUsage({ type: "speech.audio.done", usage })).toEqual({
    inputTokens: 14,
    outputTokens: 101,
    audioOutputTokens: 101,
    raw: usage,
  });
});

test("moderation reads, and writes nothing", () => {
  const usage = { prompt_tokens: 12, completion_tokens: 0, total_tokens: 12 };
  expect(moderationUsage({ usage })).toEqual({ inputTokens: 12, outputTokens: 0, raw: usage });
});
