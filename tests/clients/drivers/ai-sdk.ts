import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogle } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import {
  APICallError,
  generateText,
  jsonSchema,
  type LanguageModel,
  type ModelMessage,
  Output,
  streamText,
  tool,
} from "ai";
import { type Ask, type Driver, failureOf, type Surface, type Target, type Turn } from "../driver.ts";

// It warns of every option that one of its packages does not know; the options below are for all of them at once.
globalThis.AI_SDK_LOG_WARNINGS = false;

const finishes: Readonly<Record<string, string>> = { stop: "stop", "tool-calls": "tools", length: "length" };

/** Each provider package reads its own key. The last two say what the packages cannot know of an unlisted model. */
const thinkingOptions = {
  openai: { reasoningEffort: "low", reasoningSummary: "auto", forceReasoning: true, store: false },
  anthropic: { thinking: { type: "enabled", budgetTokens: 2048 } },
  google: { thinkingConfig: { includeThoughts: true, thinkingBudget: 2048 } },
  compatible: { reasoningEffort: "low" },
};
const plainOptions = { openai: { store: false }, anthropic: { structuredOutputMode: "outputFormat" as const } };

function userMessage(ask: Ask): ModelMessage {
  const files = [ask.image, ask.pdf].filter((file) => file !== undefined);
  return {
    role: "user",
    content: [
      { type: "text", text: ask.text },
      ...files.map(({ mediaType, base64 }) => ({
        type: "file" as const,
        mediaType,
        data: base64,
        filename: mediaType === "application/pdf" ? "paper.pdf" : "picture.png",
      })),
    ],
  };
}

function options(ask: Ask) {
  return {
    maxRetries: 0,
    maxOutputTokens: 4096,
    providerOptions: ask.thinking ? thinkingOptions : plainOptions,
    ...(ask.tools && {
      tools: Object.fromEntries(
        ask.tools.map(({ name, description, parameters }) => [
          name,
          tool({ description, inputSchema: jsonSchema<Record<string, unknown>>(parameters) }),
        ]),
      ),
    }),
    ...(ask.schema && { output: Output.object({ schema: jsonSchema(ask.schema.schema), name: ask.schema.name }) }),
  };
}

interface Result {
  readonly text: string;
  readonly reasoningText: string | undefined;
  readonly toolCalls: readonly { readonly toolCallId: string; readonly toolName: string; readonly input: unknown }[];
  readonly finishReason: string;
  readonly usage: { readonly inputTokens?: number | undefined; readonly outputTokens?: number | undefined };
}

const turnOf = (result: Result): Turn => ({
  text: result.text,
  thinking: result.reasoningText ?? "",
  toolCalls: result.toolCalls.map(({ toolCallId, toolName, input }) => ({
    id: toolCallId,
    name: toolName,
    arguments: input,
  })),
  finish: finishes[result.finishReason] ?? result.finishReason,
  usage: { input: result.usage.inputTokens ?? -1, output: result.usage.outputTokens ?? -1 },
});

type Connect = (target: Target) => LanguageModel;

function aiDriver(name: string, surface: Surface, connect: Connect): Driver {
  return {
    name,
    surface,
    failure: failureOf,
    errorClass: () => APICallError.name,
    open(target, stream) {
      const model = connect(target);
      const messages: ModelMessage[] = [];
      let last: Ask = { text: "" };

      const whole = async (): Promise<Turn> => {
        const result = await generateText({ model, messages, ...options(last) });
        messages.push(...result.response.messages);
        return turnOf(result);
      };

      const streamed = async (): Promise<Turn> => {
        const result = streamText({ model, messages, ...options(last), onError: () => undefined });
        for await (const part of result.fullStream) if (part.type === "error") throw part.error;
        const [text, reasoningText, toolCalls, finishReason, usage, response] = await Promise.all([
          result.text,
          result.reasoningText,
          result.toolCalls,
          result.finishReason,
          result.usage,
          result.response,
        ]);
        messages.push(...response.messages);
        return turnOf({ text, reasoningText, toolCalls, finishReason, usage });
      };

      const run = () => (stream ? streamed() : whole());
      return {
        ask(ask) {
          last = ask;
          messages.push(userMessage(ask));
          return run();
        },
        answer(results) {
          messages.push({
            role: "tool",
            content: results.map(({ id, name: toolName, output }) => ({
              type: "tool-result" as const,
              toolCallId: id,
              toolName,
              output: { type: "text" as const, value: output },
            })),
          });
          return run();
        },
      };
    },
  };
}

export const aiSdkDrivers: readonly Driver[] = [
  {
    ...aiDriver("ai + @ai-sdk/openai, chat", "openai-chat", ({ root, key, model }) =>
      createOpenAI({ baseURL: `${root}/v1`, apiKey: key }).chat(model),
    ),
    hidesThinking: true,
  },
  aiDriver("ai + @ai-sdk/openai-compatible", "openai-chat", ({ root, key, model }) =>
    createOpenAICompatible({
      name: "compatible",
      baseURL: `${root}/v1`,
      apiKey: key,
      includeUsage: true,
      supportsStructuredOutputs: true,
    })(model),
  ),
  aiDriver("ai + @ai-sdk/openai, responses", "openai-responses", ({ root, key, model }) =>
    createOpenAI({ baseURL: `${root}/v1`, apiKey: key }).responses(model),
  ),
  aiDriver("ai + @ai-sdk/anthropic", "anthropic-messages", ({ root, key, model }) =>
    createAnthropic({ baseURL: `${root}/v1`, apiKey: key })(model),
  ),
  aiDriver("ai + @ai-sdk/google", "gemini", ({ root, key, model }) =>
    createGoogle({ baseURL: `${root}/v1beta`, apiKey: key })(`models/${model}`),
  ),
];
