import { expect } from "vitest";
import { apiKey, type Example, from, json } from "./example.ts";
import { CACHED_KEY } from "./vendors.ts";

const caching = from("https://docs.routeway.ai/guides/chat-completions/caching");

const CHAT = "/v1/chat/completions";
const headers = { ...json, authorization: `Bearer ${CACHED_KEY}` };
const twice = `{ "model": "gpt-4o-mini", "messages": [{ "role": "user", "content": "What is a prompt cache?" }] }`;

/** The page does not say how its response cache is turned on; here by the key. */
export const routewayCaching: readonly Example[] = [
  caching("a request that nobody has made before", {
    path: CHAT,
    headers,
    body: twice,
    once: true,
    expects: { headers: { "x-cache": "MISS" }, upstream: [{ model: "gpt-4o-mini" }] },
  }),
  caching("the identical request, with no upstream call and at no cost", {
    path: CHAT,
    headers,
    body: twice,
    once: true,
    expects: {
      headers: { "x-cache": "HIT-exact", age: /^\d+$/ },
      body: {
        choices: [{ message: { content: expect.any(String) }, finish_reason: "stop" }],
        usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
        metadata: { cache: { status: "hit-exact" } },
      },
      upstream: [],
    },
  }),
  caching("it may be streamed, too", {
    path: CHAT,
    headers,
    body: twice.replace("{", '{ "stream": true,'),
    once: true,
    expects: { headers: { "x-cache": "HIT-exact" }, stream: "[DONE]", upstream: [] },
  }),
  caching("cached tokens of OpenAI's models stand in usage", {
    path: CHAT,
    headers: { ...json, ...apiKey },
    body: `{ "model": "gpt-4o-mini", "messages": [{ "role": "user", "content": "Hi [[cache 64 0]]" }] }`,
    expects: { body: { usage: { prompt_tokens_details: { cached_tokens: 64 } } } },
  }),
];
