import { expect } from "vitest";
import { bearer, type Example, from } from "./example.ts";
import { completion } from "./matchers.ts";

const transforms = from("https://openrouter.ai/docs/transforms");
const plugins = from("https://openrouter.ai/docs/guides/features/plugins");
const messages = from("https://openrouter.ai/docs/guides/features/message-transforms");
const online = from("https://openrouter.ai/docs/features/web-search");

const path = "/v1/chat/completions";
const asked = `"messages": [{ "role": "user", "content": "What are the latest developments in AI?" }]`;
const searchTool = { type: "function", function: { name: "web_search" } };

/** Words of OpenRouter that vendors and clients have taken over, to upstreams that do not know them. */
export const openrouter: readonly Example[] = [
  transforms("middle-out, where there is room for all", {
    path,
    headers: bearer,
    body: `{ "transforms": ["middle-out"], "model": "openai/gpt-4o", ${asked} }`,
    expects: {
      body: completion("gpt-4o"),
      headers: { "x-signalbox-dropped": undefined },
      upstream: [{ model: "gpt-4o", without: ["transforms"] }],
    },
  }),
  transforms("none", {
    path,
    headers: bearer,
    body: `{ "transforms": [], "model": "openai/gpt-4o", ${asked} }`,
    expects: { upstream: [{ model: "gpt-4o", without: ["transforms"] }] },
  }),
  messages("the plugin context-compression, in extra_body", {
    path,
    headers: bearer,
    body: `{ "extra_body": { "plugins": [{ "id": "context-compression" }] }, "model": "openai/gpt-4o", ${asked} }`,
    once: true,
    expects: {
      headers: { "x-signalbox-dropped": undefined },
      upstream: [{ model: "gpt-4o", without: ["plugins", "extra_body"] }],
    },
  }),
  plugins("the plugin web, in extra_body", {
    path,
    headers: bearer,
    body: `{ "extra_body": { "plugins": [{ "id": "web", "max_results": 3 }] }, "model": "openai/gpt-4o", ${asked} }`,
    once: true,
    expects: { upstream: [{ model: "gpt-4o", body: { tools: [searchTool] }, without: ["plugins", "extra_body"] }] },
  }),
  plugins("a plugin that nobody here has is reported", {
    path,
    headers: bearer,
    body: `{ "extra_body": { "plugins": [{ "id": "response-healing" }] }, "model": "openai/gpt-4o", ${asked} }`,
    once: true,
    expects: { headers: { "x-signalbox-dropped": expect.stringContaining("response-healing") } },
  }),
  plugins("plugins at the root go on to OpenRouter, which has more of them", {
    path,
    headers: bearer,
    body: `{ "model": "openrouter/openai/gpt-4o", ${asked}, "plugins": [{ "id": "web" }] }`,
    once: true,
    // The simulator is OpenAI here, and refuses what it does not know.
    expects: {
      upstream: [
        { model: "openai/gpt-4o", body: { plugins: [{ id: "web" }] } },
        { model: "openai/gpt-4o", without: ["plugins"] },
      ],
    },
  }),
  plugins("the plugin web, at the root", {
    path,
    headers: bearer,
    body: `{ "model": "openai/gpt-4o", ${asked}, "plugins": [{ "id": "web" }] }`,
    gap: "Plugins at the root are OpenRouter's own, and go on to upstreams; ours are read in extra_body.",
    expects: { upstream: [{ model: "gpt-4o", body: { tools: [searchTool] }, without: ["plugins"] }] },
  }),
  online("a model with :online", {
    path,
    headers: bearer,
    body: `{ "model": "openai/gpt-4o:online", ${asked} }`,
    expects: { upstream: [{ model: "gpt-4o", body: { tools: [searchTool] } }] },
  }),
];
