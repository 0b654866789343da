import { isObject, type JsonObject, type JsonValue, numberOf } from "@signalbox/protocol";
import { z } from "zod";
import { surfaceDialects } from "../../../config/quirks.ts";
import { idField, jsonObjectField, type McpTool, tool } from "../tool.ts";

const catalogueFilters = z.strictObject({
  provider: z.string().max(100).optional().describe("Only models of this provider, such as 'anthropic'."),
  capability: z.string().max(100).optional().describe("Only models that can do this, such as 'vision' or 'tools'."),
  min_context: z.number().min(0).optional().describe("Only models whose context window has at least so many tokens."),
  search: z.string().max(200).optional().describe("Only models whose id or name holds this text."),
  limit: z.int().min(1).max(1000).default(100),
  after: z.string().max(300).optional().describe("The id after which the page begins: the last of the page before."),
});

type Filters = z.output<typeof catalogueFilters>;

/** What can be called, and who would answer. None of them asks an upstream. */
export const modelTools: readonly McpTool[] = [
  tool({
    name: "list_models",
    title: "List models",
    description: "The models that this key may call, with context windows, capabilities and prices, page by page.",
    route: "GET /v1/models",
    input: catalogueFilters,
    ask: () => ({}),
    shape: pageOfModels,
  }),
  tool({
    name: "get_model",
    title: "Get a model",
    description: "One model by the name that a client sends.",
    route: "GET /v1/models/*",
    input: z.strictObject({ model: idField }),
    ask: ({ model }) => ({ id: model }),
  }),
  tool({
    name: "explain_plan",
    title: "Explain a plan",
    description:
      "Which providers and models would answer a request, in which order, why, and at what expected cost. Calls no upstream and costs nothing.",
    route: "POST /v1/explain",
    input: z.strictObject({
      model: idField.describe("A model or a router."),
      prompt: z
        .string()
        .max(200_000)
        .optional()
        .describe("What a user would ask; not needed where 'request' is given."),
      request: jsonObjectField.optional().describe("The body as a client would send it, in the dialect."),
      dialect: z.enum(surfaceDialects).default("openai-chat").describe("The API that the client would speak."),
      operation: z
        .enum(["generate", "embeddings", "rerank", "images", "image-edits", "speech", "moderation"])
        .default("generate")
        .describe("What is asked for. All but 'generate', a conversation, need 'request'."),
    }),
    ask: ({ model, prompt = "", request, dialect, operation }) => ({
      query: { dialect, operation },
      body: { ...(request ?? SMALLEST[dialect](prompt)), model },
    }),
  }),
  tool({
    name: "list_providers",
    title: "List providers",
    description: "The providers that this key may reach, and how many models each of them has here.",
    route: "GET /v1/providers",
    input: z.strictObject({}),
    ask: () => ({}),
  }),
  tool({
    name: "list_routers",
    title: "List routers",
    description: "The named policies that choose a model: their routes, conditions and variants.",
    route: "GET /v1/routers",
    input: z.strictObject({}),
    ask: () => ({}),
  }),
  tool({
    name: "get_router",
    title: "Get a router",
    description: "One router by its name.",
    route: "GET /v1/routers/:id",
    input: z.strictObject({ name: idField }),
    ask: ({ name }) => ({ id: name.replace(/^routers\//, "") }),
  }),
];

/** The smallest request of each dialect that asks something. */
const SMALLEST: Readonly<Record<(typeof surfaceDialects)[number], (prompt: string) => JsonObject>> = {
  "openai-chat": (prompt) => ({ messages: [{ role: "user", content: prompt }] }),
  "openai-responses": (prompt) => ({ input: prompt }),
  "anthropic-messages": (prompt) => ({ max_tokens: 1024, messages: [{ role: "user", content: prompt }] }),
  gemini: (prompt) => ({ contents: [{ role: "user", parts: [{ text: prompt }] }] }),
};

/** AnyRouter's filters; its list is one page, this one goes on after an id. */
function pageOfModels({ data }: JsonObject, filters: Filters): JsonObject {
  const all = Array.isArray(data) ? data.filter(isObject) : [];
  const wanted = all.filter((model) => isWanted(model, filters));
  const before = filters.after === undefined ? -1 : wanted.findIndex(({ id }) => id === filters.after);
  const start = before + 1;
  const page = wanted.slice(start, start + filters.limit);
  return {
    object: "list",
    data: page,
    total: wanted.length,
    has_more: start + page.length < wanted.length,
    last_id: page.at(-1)?.["id"] ?? null,
  };
}

function isWanted(model: JsonObject, { provider, capability, min_context: context, search }: Filters): boolean {
  const { id, name, owned_by: owner, provider: served, capabilities, context_length: length } = model;
  if (provider !== undefined && owner !== provider && served !== provider) return false;
  if (capability !== undefined && !(Array.isArray(capabilities) && capabilities.includes(capability))) return false;
  if (context !== undefined && (numberOf(length) ?? 0) < context) return false;
  return search === undefined || [id, name].some((text) => holds(text, search));
}

const holds = (text: JsonValue | undefined, part: string): boolean =>
  typeof text === "string" && text.toLowerCase().includes(part.toLowerCase());
