import { describe, expect, test } from "vitest";
import { anthropicMessages } from "./dialects/anthropic-messages/index.ts";
import { gemini } from "./dialects/gemini/index.ts";
import { openaiChat } from "./dialects/openai-chat/index.ts";
import type { OpenAiChatQuirks } from "./dialects/openai-chat/quirks.ts";
import { openaiResponses } from "./dialects/openai-responses/index.ts";
import type { JsonObject } from "./ir/json.ts";
import type { CanonicalRequest } from "./ir/request.ts";
import type { WebSearchTool } from "./ir/web-search.ts";
import { compact } from "./json/read.ts";
import { takesNativeSearch, webSearchOf, withNativeSearch, withoutWebSearch } from "./web-search.ts";

const asked: CanonicalRequest = {
  model: "m",
  stream: false,
  instructions: [],
  messages: [{ role: "user", content: [{ type: "text", text: "news?" }] }],
  tools: [],
  sampling: {},
};

const place = { city: "Köln", country: "DE" };
const approximate = { type: "approximate", ...place };
const target = { provider: "p", model: "m", quirks: {} };

const DECODED: readonly (readonly [string, () => CanonicalRequest, WebSearchTool])[] = [
  [
    "OpenAI's Responses API",
    () =>
      openaiResponses.decodeRequest(
        {
          model: "m",
          input: "news?",
          tools: [
            {
              type: "web_search_2025_08_26",
              search_context_size: "high",
              filters: { allowed_domains: ["a.org"], blocked_domains: ["b.org"] },
              user_location: approximate,
              external_web_access: false,
            },
          ],
        },
        {},
      ),
    {
      contextSize: "high",
      allowedDomains: ["a.org"],
      blockedDomains: ["b.org"],
      userLocation: place,
      live: false,
      unsaid: ["external_web_access"],
    },
  ],
  [
    "its preview",
    () =>
      openaiResponses.decodeRequest({ model: "m", input: "x", tools: [{ type: "web_search_preview_2025_03_11" }] }, {}),
    {},
  ],
  [
    "Chat Completions",
    () =>
      openaiChat.decodeRequest(
        {
          model: "m",
          messages: [{ role: "user", content: "news?" }],
          web_search_options: {
            search_context_size: "low",
            user_location: { type: "approximate", approximate: place },
          },
        },
        {},
      ),
    { contextSize: "low", userLocation: place },
  ],
  [
    "OpenRouter",
    () =>
      openaiChat.decodeRequest(
        {
          model: "m",
          messages: [{ role: "user", content: "news?" }],
          tools: [
            {
              type: "openrouter:web_search",
              parameters: { excluded_domains: ["b.org"], max_results: 3, engine: "exa" },
            },
          ],
        },
        {},
      ),
    { blockedDomains: ["b.org"], unsaid: ["max_results", "engine"] },
  ],
  [
    "Anthropic",
    () =>
      anthropicMessages.decodeRequest(
        {
          model: "m",
          max_tokens: 9,
          messages: [{ role: "user", content: "news?" }],
          tools: [
            {
              type: "web_search_20260318",
              name: "web_search",
              max_uses: 2,
              blocked_domains: ["b.org"],
              user_location: approximate,
              cache_control: { type: "ephemeral" },
            },
          ],
        },
        {},
      ),
    { maxUses: 2, blockedDomains: ["b.org"], userLocation: place },
  ],
  [
    "Gemini, in either spelling",
    () =>
      gemini.decodeRequest(
        {
          contents: [{ role: "user", parts: [{ text: "x" }] }],
          tools: [{ google_search: { exclude_domains: ["b.org"] } }],
        },
        { model: "m", stream: false },
      ),
    { blockedDomains: ["b.org"] },
  ],
  [
    "Gemini before 2",
    () =>
      gemini.decodeRequest(
        { contents: [{ role: "user", parts: [{ text: "x" }] }], tools: [{ googleSearchRetrieval: {} }] },
        { model: "m", stream: false },
      ),
    {},
  ],
];

describe("a request that asks for a search", () => {
  test.each(DECODED)("is known in the words of %s, and without it", (_, decode, expected) => {
    const request = decode();
    expect(webSearchOf(request)).toEqual(expected);
    const without = withoutWebSearch(request);
    expect(webSearchOf(without)).toBeUndefined();
    expect(without).toEqual({ ...request, tools: [] });
  });

  test("loses a choice that only the search could follow, and no other", () => {
    const search = { type: "hosted", dialect: "openai-responses", definition: { type: "web_search" } } as const;
    const request: CanonicalRequest = { ...asked, tools: [{ ...search, webSearch: {} }] };
    const choice = { type: "hosted", dialect: "openai-responses", definition: { type: "web_search" } } as const;
    expect(withoutWebSearch({ ...request, toolChoice: choice }).toolChoice).toBeUndefined();
    expect(withoutWebSearch({ ...request, toolChoice: { type: "none" } }).toolChoice).toEqual({ type: "none" });
  });

  test("without one is the same request", () => {
    expect(withoutWebSearch(asked)).toBe(asked);
  });
});

