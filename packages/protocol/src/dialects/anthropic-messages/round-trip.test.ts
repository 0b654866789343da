import fc from "fast-check";
import { expect, test } from "vitest";
import type { JsonObject } from "../../ir/json.ts";
import type { CacheBreakpoint, Part } from "../../ir/parts.ts";
import type { CanonicalRequest, Message } from "../../ir/request.ts";
import { anthropicMessages } from "./index.ts";

const target = { provider: "anthropic", model: "claude", quirks: {} };
const through = (body: JsonObject) =>
  anthropicMessages.encodeRequest(anthropicMessages.decodeRequest(body, {}), target);

/** One request with nearly everything that the documentation lets a client say. */
const RICH: JsonObject = {
  model: "claude",
  max_tokens: 64000,
  cache_control: { type: "ephemeral" },
  container: { id: "c", skills: [{ type: "anthropic", skill_id: "pptx" }] },
  context_management: { edits: [{ type: "clear_thinking_20251015" }] },
  inference_geo: "us",
  mcp_servers: [{ type: "url", name: "m", url: "https://example.org" }],
  speed: "fast",
  metadata: { user_id: '{"device":"d"}' },
  output_config: {
    task_budget: { type: "tokens", total: 100 },
    effort: "xhigh",
    format: { type: "json_schema", schema: { type: "object", properties: {}, additionalProperties: false } },
  },
  service_tier: "standard_only",
  stop_sequences: ["END"],
  stream: true,
  system: [
    { type: "text", text: "x-anthropic-billing-header: cc_version=1" },
    { type: "text", text: "Be brief.", cache_control: { type: "ephemeral", ttl: "1h" } },
  ],
  thinking: { type: "adaptive", display: "summarized" },
  tool_choice: { type: "auto", disable_parallel_tool_use: true },
  tools: [
    {
      name: "f",
      description: "d",
      input_schema: { type: "object", properties: { x: { type: "integer" } }, additionalProperties: false },
      strict: true,
      defer_loading: true,
      input_examples: [{ x: 1 }],
      eager_input_streaming: true,
      cache_control: { type: "ephemeral" },
    },
    { type: "web_search_20260318", name: "web_search", max_uses: 3 },
    { type: "bash_20250124", name: "bash" },
  ],
  messages: [
    {
      role: "user",
      content: [
        { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBOR" } },
        {
          type: "image",
          source: { type: "url", url: "https://example.org/a.png" },
          transformations: { oversized_image: "error" },
        },
        { type: "image", source: { type: "file", file_id: "file_1" } },
        {
          type: "document",
          source: { type: "base64", media_type: "application/pdf", data: "JVBERi0=" },
          title: "t",
          context: "c",
          citations: { enabled: true },
        },
        { type: "document", source: { type: "text", media_type: "text/plain", data: "plain" } },
        {
          type: "document",
          source: {
            type: "content",
            content: [
              { type: "text", text: "a" },
              { type: "text", text: "b" },
            ],
          },
        },
        { type: "document", source: { type: "url", url: "https://example.org/a.pdf" } },
        {
          type: "search_result",
          title: "s",
          content: [{ type: "text", text: "r" }],
          citations: { enabled: true },
          source: "kb:1",
        },
        { type: "container_upload", file_id: "file_2" },
        { type: "text", text: "Hi", cache_control: { type: "ephemeral" } },
      ],
    },
    { role: "system", output_config: { effort: "low" }, clear_at: "never", content: "Mind the gap." },
    {
      role: "assistant",
      content: [
        { type: "thinking", thinking: "hm", signature: "sig" },
        { type: "redacted_thinking", data: "red" },
        {
          type: "text",
          text: "See",
          citations: [
            {
              type: "char_location",
              cited_text: "p",
              document_index: 1,
              document_title: null,
              start_char_index: 0,
              end_char_index: 1,
            },
          ],
        },
        { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: { query: "q" } },
        { type: "web_search_tool_result", tool_use_id: "srvtoolu_1", content: [] },
        { type: "tool_use", id: "toolu_1", name: "f", input: { x: 1 } },
        {
          type: "tool_use",
          id: "toolu_2",
          name: "f",
          input: {},
          caller: { type: "code_execution_20260120", tool_id: "srvtoolu_2" },
        },
      ],
    },
    {
      role: "user",
      content: [
        { type: "tool_result", tool_use_id: "toolu_1", content: "42", is_error: false },
        {
          type: "tool_result",
          tool_use_id: "toolu_2",
          content: [
            { type: "text", text: "see" },
            { type: "image", source: { type: "base64", media_type: "image/jpeg", data: "/9j/" } },
            { type: "tool_reference", tool_name: "g" },
          ],
          is_error: true,
        },
        { type: "text", text: "Go on." },
      ],
    },
  ],
};

test("a rich request comes back as it was", () => {
  const { body, dropped, adapted, headers } = through(RICH);
  expect(body).toEqual(RICH);
  expect({ dropped, adapted }).toEqual({ dropped: [], adapted: [] });
  expect(headers?.["anthropic-beta"]?.split(",").sort()).toEqual([
    "context-management-2025-06-27",
    "fast-mode-2026-02-01",
    "files-api-2025-04-14",
    "mcp-client-2025-04-04",
    "mid-conversation-output-config-2026-07-01",
    "mid-conversation-system-clear-at-2026-08-21",
    "skills-2025-10-02",
    "task-budgets-2026-03-13",
  ]);
});

test("the body's keys stand in the documented order, messages last", () => {
  expect(Object.keys(through(RICH).body)).toEqual(Object.keys(RICH));
});

const word = fc.string({ minLength: 1, maxLength: 12 }).map((text) => `w${text.trim()}`);
const toolName = fc.stringMatching(/^[a-zA-Z0-9_-]{1,12}$/);
const json = fc.dictionary(word, fc.oneof(fc.integer(), fc.boolean(), word), { maxKeys: 3 });
const cache = fc.constantFrom<CacheBreakpoint>({ ttl: "5m" }, {});
const text = fc.record({ type: fc.constant("text" as const), text: word, cache }, { requiredKeys: ["type", "text"] });
const origin = { dialect: "anthropic-messages" as const };
const thinking = fc.record({
  type: fc.constant("reasoning" as const),
  form: fc.constant("full" as const),
  text: word,
  opaque: fc.record({ origin: fc.constant(origin), data: word }),
});
const media = fc.record({
  type: fc.constant("media" as const),
  kind: fc.constant("document" as const),
  name: word,
  source: fc.record({ type: fc.constant("url" as const), url: word }),
});

const turn = fc
  .record({
    asked: fc.array(fc.oneof(text, media), { minLength: 1, maxLength: 3 }),
    thought: fc.array(thinking, { maxLength: 2 }),
    said: word,
    calls: fc.array(fc.record({ name: toolName, input: json, result: fc.array(text, { maxLength: 2 }) }), {
      maxLength: 3,
    }),
  })
  .map(({ asked, thought, said, calls }) => (index: number): readonly Message[] => {
    const parts: readonly Part[] = calls.map(({ name, input }, at) => ({
      type: "tool-call",
      id: `call_${index}_${at}`,
      name,
      arguments: JSON.stringify(input),
    }));
    const results: readonly Part[] = calls.map(({ result }, at) => ({
      type: "tool-result",
      callId: `call_${index}_${at}`,
      content: result,
    }));
    const tool: readonly Message[] = calls.length === 0 ? [] : [{ role: "tool", content: results }];
    return [
      { role: "user", content: asked },
      { role: "assistant", content: [...thought, { type: "text", text: said }, ...parts] },
      ...tool,
    ];
  });

const request = fc
  .record({
    turns: fc.array(turn, { minLength: 1, maxLength: 3 }),
    instructions: fc.array(text, { maxLength: 1 }),
    tools: fc.uniqueArray(toolName, { maxLength: 3 }),
    temperature: fc.constantFrom(undefined, 0, 0.5, 1),
  })
  .map(
    ({ turns, instructions, tools, temperature }): CanonicalRequest => ({
      model: "claude",
      stream: true,
      instructions,
      messages: turns.flatMap((make, index) => make(index)),
      tools: tools.map((name) => ({ type: "function", name, parameters: { type: "object" } })),
      sampling: { maxOutputTokens: 5, ...(temperature === undefined ? {} : { temperature }) },
      endUser: "u",
    }),
  );

/** Without the breakpoints beyond the fourth, and without `undefined` fields that fast-check made. */
const plain = (value: CanonicalRequest): unknown => JSON.parse(JSON.stringify(value));
const breakpoints = (value: CanonicalRequest) => JSON.stringify(value).split('"cache":').length - 1;

test("what the dialect can say is the same after encoding and decoding", () => {
  fc.assert(
    fc.property(
      request.filter((value) => breakpoints(value) <= 4),
      (canonical) => {
        const { body, dropped, adapted } = anthropicMessages.encodeRequest(canonical, target);
        expect({ dropped, adapted }).toEqual({ dropped: [], adapted: [] });
        const again = anthropicMessages.decodeRequest(body, {});
        expect(mergedUsers(again.messages)).toEqual(mergedUsers(JSON.parse(JSON.stringify(canonical.messages))));
        expect(plain({ ...again, messages: [] })).toEqual(plain({ ...canonical, messages: [] }));
        expect(anthropicMessages.encodeRequest(again, target).body).toEqual(body);
      },
    ),
    { numRuns: 200 },
  );
});

/** Neighbouring user messages are one on this wire. */
function mergedUsers(messages: readonly Message[]): readonly Message[] {
  const merged: Message[] = [];
  for (const message of messages) {
    const last = merged.at(-1);
    if (last?.role === message.role) merged.splice(-1, 1, { ...last, content: [...last.content, ...message.content] });
    else merged.push(message);
  }
  return merged;
}
