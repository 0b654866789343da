import { type TokenServer, tokenServerAt } from "./clouds/tokens.ts";
import type { DialectId } from "./exchange.ts";

export type ModelListShape = "openai" | "anthropic" | "gemini";

export interface DialectRoute {
  readonly type: "dialect";
  readonly dialect: DialectId;
  readonly operation: "generate" | "count";
  /** Where the dialect writes them in the path. */
  readonly model?: string;
  readonly stream?: boolean;
  readonly host?: "bedrock" | "vertex";
}

export type OtherRoute =
  | { readonly type: "models"; readonly shape: ModelListShape; readonly model?: string }
  | { readonly type: "stored-response"; readonly id: string; readonly wish: StoredWish }
  | { readonly type: "inference-profiles" }
  | { readonly type: "token"; readonly server: TokenServer }
  | { readonly type: "probe" }
  | { readonly type: "upgrade" }
  | { readonly type: "wrong-method"; readonly dialect: DialectId; readonly allow: string }
  | { readonly type: "unknown" };

export type StoredWish = "get" | "delete" | "cancel" | "input-items";

export type Route = DialectRoute | OtherRoute;

interface Target {
  readonly method: string;
  readonly path: string;
  readonly anthropicVersion: boolean;
}

const POSTS: readonly (readonly [suffix: string, dialect: DialectId, operation: "generate" | "count"])[] = [
  ["/chat/completions", "openai-chat", "generate"],
  ["/responses", "openai-responses", "generate"],
  ["/messages", "anthropic-messages", "generate"],
  ["/messages/count_tokens", "anthropic-messages", "count"],
];

const GEMINI_METHODS: Readonly<Record<string, { operation: "generate" | "count"; stream: boolean }>> = {
  generateContent: { operation: "generate", stream: false },
  streamGenerateContent: { operation: "generate", stream: true },
  countTokens: { operation: "count", stream: false },
};

/** Any prefix may stand before a path: gateways and compatible servers live under one. */
export function findRoute(target: Target): Route {
  const { method, path } = target;
  const known = POSTS.find(([suffix]) => path.endsWith(suffix));
  if (known !== undefined) return postRoute(method, known);
  const bedrock = /\/model\/([^/]+)\/([a-z-]+)$/.exec(path);
  const bedrockCall = BEDROCK_CALLS[bedrock?.[2] ?? ""];
  if (bedrock?.[1] !== undefined && bedrockCall !== undefined) return bedrockRoute(method, bedrock[1], bedrockCall);
  if (method === "GET" && path.endsWith("/inference-profiles")) return { type: "inference-profiles" };
  const vertex = /\/publishers\/anthropic\/models\/(.+):(rawPredict|streamRawPredict)$/.exec(path);
  if (vertex?.[1] !== undefined && method === "POST") return vertexRoute(vertex[1], vertex[2] === "streamRawPredict");
  const gemini = /\/(?:models|tunedModels)\/(.+):([A-Za-z]+)$/.exec(path);
  if (gemini?.[1] !== undefined && gemini[2] !== undefined) return geminiRoute(method, gemini[1], gemini[2]);
  const other = besides(method, path);
  if (other !== undefined) return other;
  const models = /\/models(?:\/(.+))?$/.exec(path);
  if (models !== null && method === "GET") return modelsRoute(target, models[1]);
  return method === "HEAD" || path === "/" ? { type: "probe" } : { type: "unknown" };
}

const STORED_WISHES: Readonly<Record<string, StoredWish>> = {
  GET: "get",
  DELETE: "delete",
  "POST/cancel": "cancel",
  "GET/input_items": "input-items",
};

function storedRoute(method: string, path: string): OtherRoute | undefined {
  const [, id, below = ""] = /\/responses\/([^/]+)(\/[a-z_]+)?$/.exec(path) ?? [];
  const wish = STORED_WISHES[method + below];
  return id === undefined || wish === undefined ? undefined : { type: "stored-response", id: decode(id), wish };
}

function besides(method: string, path: string): OtherRoute | undefined {
  const server = tokenServerAt({ method, path });
  return server === undefined ? storedRoute(method, path) : { type: "token", server };
}

function postRoute(method: string, [, dialect, operation]: (typeof POSTS)[number]): Route {
  if (method === "POST") return { type: "dialect", dialect, operation };
  if (method === "GET" && dialect === "openai-responses") return { type: "upgrade" };
  return { type: "wrong-method", dialect, allow: "POST" };
}

function geminiRoute(method: string, model: string, name: string): Route {
  const known = GEMINI_METHODS[name];
  if (known === undefined) return { type: "unknown" };
  if (method !== "POST") return { type: "wrong-method", dialect: "gemini", allow: "POST" };
  return { type: "dialect", dialect: "gemini", model: decode(model), ...known };
}

type BedrockCall = Pick<DialectRoute, "dialect" | "operation" | "stream" | "host">;

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Operations_Amazon_Bedrock_Runtime.html; InvokeModel is Claude's here. */
const BEDROCK_CALLS: Readonly<Record<string, BedrockCall>> = {
  converse: { dialect: "bedrock-converse", operation: "generate", stream: false },
  "converse-stream": { dialect: "bedrock-converse", operation: "generate", stream: true },
  "count-tokens": { dialect: "bedrock-converse", operation: "count", stream: false },
  invoke: { dialect: "anthropic-messages", operation: "generate", stream: false, host: "bedrock" },
  "invoke-with-response-stream": {
    dialect: "anthropic-messages",
    operation: "generate",
    stream: true,
    host: "bedrock",
  },
};

function bedrockRoute(method: string, model: string, call: BedrockCall): Route {
  if (method !== "POST") return { type: "wrong-method", dialect: "bedrock-converse", allow: "POST" };
  return { type: "dialect", model: decode(model), ...call };
}

/** https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai */
function vertexRoute(model: string, stream: boolean): Route {
  const claude = { type: "dialect", dialect: "anthropic-messages", host: "vertex" } as const;
  if (model === "count-tokens") return { ...claude, operation: "count" };
  return { ...claude, operation: "generate", model: decode(model), stream };
}

function modelsRoute({ path, anthropicVersion }: Target, model: string | undefined): Route {
  const native = path.includes("/v1beta/") && !path.includes("/openai/");
  const shape = native ? "gemini" : anthropicVersion ? "anthropic" : "openai";
  return { type: "models", shape, ...(model !== undefined && { model: decode(model) }) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
