import OpenAI from "openai";
import type { ChatCompletion, ChatCompletionMessageParam } from "openai/resources/chat/completions";
import { type Ask, type Driver, failureOf, stainlessClass, stored, type Turn } from "../driver.ts";

const finishes: Readonly<Record<string, string>> = { stop: "stop", tool_calls: "tools", length: "length" };

function content(ask: Ask) {
  const text = { type: "text" as const, text: ask.text };
  if (ask.image !== undefined) {
    const url = `data:${ask.image.mediaType};base64,${ask.image.base64}`;
    return [text, { type: "image_url" as const, image_url: { url } }];
  }
  if (ask.pdf !== undefined) {
    const file = { filename: "paper.pdf", file_data: `data:${ask.pdf.mediaType};base64,${ask.pdf.base64}` };
    return [text, { type: "file" as const, file }];
  }
  return ask.text;
}

function options(ask: Ask) {
  return {
    ...(ask.tools && {
      tools: ask.tools.map(({ name, description, parameters }) => ({
        type: "function" as const,
        function: { name, description, parameters },
      })),
    }),
    ...(ask.thinking && { reasoning_effort: "low" as const }),
    ...(ask.schema && {
      response_format: { type: "json_schema" as const, json_schema: { ...ask.schema, strict: true } },
    }),
  };
}

/** `reasoning_content` is what the field is called by those who have it; the library keeps unknown fields. */
const reasoningOf = (value: object): string =>
  "reasoning_content" in value && typeof value.reasoning_content === "string" ? value.reasoning_content : "";

function turnOf(completion: ChatCompletion, thinking: string): Turn {
  const choice = completion.choices[0];
  const calls = choice?.message.tool_calls ?? [];
  return {
    text: choice?.message.content ?? "",
    thinking,
    toolCalls: calls
      .filter((call) => call.type === "function")
      .map((call) => ({ id: call.id, name: call.function.name, arguments: JSON.parse(call.function.arguments) })),
    finish: finishes[choice?.finish_reason ?? ""] ?? String(choice?.finish_reason),
    usage: { input: completion.usage?.prompt_tokens ?? -1, output: completion.usage?.completion_tokens ?? -1 },
  };
}

export const openaiChat: Driver = {
  name: "openai (JS), chat.completions",
  surface: "openai-chat",
  failure: failureOf,
  errorClass: stainlessClass,
  open(target, stream) {
    const client = new OpenAI({ baseURL: `${target.root}/v1`, apiKey: target.key, maxRetries: 0 });
    const messages: ChatCompletionMessageParam[] = [];
    let last: Ask = { text: "" };

    const whole = async (): Promise<Turn> => {
      const completion = await client.chat.completions.create({ model: target.model, messages, ...options(last) });
      const message = completion.choices[0]?.message;
      if (message !== undefined) messages.push(stored(message));
      return turnOf(completion, message === undefined ? "" : reasoningOf(message));
    };

    const streamed = async (): Promise<Turn> => {
      const running = client.chat.completions.stream({
        model: target.model,
        messages,
        stream_options: { include_usage: true },
        ...options(last),
      });
      let thinking = "";
      for await (const chunk of running) thinking += reasoningOf(chunk.choices[0]?.delta ?? {});
      const completion = await running.finalChatCompletion();
      messages.push(stored(completion.choices[0]?.message));
      return turnOf(completion, thinking);
    };

    const run = () => (stream ? streamed() : whole());
    return {
      ask(ask) {
        last = ask;
        messages.push({ role: "user", content: content(ask) });
        return run();
      },
      answer(results) {
        for (const { id, output } of results) messages.push({ role: "tool", tool_call_id: id, content: output });
        return run();
      },
    };
  },
};
