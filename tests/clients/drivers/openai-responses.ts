import OpenAI from "openai";
import type { Response, ResponseInputItem } from "openai/resources/responses/responses";
import { type Ask, type Driver, FailedAnswer, failureOf, stainlessClass, stored, type Turn } from "../driver.ts";

function content(ask: Ask) {
  const text = { type: "input_text" as const, text: ask.text };
  if (ask.image !== undefined) {
    const image_url = `data:${ask.image.mediaType};base64,${ask.image.base64}`;
    return [text, { type: "input_image" as const, image_url, detail: "auto" as const }];
  }
  if (ask.pdf !== undefined) {
    const file_data = `data:${ask.pdf.mediaType};base64,${ask.pdf.base64}`;
    return [text, { type: "input_file" as const, filename: "paper.pdf", file_data }];
  }
  return [text];
}

function options(ask: Ask) {
  return {
    store: false,
    ...(ask.tools && {
      tools: ask.tools.map((tool) => ({ ...tool, type: "function" as const, strict: false })),
    }),
    ...(ask.thinking && {
      reasoning: { effort: "low" as const, summary: "auto" as const },
      include: ["reasoning.encrypted_content" as const],
    }),
    ...(ask.schema && { text: { format: { type: "json_schema" as const, strict: true, ...ask.schema } } }),
  };
}

function turnOf(response: Response): Turn {
  const calls = response.output.filter((item) => item.type === "function_call");
  const reasoning = response.output.filter((item) => item.type === "reasoning");
  const finish = response.incomplete_details?.reason === "max_output_tokens" ? "length" : response.status;
  return {
    text: response.output_text,
    thinking: reasoning.flatMap((item) => item.summary.map((part) => part.text)).join(""),
    toolCalls: calls.map((call) => ({ id: call.call_id, name: call.name, arguments: JSON.parse(call.arguments) })),
    finish: finish === "completed" ? (calls.length > 0 ? "tools" : "stop") : String(finish),
    usage: { input: response.usage?.input_tokens ?? -1, output: response.usage?.output_tokens ?? -1 },
  };
}

export const openaiResponses: Driver = {
  name: "openai (JS), responses",
  surface: "openai-responses",
  failure: failureOf,
  errorClass: stainlessClass,
  open(target, stream) {
    const client = new OpenAI({ baseURL: `${target.root}/v1`, apiKey: target.key, maxRetries: 0 });
    const input: ResponseInputItem[] = [];
    let last: Ask = { text: "" };

    const run = async (): Promise<Turn> => {
      const body = { model: target.model, input, ...options(last) };
      const response: Response = stream
        ? await client.responses.stream(body).finalResponse()
        : await client.responses.create(body);
      if (response.status === "failed") throw new FailedAnswer(response.error?.message ?? "no reason given");
      input.push(...stored(response.output));
      return turnOf(response);
    };
    return {
      ask(ask) {
        last = ask;
        input.push({ role: "user", content: content(ask) });
        return run();
      },
      answer(results) {
        for (const { id, output } of results) input.push({ type: "function_call_output", call_id: id, output });
        return run();
      },
    };
  },
};
