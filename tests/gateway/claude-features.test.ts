import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FEATURES, type Feature } from "../../packages/protocol/src/dialects/anthropic-messages/features.ts";
import { type ClaudeHost, claudeHosts } from "../../packages/protocol/src/dialects/anthropic-messages/hosts.ts";
import {
  answerJson,
  objectIn,
  startUpstream,
  type Upstream,
  type UpstreamCall,
  withBody,
  withHeaders,
} from "./routing-support.ts";
import { ask, type Rig, send, startRig } from "./support.ts";

/** Row by row, what Anthropic's API has beside its first version, as each cloud is told of it: header and body together, in both lanes. */

const MODELS = { bedrock: "us.anthropic.claude-opus-4-6-v1", vertex: "claude-opus-4-6@20260205" } as const;
const LANES = ["passthrough", "translate"] as const;

let upstream: Upstream;
let rig: Rig;
beforeAll(async () => {
  upstream = await startUpstream((_, response) => answerJson(response, 200, MESSAGE));
  const at = { "anthropic-messages": { baseUrl: upstream.url } };
  rig = await startRig({
    moreProviders: () => ({
      bedrock: { region: "us-east-1", auth: "none", endpoints: at },
      vertex: { project: "p", location: "global", auth: "none", endpoints: at },
    }),
    routers: claudeHosts.map((host) => ({
      name: `routers/${host}`,
      // What a router says of a request goes through the canonical form.
      defaultRoute: {
        variants: [
          {
            variant: { model_id: `${host}/${MODELS[host]}`, text_generation_config: { max_tokens: 900 } },
            weight: 100,
          },
        ],
      },
    })),
  });
});
afterAll(async () => {
  await rig.close();
  await upstream.close();
});

const MESSAGE = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-opus-4-6",
  content: [{ type: "text", text: "hi" }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 1, output_tokens: 1 },
};

const TTL = { type: "ephemeral", ttl: "1h" };
const SCOPE = { type: "ephemeral", scope: "global" };
const tool = { name: "t", description: "T.", input_schema: { type: "object" } };
const user = (block: object = {}) => ({ role: "user", content: [{ type: "text", text: "hi", ...block }] });
const later = (fields: object) => [
  user(),
  { role: "assistant", content: "a" },
  user(),
  { role: "system", content: "s", ...fields },
];
const resultOf = (cache_control: object) => [
  user(),
  { role: "assistant", content: [{ type: "tool_use", id: "toolu_1", name: "t", input: {} }] },
  {
    role: "user",
    content: [{ type: "tool_result", tool_use_id: "toolu_1", content: [{ type: "text", text: "r", cache_control }] }],
  },
];

/** A body that says the field at a path of the table. */
const SAYING: Readonly<Record<string, object>> = {
  context_management: { context_management: { edits: [{ type: "clear_tool_uses_20250919" }] } },
  compaction: { compaction: { type: "auto" } },
  "tools.*.defer_loading": { tools: [{ ...tool, defer_loading: true }] },
  "tools.*.input_examples": { tools: [{ ...tool, input_examples: [{}] }] },
  "tools.*.allowed_callers": { tools: [{ ...tool, allowed_callers: ["direct"] }] },
  "tools.*.eager_input_streaming": { tools: [{ ...tool, eager_input_streaming: true }] },
  "tools.*.strict": { tools: [{ ...tool, strict: true }] },
  "output_config.effort": { output_config: { effort: "low" } },
  "output_config.format": { output_config: { format: { type: "json_schema", schema: { type: "object" } } } },
  "output_config.task_budget": { output_config: { task_budget: { type: "tokens", total: 20_000 } } },
  output_format: { output_format: { type: "json_schema", schema: { type: "object" } } },
  "cache_control.ttl": { cache_control: TTL },
  "system.*.cache_control.ttl": { system: [{ type: "text", text: "s", cache_control: TTL }] },
  "tools.*.cache_control.ttl": { tools: [{ ...tool, cache_control: TTL }] },
  "messages.*.content.*.cache_control.ttl": { messages: [user({ cache_control: TTL })] },
  "messages.*.content.*.content.*.cache_control.ttl": { tools: [tool], messages: resultOf(TTL) },
  "cache_control.scope": { cache_control: SCOPE },
  "system.*.cache_control.scope": { system: [{ type: "text", text: "s", cache_control: SCOPE }] },
  "tools.*.cache_control.scope": { tools: [{ ...tool, cache_control: SCOPE }] },
  "messages.*.content.*.cache_control.scope": { messages: [user({ cache_control: SCOPE })] },
  "messages.*.content.*.content.*.cache_control.scope": { tools: [tool], messages: resultOf(SCOPE) },
  mcp_servers: { mcp_servers: [{ type: "url", name: "m", url: "https://example.com/mcp" }] },
  container: { container: "container_1" },
  speed: { speed: "fast" },
  diagnostics: { diagnostics: { previous_message_id: "msg_0" } },
  fallbacks: { fallbacks: [{ model: "claude-sonnet-4-6" }] },
  fallback_credit_token: { fallback_credit_token: "token" },
  thread: { thread: { id: "thread_1" } },
  service_tier: { service_tier: "auto" },
  inference_geo: { inference_geo: "us" },
  "thinking.block_binding": { thinking: { type: "adaptive", block_binding: { mode: "strict" } } },
  "messages.*.output_config": { messages: later({ output_config: { effort: "low" } }) },
  "messages.*.clear_at": { messages: later({ clear_at: "next_turn" }) },
};