const whole: WebSearchTool = {
  contextSize: "low",
  maxUses: 2,
  allowedDomains: ["a.org"],
  userLocation: place,
};

const CHAT: readonly (readonly [OpenAiChatQuirks["webSearch"], string, JsonObject])[] = [
  [
    "web_search_options",
    "m",
    {
      web_search_options: {
        search_context_size: "low",
        user_location: { type: "approximate", approximate: place },
      },
    },
  ],
  ["search-models", "gpt-5-search-api", { web_search_options: expect.anything() }],
  [
    "openrouter:web_search",
    "m",
    {
      tools: [
        {
          type: "openrouter:web_search",
          parameters: { search_context_size: "low", allowed_domains: ["a.org"], user_location: approximate },
        },
      ],
    },
  ],
  ["groq", "openai/gpt-oss-120b", { tools: [{ type: "browser_search" }] }],
  ["groq", "groq/compound", { search_settings: { include_domains: ["a.org"] } }],
];

const features = (losses: readonly { readonly feature: string; readonly detail: string }[]) =>
  losses.map(({ feature, detail }) => `${feature}: ${detail}`);

describe("the search of whoever is asked", () => {
  const request = withNativeSearch(asked, whole);

  test("is OpenAI's tool, which tells what it found", () => {
    const { body, dropped, adapted } = openaiResponses.encodeRequest(request, target);
    expect(body).toMatchObject({
      tools: [
        {
          type: "web_search",
          search_context_size: "low",
          filters: { allowed_domains: ["a.org"] },
          user_location: approximate,
        },
      ],
      include: ["web_search_call.action.sources"],
    });
    expect(features(dropped)).toEqual(["web-search: The search could not be told how often it may search."]);
    expect(adapted).toEqual([]);
  });

  test("leaves out domains where xAI does, and nowhere at a look-alike", () => {
    const blocking = withNativeSearch(asked, { blockedDomains: ["b.org"] });
    const hostedTools = ["web_search"];
    const xai = { hostedTools, searchExclusions: "excluded_domains" } as const;
    expect(openaiResponses.encodeRequest(blocking, { ...target, quirks: xai }).body).toMatchObject({
      tools: [{ type: "web_search", filters: { excluded_domains: ["b.org"] } }],
    });
    const other = { hostedTools, searchExclusions: "none" } as const;
    const { body, dropped } = openaiResponses.encodeRequest(blocking, { ...target, quirks: other });
    expect(body["tools"]).toEqual([{ type: "web_search" }]);
    expect(body["include"]).toBeUndefined();
    expect(features(dropped)).toEqual(["web-search: The search could not be told the domains to leave out."]);
  });

  test("is Anthropic's first version", () => {
    const { body, dropped, adapted } = anthropicMessages.encodeRequest(request, target);
    expect(body["tools"]).toEqual([
      {
        type: "web_search_20250305",
        name: "web_search",
        max_uses: 2,
        allowed_domains: ["a.org"],
        user_location: approximate,
      },
    ]);
    expect(dropped).toEqual([]);
    expect(features(adapted)).toEqual(["web-search: The search could not be told how much of the results is read."]);
  });

  test("is not Anthropic's beside a function of the same name", () => {
    const crowded: CanonicalRequest = {
      ...request,
      tools: [...request.tools, { type: "function", name: "web_search" }],
    };
    const { body, dropped } = anthropicMessages.encodeRequest(crowded, target);
    expect(body["tools"]).toMatchObject([{ name: "web_search", input_schema: {} }]);
    expect(dropped).toMatchObject([{ feature: "hosted-tool" }]);
  });

  test("is Gemini's, which is told nothing, and not beside functions", () => {
    const { body, dropped } = gemini.encodeRequest(request, target);
    expect(body["tools"]).toEqual([{ googleSearch: {} }]);
    expect(dropped.map(({ feature }) => feature)).toEqual(["web-search", "web-search"]);
    const crowded: CanonicalRequest = { ...request, tools: [...request.tools, { type: "function", name: "f" }] };
    const refused = gemini.encodeRequest(crowded, target);
    expect(refused.body["tools"]).toMatchObject([{ functionDeclarations: [{ name: "f" }] }]);
    expect(refused.dropped).toMatchObject([{ feature: "hosted-tool" }]);
  });

  test.each(CHAT)("is, by the quirk %s at %s, %j", (webSearch, model, expected) => {
    const { body } = openaiChat.encodeRequest(request, { provider: "p", model, quirks: compact({ webSearch }) });
    expect(body).toMatchObject(expected);
  });

  test("is dropped where there is none", () => {
    const answers = [
      openaiChat.encodeRequest(request, target),
      openaiChat.encodeRequest(request, { provider: "p", model: "gpt-5", quirks: { webSearch: "search-models" } }),
      openaiResponses.encodeRequest(request, { ...target, quirks: { hostedTools: [] } }),
      openaiResponses.encodeRequest(request, { ...target, facts: { webSearch: false } }),
      anthropicMessages.encodeRequest(request, { ...target, quirks: { serverTools: "drop" } }),
      anthropicMessages.encodeRequest(request, { ...target, quirks: { webSearch: "drop" } }),
      gemini.encodeRequest(request, { ...target, facts: { webSearch: false } }),
    ];
    for (const { body, dropped } of answers) {
      expect(body["tools"]).toBeUndefined();
      expect(body["web_search_options"]).toBeUndefined();
      expect(dropped).toMatchObject([{ feature: "hosted-tool", detail: expect.stringContaining("web_search") }]);
    }
  });

  test("takes the place of the client's own", () => {
    const again = withNativeSearch(withNativeSearch(asked, { maxUses: 9 }), whole);
    expect(again.tools).toHaveLength(1);
    expect(webSearchOf(again)).toEqual(whole);
  });
});

