import Anthropic from "@anthropic-ai/sdk";
import type { ContentBlockParam, Message, MessageParam } from "@anthropic-ai/sdk/resources/messages";
import Anthropic0 from "anthropic-sdk-0";
import { type Ask, type Driver, failureOf, stainlessClass, stored, type Target, type Turn } from "../driver.ts";

const finishes: Readonly<Record<string, string>> = { end_turn: "stop", tool_use: "tools", max_tokens: "length" };

function content(ask: Ask): ContentBlockParam[] {
  const blocks: ContentBlockParam[] = [{ type: "text", text: ask.text }];
  if (ask.image !== undefined) {
    const source = { type: "base64" as const, media_type: "image/png" as const, data: ask.image.base64 };
    blocks.unshift({ type: "image", source });
  }
  if (ask.pdf !== undefined) {
    const source = { type: "base64" as const, media_type: "application/pdf" as const, data: ask.pdf.base64 };
    blocks.unshift({ type: "document", source });
  }
  return blocks;
}

function options(ask: Ask) {
  return {
    max_tokens: 4096,
    ...(ask.tools && {
      tools: ask.tools.map(({ name, description, parameters }) => ({ name, description, input_schema: parameters })),
    }),
    ...(ask.thinking && { thinking: { type: "enabled" as const, budget_tokens: 2048 } }),
    ...(ask.schema && {
      output_config: { format: { type: "json_schema" as const, schema: ask.schema.schema } },
    }),
  };
}

function turnOf(message: Message): Turn {
  const { content: blocks, stop_reason, usage } = message;
  return {
    text: blocks.flatMap((block) => (block.type === "text" ? block.text : [])).join(""),
    thinking: blocks.flatMap((block) => (block.type === "thinking" ? block.thinking : [])).join(""),
    toolCalls: blocks
      .filter((block) => block.type === "tool_use")
      .map((block) => ({ id: block.id, name: block.name, arguments: block.input })),
    finish: finishes[stop_reason ?? ""] ?? String(stop_reason),
    usage: { input: usage.input_tokens, output: usage.output_tokens },
  };
}

export type Body = ReturnType<typeof options> & { model: string; messages: MessageParam[] };

/** The two calls that both generations of the library have. */
export interface Calls {
  readonly create: (body: Body) => Promise<Message>;
  readonly stream: (body: Body) => Promise<Message>;
}

export function anthropicDriver(name: string, connect: (target: Target) => Calls): Driver {
  return {
    name,
    surface: "anthropic-messages",
    failure: failureOf,
    errorClass: stainlessClass,
    open(target, stream) {
      const calls = connect(target);
      const messages: MessageParam[] = [];
      let last: Ask = { text: "" };

      const run = async (): Promise<Turn> => {
        const body = { model: target.model, messages, ...options(last) };
        const message = await (stream ? calls.stream(body) : calls.create(body));
        messages.push({ role: "assistant", content: stored(message.content) });
        return turnOf(message);
      };
      return {
        ask(ask) {
          last = ask;
          messages.push({ role: "user", content: content(ask) });
          return run();
        },
        answer(results) {
          const blocks = results.map(({ id, output }) => ({
            type: "tool_result" as const,
            tool_use_id: id,
            content: output,
          }));
          messages.push({ role: "user", content: blocks });
          return run();
        },
      };
    },
  };
}

export const anthropic1 = anthropicDriver("@anthropic-ai/sdk 1.x", ({ root, key }) => {
  const client = new Anthropic({ baseURL: root, apiKey: key, maxRetries: 0 });
  return {
    create: (body) => client.messages.create(body),
    stream: (body) => client.messages.stream(body).finalMessage(),
  };
});

export const anthropic0 = anthropicDriver("@anthropic-ai/sdk 0.x", ({ root, key }) => {
  const client = new Anthropic0({ baseURL: root, apiKey: key, maxRetries: 0 });
  return {
    create: async (body) => stored(await client.messages.create(stored(body))),
    stream: async (body) => stored(await client.messages.stream(stored(body)).finalMessage()),
  };
});