const fields = FEATURES.flatMap((feature) => (feature.fields ?? []).map((path) => ({ feature, path })));
const CELLS = claudeHosts.flatMap((host) => LANES.map((lane) => ({ host, lane })));

test("there is a body for every field of the table", () => {
  expect(Object.keys(SAYING).toSorted()).toEqual([...new Set(fields.map(({ path }) => path))].toSorted());
});

async function told(host: ClaudeHost, lane: (typeof LANES)[number], { body, betas }: { body: object; betas: string }) {
  const model = lane === "passthrough" ? `${host}/${MODELS[host]}` : `router/${host}`;
  const call = withBody(ask("anthropic-messages", model, { text: "hi", stream: false }), {
    messages: [user()],
    ...body,
  });
  const answer = await send(rig.gateway.url, withHeaders(call, { "anthropic-beta": betas }));
  expect(answer.status, answer.text).toBe(200);
  const last = upstream.calls.at(-1);
  if (last === undefined) throw new Error("Nothing was sent.");
  // A breakpoint of the whole request stands at its last block at a cloud, which takes the canonical form.
  const isWhole = "cache_control" in body;
  expect(answer.headers["x-signalbox-lane"]).toBe(isWhole ? "translate" : lane);
  return { last, dropped: String(answer.headers["x-signalbox-dropped"] ?? "") };
}

/** Where each cloud has betas; nowhere twice. */
function betasIn({ json, headers }: UpstreamCall, host: ClaudeHost): readonly string[] {
  const inBody = json["anthropic_beta"];
  const inHeader = headers["anthropic-beta"];
  expect(host === "bedrock" ? inHeader : inBody).toBeUndefined();
  const list =
    host === "bedrock"
      ? inBody
      : String(inHeader ?? "")
          .split(",")
          .filter((beta) => beta !== "");
  return Array.isArray(list) ? list.map(String) : [];
}

const DATED = /-20\d\d-\d\d-\d\d$/;

/** A beta's whole name: what a body needs, else with a day. */
function betaOf({ betas, needs = [] }: Feature): string | undefined {
  const [name] = betas;
  if (name === undefined) return undefined;
  return needs.find(([beta]) => beta.startsWith(`${name}-`))?.[0] ?? (DATED.test(name) ? name : `${name}-2026-01-01`);
}

