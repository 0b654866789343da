import { anthropicMessages, type CanonicalRequest, gemini, openaiChat, openaiResponses } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import type { MessageTemplate, TextGeneration } from "../config/router.ts";
import { applyOverrides, mergeOverrides } from "./overrides.ts";
import { noPreferences } from "./preferences.ts";

const request: CanonicalRequest = {
  model: "router/support",
  stream: false,
  instructions: [{ type: "text", text: "Own instruction {{persona}}." }],
  messages: [{ role: "user", content: [{ type: "text", text: "Hi {{persona}}" }] }],
  tools: [],
  sampling: { temperature: 1, topK: 5, maxOutputTokens: 100 },
  reasoning: { effort: "low", summary: "auto", encrypted: true },
};
const text = (value: string) => [{ type: "text", text: value }];

describe("settings", () => {
  test("what the router says stands over what the client said, and the rest stays", () => {
    const generation: TextGeneration = {
      temperature: 0.2,
      topP: 0.9,
      maxOutputTokens: 512,
      frequencyPenalty: 0.5,
      presencePenalty: -0.5,
      stopSequences: ["END"],
      seed: 7,
    };
    const { request: changed, dropped, adapted } = applyOverrides(request, { generation });
    expect(changed).toEqual({ ...request, sampling: { ...generation, topK: 5 } });
    expect([dropped, adapted]).toEqual([[], []]);
  });

  test("nothing laid over a request is the request", () => {
    expect(applyOverrides(request, {}).request).toEqual(request);
  });

  test("repetition penalty and logit bias reach chat completions and are reported lost elsewhere", () => {
    const generation = { repetitionPenalty: 1.1, logitBias: [{ tokenId: "50256", biasValue: -100 }] };
    const own = { ...request, extensions: { "openai-chat": { logprobs: true, logit_bias: { "1": 1 } } } };
    const { request: changed } = applyOverrides(own, { generation });
    const target = { provider: "p", model: "m", quirks: {} };
    expect(openaiChat.encodeRequest(changed, target).body).toMatchObject({
      logprobs: true,
      repetition_penalty: 1.1,
      logit_bias: { "50256": -100 },
    });
    for (const { dropped } of [
      anthropicMessages.encodeRequest(changed, target),
      gemini.encodeRequest(changed, target),
      openaiResponses.encodeRequest(changed, target),
    ]) {
      expect(dropped.map(({ feature }) => feature)).toEqual(
        expect.arrayContaining(["repetition-penalty", "logit-bias"]),
      );
    }
  });
});

describe("reasoning", () => {
  const reasoned = (overrides: Parameters<typeof applyOverrides>[1]) =>
    applyOverrides(request, overrides).request.reasoning;

  test("the router's stands over the client's effort, the request's routing field over both", () => {
    expect(reasoned({ generation: { reasoning: { effort: "high" } } })).toEqual({
      ...request.reasoning,
      effort: "high",
    });
    expect(reasoned({ generation: { reasoning: { effort: "high" } }, reasoning: { maxTokens: 2000 } })).toEqual({
      budgetTokens: 2000,
      summary: "auto",
      encrypted: true,
    });
  });

  test("`none` switches it off, and an effort on again", () => {
    expect(reasoned({ reasoning: { effort: "none" } })).toEqual({ mode: "off", summary: "auto", encrypted: true });
    expect(reasoned({ generation: { reasoning: { effort: "none" } }, reasoning: { effort: "low" } })).toEqual(
      request.reasoning,
    );
  });

  test("`exclude` hides it and leaves the amount", () => {
    expect(reasoned({ reasoning: { exclude: true } })).toEqual({ ...request.reasoning, summary: "none" });
    expect(reasoned({ generation: { reasoning: { exclude: true } }, reasoning: { exclude: false } })).toEqual({
      effort: "low",
      encrypted: true,
    });
  });
});

