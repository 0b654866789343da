import type { CanonicalRequest, Message, Part } from "@signalbox/protocol";
import { modelFacts } from "../catalogue/catalogue.ts";
import { CHARACTERS_PER_TOKEN } from "../catalogue/rough-tokens.ts";
import type { AnyEndpoint } from "../routing/plan.ts";
import type { Target } from "../routing/target.ts";

/**
 * Whether a model goes on from a last assistant message there. Of Claude and Gemini it is known model by model, of chat
 * completions by endpoint; the operator may say otherwise of any model. OpenAI's own models answer such a message anew.
 */
export function takesPrefill(endpoint: AnyEndpoint, { provider, model }: Pick<Target, "provider" | "model">): boolean {
  const { prefill } = modelFacts(provider, model);
  switch (endpoint.dialect) {
    case "anthropic-messages":
    case "bedrock-converse":
    case "gemini":
      return prefill === true;
    case "openai-chat":
      return endpoint.quirks.assistantPrefix !== undefined && prefill !== false;
    case "openai-responses":
      return false;
  }
}

/** Plain text is wanted: half a JSON text or a call that must follow cannot be gone on with. */
export function asksForText({ output, toolChoice }: CanonicalRequest): boolean {
  const free = toolChoice === undefined || ["auto", "none", "allowed"].includes(toolChoice.type);
  return free && (output === undefined || output.type === "text");
}

/**
 * The request for the rest of an answer: its text so far stands as the last assistant message, without white space at the
 * end, which Anthropic refuses and no tokenizer goes on from well. Thinking is off, since it cannot follow a prefilled text.
 */
export function continuedRequest(asked: CanonicalRequest, said: string): CanonicalRequest {
  const { reasoning, sampling } = asked;
  const { maxOutputTokens } = sampling;
  const left = (maxOutputTokens ?? 0) - Math.ceil(said.length / CHARACTERS_PER_TOKEN);
  return {
    ...asked,
    messages: withAnswer(asked.messages, said.trimEnd()),
    sampling: maxOutputTokens === undefined ? sampling : { ...sampling, maxOutputTokens: Math.max(1, left) },
    ...(reasoning === undefined ? {} : { reasoning: { mode: "off" } }),
  };
}

/** Where the client itself had begun the answer, the text stands behind that. */
function withAnswer(messages: readonly Message[], text: string): readonly Message[] {
  const last = messages.at(-1);
  if (last?.role !== "assistant") return [...messages, { role: "assistant", content: [{ type: "text", text }] }];
  return [...messages.slice(0, -1), { ...last, content: withText(last.content, text) }];
}

function withText(content: readonly Part[], text: string): readonly Part[] {
  const last = content.at(-1);
  if (last?.type !== "text") return [...content, { type: "text", text }];
  return [...content.slice(0, -1), { ...last, text: last.text + text }];
}