describe.each(CELLS)("$host, $lane", ({ host, lane }) => {
  test.each(fields)("$path", async ({ feature, path }) => {
    const beta = betaOf(feature);
    const { last, dropped } = await told(host, lane, { body: objectIn(SAYING[path]), betas: beta ?? "" });
    // In the canonical form it is what it has become: `output_config.format`, which every cloud knows.
    if (path === "output_format" && lane === "translate")
      return expect(last.json).toHaveProperty("output_config.format");
    const standing = feature.hosts[host];
    const name = path.split(".").at(-1) ?? path;
    const { anthropic_beta: _, ...body } = last.json;
    if (standing === "none") {
      expect(JSON.stringify(body)).not.toContain(`"${name}"`);
      expect(dropped).not.toBe("");
    } else expect(JSON.stringify(body)).toContain(`"${name}"`);
    const known = standing === "beta" ? [beta] : standing === "none" || standing === "plain" ? [] : [standing];
    // Some betas announce more than one thing, of which a cloud may know another.
    const others = FEATURES.filter((other) => other !== feature && other.betas.includes(feature.betas[0] ?? ""));
    if (others.length === 0) expect(betasIn(last, host)).toEqual(known);
    else expect(betasIn(last, host)).toEqual(expect.arrayContaining([...known]));
  });

  test.each(FEATURES.filter(({ betas, fields: own }) => betas.length > 0 && own === undefined))(
    "$betas, which announce no field",
    async (feature) => {
      const beta = betaOf(feature) ?? "";
      const { last, dropped } = await told(host, lane, { body: {}, betas: beta });
      const standing = feature.hosts[host];
      expect(betasIn(last, host)).toEqual(standing === "beta" ? [beta] : []);
      expect(dropped).toBe(standing === "none" ? beta : "");
    },
  );

  test("what Claude Code 2.1.329 sends: each cloud has what it knows of it", async () => {
    const { last, dropped } = await told(host, lane, { body: CLAUDE_CODE, betas: CLAUDE_CODE_BETAS });
    const { json } = last;
    // It does not announce the `output_config` within its messages; the canonical form does.
    const added = host === "bedrock" && lane === "translate" ? ["mid-conversation-output-config-2026-07-01"] : [];
    expect(betasIn(last, host).toSorted()).toEqual([...CLAUDE_CODE_AT[host], ...added].toSorted());
    expect(json).toMatchObject({
      thinking: { type: "adaptive", display: "omitted" },
      context_management: { edits: [{ type: "clear_thinking_20251015" }] },
      output_config: { effort: "medium" },
      metadata: { user_id: "{}" },
      tools: [{ name: "ToolSearch" }, { name: "Bash", defer_loading: true }],
      system: [
        { type: "text", text: "x-anthropic-billing-header: cc_version=2.1.329" },
        { type: "text", text: "You are Claude Code.", cache_control: { type: "ephemeral" } },
      ],
    });
    const [, inserted] = Array.isArray(json["messages"]) ? json["messages"] : [];
    expect(inserted).toMatchObject({ role: "system" });
    expect("output_config" in objectIn(inserted)).toBe(host === "bedrock");
    expect(dropped.split(",").toSorted()).toEqual([...LOST[host]].toSorted());
  });
});

const CLAUDE_CODE_BETAS =
  "claude-code-20250219,interleaved-thinking-2025-05-14,context-management-2025-06-27,per-turn-control-2026-07-01,mid-conversation-tool-changes-2026-07-01,thinking-token-count-2026-05-13,advanced-tool-use-2025-11-20,effort-2025-11-24";

const KNOWN = [
  "claude-code-20250219",
  "interleaved-thinking-2025-05-14",
  "context-management-2025-06-27",
  "tool-search-tool-2025-10-19",
];
const CLAUDE_CODE_AT = {
  bedrock: [...KNOWN, "mid-conversation-tool-changes-2026-07-01", "effort-2025-11-24"],
  vertex: [...KNOWN, "per-turn-control-2026-07-01"],
};
const LOST = {
  bedrock: ["per-turn-control-2026-07-01", "thinking-token-count-2026-05-13"],
  vertex: ["mid-conversation-tool-changes-2026-07-01", "messages.*.output_config", "thinking-token-count-2026-05-13"],
};

const CLAUDE_CODE = {
  max_tokens: 128_000,
  thinking: { type: "adaptive", display: "omitted" },
  context_management: { edits: [{ type: "clear_thinking_20251015", keep: "all" }] },
  output_config: { effort: "medium" },
  metadata: { user_id: "{}" },
  system: [
    { type: "text", text: "x-anthropic-billing-header: cc_version=2.1.329" },
    { type: "text", text: "You are Claude Code.", cache_control: { type: "ephemeral" } },
  ],
  messages: [user(), { role: "system", content: "<reminder>", output_config: { effort: "low" } }],
  tools: [
    { ...tool, name: "ToolSearch" },
    { ...tool, name: "Bash", defer_loading: true },
  ],
};