describe("templates", () => {
  const promptVariables = { persona: "Ada" };
  const apply = (templates: readonly MessageTemplate[]) =>
    applyOverrides(request, { templates, promptVariables }).request;

  test("leading system templates come before the request's instructions, others before its messages", () => {
    const { instructions, messages } = apply([
      { role: "system", content: "You are {{persona}}." },
      { role: "developer", contentItems: [{ text: "One." }, { text: "Two {{ persona }}." }] },
      { role: "user", content: "Example?" },
      { role: "assistant", content: "Answer." },
      { role: "system", content: "Now the real one." },
    ]);
    expect(instructions).toEqual([
      ...text("You are Ada."),
      ...text("One."),
      ...text("Two Ada."),
      ...request.instructions,
    ]);
    expect(messages).toEqual([
      { role: "user", content: text("Example?") },
      { role: "assistant", content: text("Answer.") },
      { role: "system", content: text("Now the real one.") },
      ...request.messages,
    ]);
  });

  test("calls and results become parts, and results that follow one another one message", () => {
    const { messages } = apply([
      { role: "user", content: "Weather?" },
      {
        role: "assistant",
        toolCalls: [
          { id: "c1", name: "weather", args: '{"q": "{{persona}}"}' },
          { id: "c2", name: "time", args: "{}" },
        ],
      },
      { role: "tool", toolCallId: "c1", content: "Sun for {{persona}}" },
      { role: "tool", toolCallId: "c2", content: "Noon" },
    ]);
    expect(messages.slice(1, -1)).toEqual([
      {
        role: "assistant",
        content: [
          { type: "tool-call", id: "c1", name: "weather", arguments: '{"q": "{{persona}}"}' },
          { type: "tool-call", id: "c2", name: "time", arguments: "{}" },
        ],
      },
      {
        role: "tool",
        content: [
          { type: "tool-result", callId: "c1", name: "weather", content: text("Sun for Ada") },
          { type: "tool-result", callId: "c2", name: "time", content: text("Noon") },
        ],
      },
    ]);
  });

  test("the request's own messages are never rendered", () => {
    const { instructions, messages } = apply([{ role: "system", content: "{{persona}}" }]);
    expect(instructions.at(-1)).toEqual(request.instructions[0]);
    expect(messages).toEqual(request.messages);
  });

  test("a variable without a value is the caller's error", () => {
    const templates = [{ role: "system" as const, content: "You are {{persona}}." }];
    expect(() => applyOverrides(request, { templates })).toThrow(
      expect.objectContaining({ code: "invalid_request", detail: { param: "prompt_variables.persona" } }),
    );
  });

  test("a template's own compression stands over its variant's, and goes with its texts", () => {
    const templates = [
      { role: "system" as const, content: "x", compression: { aggressiveness: 0.5 } },
      { role: "system" as const, content: "y" },
    ];
    const { request: made, dropped } = applyOverrides(request, {
      templates,
      templateCompression: { aggressiveness: 0.2 },
    });
    expect(made.instructions.map(({ compression }) => compression?.aggressiveness)).toEqual([0.5, 0.2, undefined]);
    expect(dropped).toEqual([]);
  });
});

describe("merging", () => {
  const variant = { id: "v", model: "openai/m" };

  test("nothing to say is undefined, so that the bytes may pass as they are", () => {
    expect(mergeOverrides(undefined, undefined, noPreferences)).toBeUndefined();
    const empty = { optimizePrompt: true, generation: {}, templates: [] };
    expect(mergeOverrides(empty, { ...variant, generation: {} }, { ...noPreferences, reasoning: {} })).toBeUndefined();
    expect(mergeOverrides(undefined, variant, { ...noPreferences, promptVariables: { a: "b" } })).toBeUndefined();
  });

  test("a variant's fields stand over the defaults', its templates replace theirs", () => {
    const system: MessageTemplate = { role: "system", content: "default" };
    const defaults = { generation: { temperature: 0.7, topP: 0.5 }, templates: [system] };
    expect(mergeOverrides(defaults, { ...variant, generation: { temperature: 0 } }, noPreferences)).toEqual({
      generation: { temperature: 0, topP: 0.5 },
      templates: [system],
    });
    const own: MessageTemplate = { role: "user", content: "own" };
    const preferences = { ...noPreferences, promptVariables: { a: "b" }, reasoning: { effort: "high" as const } };
    expect(mergeOverrides({ templates: [system] }, { ...variant, templates: [own] }, preferences)).toEqual({
      templates: [own],
      promptVariables: { a: "b" },
      reasoning: { effort: "high" },
    });
    expect(mergeOverrides({ templates: [system] }, { ...variant, templates: [] }, noPreferences)).toBeUndefined();
  });
});
