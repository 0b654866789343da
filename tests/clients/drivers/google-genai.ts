import { ApiError, type GenerateContentResponse, GoogleGenAI, type Part } from "@google/genai";
import { type Ask, type Driver, failureOf, type Target, type Turn } from "../driver.ts";

const finishes: Readonly<Record<string, string>> = { STOP: "stop", MAX_TOKENS: "length" };

function content(ask: Ask): Part[] {
  const files = [ask.image, ask.pdf].filter((file) => file !== undefined);
  return [
    { text: ask.text },
    ...files.map(({ mediaType, base64 }) => ({ inlineData: { mimeType: mediaType, data: base64 } })),
  ];
}

function options(ask: Ask) {
  return {
    ...(ask.tools && {
      tools: [
        {
          functionDeclarations: ask.tools.map(({ name, description, parameters }) => ({
            name,
            description,
            parametersJsonSchema: parameters,
          })),
        },
      ],
    }),
    ...(ask.thinking && { thinkingConfig: { includeThoughts: true, thinkingBudget: 2048 } }),
    ...(ask.schema && { responseMimeType: "application/json", responseJsonSchema: ask.schema.schema }),
  };
}

function turnOf(chunks: readonly GenerateContentResponse[]): Turn {
  const parts = chunks.flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? []);
  const textOf = (wanted: boolean) =>
    parts.flatMap((part) => (Boolean(part.thought) === wanted ? (part.text ?? []) : [])).join("");
  const calls = parts.flatMap((part) => part.functionCall ?? []);
  const finish = chunks.findLast((chunk) => chunk.candidates?.[0]?.finishReason)?.candidates?.[0]?.finishReason;
  const usage = chunks.findLast((chunk) => chunk.usageMetadata)?.usageMetadata;
  return {
    text: textOf(false),
    thinking: textOf(true),
    toolCalls: calls.map((call) => ({ id: call.id ?? "", name: call.name ?? "", arguments: call.args })),
    finish: finish === "STOP" && calls.length > 0 ? "tools" : (finishes[finish ?? ""] ?? String(finish)),
    usage: {
      input: usage?.promptTokenCount ?? -1,
      output: (usage?.candidatesTokenCount ?? 0) + (usage?.thoughtsTokenCount ?? 0),
    },
  };
}

/** Through the library's own chat object, which keeps and replays the history, thought signatures included. */
export const geminiDriver = (name: string, connect: (target: Target) => GoogleGenAI): Driver => ({
  name,
  surface: "gemini",
  failure: failureOf,
  errorClass: () => ApiError.name,
  open(target, stream) {
    const client = connect(target);
    const chat = client.chats.create({ model: target.model });
    let last: Ask = { text: "" };

    const run = async (message: Part[]): Promise<Turn> => {
      const request = { message, config: options(last) };
      if (!stream) return turnOf([await chat.sendMessage(request)]);
      const chunks: GenerateContentResponse[] = [];
      for await (const chunk of await chat.sendMessageStream(request)) chunks.push(chunk);
      return turnOf(chunks);
    };
    return {
      ask(ask) {
        last = ask;
        return run(content(ask));
      },
      answer: (results) =>
        run(
          results.map(({ id, name, output }) => ({
            functionResponse: { name, response: { output }, ...(id !== "" && { id }) },
          })),
        ),
    };
  },
});

export const googleGenai = geminiDriver(
  "@google/genai (JS), chats",
  ({ root, key }) => new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: root } }),
);