test("one dialect's search is another's, and its own comes back as it was", () => {
  const claude = anthropicMessages.decodeRequest(
    {
      model: "m",
      max_tokens: 9,
      messages: [{ role: "user", content: "news?" }],
      tools: [{ type: "web_search_20260318", name: "web_search", response_inclusion: "full", max_uses: 2 }],
    },
    {},
  );
  expect(anthropicMessages.encodeRequest(claude, target).body["tools"]).toEqual([
    { type: "web_search_20260318", name: "web_search", response_inclusion: "full", max_uses: 2 },
  ]);
  const { body, dropped } = openaiResponses.encodeRequest(claude, target);
  expect(body["tools"]).toEqual([{ type: "web_search" }]);
  expect(dropped.map(({ detail }) => detail)).toEqual([
    "The search could not be told how often it may search.",
    "'response_inclusion' of the search has no equivalent there.",
  ]);
  expect(gemini.encodeRequest(claude, target).body["tools"]).toEqual([{ googleSearch: {} }]);
});

test("chat's option stays beside the tools, and goes on to others as a tool", () => {
  const request = openaiChat.decodeRequest(
    {
      model: "m",
      messages: [{ role: "user", content: "x" }],
      web_search_options: { search_context_size: "medium", later: 1 },
    },
    {},
  );
  const { body, dropped } = openaiChat.encodeRequest(request, target);
  expect(body).toMatchObject({ web_search_options: { search_context_size: "medium", later: 1 } });
  expect(body["tools"]).toBeUndefined();
  expect(dropped).toEqual([]);
  expect(anthropicMessages.encodeRequest(request, target).body["tools"]).toEqual([
    { type: "web_search_20250305", name: "web_search" },
  ]);
});

test("takesNativeSearch says what the encoders do", () => {
  const functions = { tools: [{ type: "function", name: "f" } as const] };
  expect(takesNativeSearch({ dialect: "gemini", quirks: {} }, { model: "m" })).toBe(true);
  expect(takesNativeSearch({ dialect: "gemini", quirks: {} }, { model: "m", request: functions })).toBe(false);
  const googles = { type: "hosted", dialect: "gemini", definition: { googleSearch: {} }, webSearch: {} } as const;
  const both = { tools: [...functions.tools, googles] };
  expect(takesNativeSearch({ dialect: "gemini", quirks: {} }, { model: "m", request: both })).toBe(true);
  expect(takesNativeSearch({ dialect: "openai-chat", quirks: {} }, { model: "m" })).toBe(false);
  const groq = { dialect: "openai-chat", quirks: { webSearch: "groq" } } as const;
  expect(takesNativeSearch(groq, { model: "openai/gpt-oss-20b" })).toBe(true);
  expect(takesNativeSearch(groq, { model: "llama-4" })).toBe(false);
  expect(takesNativeSearch({ dialect: "anthropic-messages", quirks: {} }, { model: "m" })).toBe(true);
  const facts = { webSearch: false };
  expect(takesNativeSearch({ dialect: "anthropic-messages", quirks: {} }, { model: "m", facts })).toBe(false);
  expect(takesNativeSearch({ dialect: "openai-responses", quirks: {} }, { model: "m" })).toBe(true);
  expect(takesNativeSearch({ dialect: "bedrock-converse", quirks: {} }, { model: "m" })).toBe(false);
});
