import {
  type ByteSpan,
  elementsOf,
  GatewayError,
  invalidRequest,
  isObject,
  type JsonValue,
  spliceTopLevel,
  stringAt,
  valueAt,
} from "@signalbox/protocol";
import type { ClientRequest } from "../client-request.ts";

/** https://developers.openai.com/api/reference/resources/completions/methods/create */
export const DEFAULT_MAX_TOKENS = 16;

/**
 * The body of a completion as one of a chat: the prompt is what the user says, every other member stays as it is. Throws
 * `unsupported_feature` for what a chat cannot be asked.
 */
export function chatBytes({ bytes, scan }: ClientRequest): Buffer {
  const member = (name: string) => memberValue(bytes, scan.members.get(name));
  refuse("suffix", isGiven(member("suffix")) && member("suffix") !== "", "to write what stands before a given text");
  refuse("echo", member("echo") === true, "to repeat the prompt");
  refuse("best_of", Number(member("best_of") ?? 1) > 1, "to choose the best of several answers");
  refuse("logprobs", isGiven(member("logprobs")), "for probabilities in the form of completions");
  const maxTokens = member("max_tokens") ?? DEFAULT_MAX_TOKENS;
  const messages = `[{"role":"user","content":${promptText(bytes, scan.members.get("prompt"))}}]`;
  return Buffer.from(
    spliceTopLevel(bytes, scan, {
      prompt: undefined,
      suffix: undefined,
      echo: undefined,
      best_of: undefined,
      logprobs: undefined,
      max_tokens: undefined,
      max_completion_tokens: JSON.stringify(maxTokens),
      messages,
    }),
  );
}

/** The prompt's own JSON text. */
function promptText(bytes: Buffer, span: ByteSpan | undefined): string {
  if (span === undefined || memberValue(bytes, span) === null) throw invalidRequest("'prompt' is missing.", "prompt");
  if (stringAt(bytes, span) !== undefined) return bytes.toString("utf8", span.start, span.end);
  const [only, ...others] = elementsOf(bytes, span);
  if (only === undefined) throw invalidRequest("'prompt' must be a text, or an array of one.", "prompt");
  refuse("prompt", others.length > 0, "for several prompts, or tokens");
  if (stringAt(bytes, only) === undefined) {
    refuse("prompt", isTokens(memberValue(bytes, only)), "for tokens");
    throw invalidRequest("'prompt' must be a text, or an array of one.", "prompt");
  }
  return bytes.toString("utf8", only.start, only.end);
}

const isTokens = (value: JsonValue | undefined): boolean => Array.isArray(value) || typeof value === "number";

const isGiven = (value: JsonValue | undefined): boolean => value !== undefined && value !== null && !isObject(value);

function refuse(param: string, isAsked: boolean, what: string): void {
  if (!isAsked) return;
  throw new GatewayError(
    "unsupported_feature",
    `'${param}': the provider behind this model has no completions, and a chat cannot be asked ${what}.`,
    { param },
  );
}

function memberValue(bytes: Buffer, span: ByteSpan | undefined): JsonValue | undefined {
  return span === undefined ? undefined : valueAt(bytes, span);
}
