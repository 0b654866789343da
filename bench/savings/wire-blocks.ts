import { isObject, type JsonObject, type JsonValue } from "@signalbox/protocol";
import type { PromptBlock } from "@signalbox/simulator";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import type { Kind } from "./places.ts";

export interface WireBlock extends PromptBlock {
  readonly value: JsonObject;
}

/** The blocks of a request as its vendor reads them, in the order of the prompt, with what they come to by o200k. */
export function wireBlocks(kind: Kind, body: JsonObject): readonly WireBlock[] {
  return blocksIn(kind, body).map(wireBlock);
}

function blocksIn(kind: Kind, body: JsonObject): readonly JsonObject[] {
  switch (kind) {
    case "anthropic":
      return [
        ...list(body["tools"]),
        ...list(body["system"]),
        ...list(body["messages"]).flatMap(({ role = null, content = null }) =>
          list(content).map((block) => ({ role, ...block })),
        ),
      ];
    case "openai":
      return [...list(body["tools"]), ...list(body["messages"])];
    case "gemini":
      return [...list(body["systemInstruction"]), ...list(body["tools"]), ...list(body["contents"])];
  }
}

function list(value: JsonValue | undefined): readonly JsonObject[] {
  if (typeof value === "string") return [{ type: "text", text: value }];
  if (Array.isArray(value)) return value.filter(isObject);
  return isObject(value) ? [value] : [];
}

/** A breakpoint within a tool's result stands behind the result. */
function wireBlock(block: JsonObject): WireBlock {
  let breakpoint: PromptBlock["breakpoint"];
  const text = JSON.stringify(block, (name, value: JsonValue) => {
    if (name !== "cache_control") return value;
    breakpoint = isObject(value) && value["ttl"] === "1h" ? "1h" : "5m";
    return undefined;
  });
  return { text, value: block, tokens: tokensOf(text, block), ...(breakpoint === undefined ? {} : { breakpoint }) };
}

/** Roles and ids. */
const FRAME_TOKENS = 6;
/** What a small picture comes to. */
const PICTURE_TOKENS = 300;
/** Nobody counts them as text. */
const OPAQUE = new Set(["signature", "thoughtSignature", "data", "url", "cache_control", "type", "role", "media_type"]);

const counted = new Map<string, number>();

function tokensOf(text: string, block: JsonObject): number {
  const known = counted.get(text);
  if (known !== undefined) return known;
  const words: string[] = [];
  const pictures = gather(block, words);
  const tokens = FRAME_TOKENS + pictures * PICTURE_TOKENS + countTokens(words.join("\n"), { allowedSpecial: "all" });
  if (counted.size >= 50_000) counted.clear();
  counted.set(text, tokens);
  return tokens;
}

/** Returns how many pictures there are. */
function gather(value: JsonValue, words: string[]): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, inner) => sum + gather(inner, words), 0);
  if (!isObject(value)) {
    words.push(String(value));
    return 0;
  }
  let pictures = "media_type" in value || "image_url" in value || "inlineData" in value ? 1 : 0;
  for (const [name, inner] of Object.entries(value)) {
    if (OPAQUE.has(name) || inner === undefined) continue;
    words.push(name);
    pictures += gather(inner, words);
  }
  return pictures;
}
