import type { JsonObject } from "../../ir/json.ts";
import { objectOf, objectsOf, stringOf } from "../../json/read.ts";
import type { ClaudeHost } from "./hosts.ts";
import { present } from "./wire.ts";

/**
 * How a cloud takes a feature. `beta`: under the same beta as Anthropic. `plain`: its fields without any beta, whose name is
 * refused there. `none`: neither. Else the beta's name there.
 */
type Standing = "beta" | "plain" | "none" | `${string}-20${string}`;

/**
 * What the Messages API has besides its first version: the betas that announce it, the fields that say it, and who knows them.
 * Header and body travel together: a field without its beta is refused, and a beta that a cloud does not know likewise.
 */
export interface Feature {
  /** The betas that announce it, by their names without the date. */
  readonly betas: readonly string[];
  /** The fields that are unknown to who does not know it. */
  readonly fields?: readonly string[];
  /** The beta that Anthropic's own API asks for, and when a body is in need of it. */
  readonly needs?: readonly (readonly [beta: string, says: (body: JsonObject) => boolean])[];
  readonly hosts: Readonly<Record<ClaudeHost, Standing>>;
}

const both = (standing: Standing) => ({ bedrock: standing, vertex: standing });

const field = (name: string) => (body: JsonObject) => present(body[name]);
const inside = (outer: string, name: string) => (body: JsonObject) => present(objectOf(body[outer])?.[name]);
const tool = (type: RegExp) => (body: JsonObject) =>
  objectsOf(body["tools"]).some((one) => type.test(stringOf(one["type"]) ?? ""));
const edit = (type: string) => (body: JsonObject) =>
  objectsOf(objectOf(body["context_management"])?.["edits"]).some((one) => one["type"] === type);
const message = (says: (one: JsonObject) => boolean) => (body: JsonObject) => objectsOf(body["messages"]).some(says);
const system = (name: string) => message((one) => one["role"] === "system" && present(one[name]));

const blocksOf = (one: JsonObject) => objectsOf(one["content"]);
const block = (says: (one: JsonObject) => boolean) =>
  message((one) => blocksOf(one).some((outer) => says(outer) || blocksOf(outer).some(says)));

const isFile = (one: JsonObject) => one["type"] === "container_upload" || objectOf(one["source"])?.["type"] === "file";
const isChange = (one: JsonObject) => one["type"] === "tool_addition" || one["type"] === "tool_removal";
const isInline = (one: JsonObject) => isChange(one) && objectOf(one["tool"])?.["type"] === "tool_definition";

/** Where a cache breakpoint can stand. Never in what a tool is called with, or in its schema. */
const inBreakpoints = (name: string) =>
  ["", "system.*.", "tools.*.", "messages.*.content.*.", "messages.*.content.*.content.*."].map(
    (place) => `${place}cache_control.${name}`,
  );

/**
 * Anthropic: https://platform.claude.com/docs/en/api/beta-headers. Bedrock:
 * https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages-request-response.html and the
 * pages beside it on tools, thinking, compaction and structured outputs. Vertex:
 * https://docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude. What neither writes down is as LiteLLM's
 * table of the same kind has it (`anthropic_beta_headers_config.json`).
 */
export const FEATURES: readonly Feature[] = [
  {
    betas: ["context-management"],
    fields: ["context_management"],
    needs: [
      ["context-management-2025-06-27", field("context_management")],
      ["context-management-2025-06-27", tool(/^memory_/)],
    ],
    hosts: both("beta"),
  },
  { betas: ["compact-2026-01"], needs: [["compact-2026-01-12", edit("compact_20260112")]], hosts: both("beta") },
  {
    betas: ["compact-2026-09"],
    fields: ["compaction"],
    needs: [["compact-2026-09-04", field("compaction")]],
    hosts: { bedrock: "none", vertex: "beta" },
  },
  {
    betas: ["tool-search-tool", "advanced-tool-use"],
    fields: ["tools.*.defer_loading"],
    hosts: both("tool-search-tool-2025-10-19"),
  },
  {
    betas: ["tool-examples", "advanced-tool-use"],
    fields: ["tools.*.input_examples"],
    hosts: { bedrock: "tool-examples-2025-10-29", vertex: "none" },
  },
  { betas: ["advanced-tool-use"], fields: ["tools.*.allowed_callers"], hosts: both("none") },
  {
    betas: ["fine-grained-tool-streaming"],
    fields: ["tools.*.eager_input_streaming"],
    hosts: { bedrock: "beta", vertex: "plain" },
  },
  { betas: ["effort"], fields: ["output_config.effort"], hosts: { bedrock: "beta", vertex: "plain" } },
  {
    betas: ["structured-outputs"],
    fields: ["output_format"],
    needs: [["structured-outputs-2025-11-13", field("output_format")]],
    hosts: { bedrock: "beta", vertex: "none" },
  },
  // Generally available: as `output_config.format`, and `strict` of a tool.
  { betas: ["structured-outputs"], fields: ["output_config.format", "tools.*.strict"], hosts: both("plain") },
  {
    betas: ["task-budgets"],
    fields: ["output_config.task_budget"],
    needs: [["task-budgets-2026-03-13", inside("output_config", "task_budget")]],
    hosts: both("none"),
  },
  {
    betas: ["extended-cache-ttl"],
    fields: inBreakpoints("ttl"),
    hosts: both("plain"),
  },
  { betas: ["prompt-caching-scope"], fields: inBreakpoints("scope"), hosts: both("none") },
  {
    betas: ["mcp-client"],
    fields: ["mcp_servers"],
    needs: [
      ["mcp-client-2025-11-20", tool(/^mcp_toolset$/)],
      ["mcp-client-2025-04-04", (body) => present(body["mcp_servers"]) && !tool(/^mcp_toolset$/)(body)],
    ],
    hosts: both("none"),
  },
  {
    betas: ["code-execution", "skills", "files-api"],
    fields: ["container"],
    needs: [
      ["code-execution-2025-05-22", tool(/^code_execution_20250522$/)],
      ["skills-2025-10-02", inside("container", "skills")],
      ["files-api-2025-04-14", block(isFile)],
    ],
    hosts: both("none"),
  },
  {
    betas: ["fast-mode"],
    fields: ["speed"],
    needs: [["fast-mode-2026-02-01", (body) => body["speed"] === "fast"]],
    hosts: both("none"),
  },
  {
    betas: ["cache-diagnosis"],
    fields: ["diagnostics"],
    needs: [["cache-diagnosis-2026-04-07", field("diagnostics")]],
    hosts: both("none"),
  },
  {
    betas: ["server-side-fallback"],
    fields: ["fallbacks"],
    needs: [["server-side-fallback-2026-07-01", field("fallbacks")]],
    hosts: both("none"),
  },
  {
    betas: ["fallback-credit"],
    fields: ["fallback_credit_token"],
    needs: [["fallback-credit-2026-07-01", field("fallback_credit_token")]],
    hosts: both("none"),
  },
  {
    betas: ["message-threads"],
    fields: ["thread"],
    needs: [["message-threads-2026-08-12", field("thread")]],
    hosts: both("none"),
  },
  { betas: [], fields: ["service_tier", "inference_geo"], hosts: both("none") },
  {
    betas: ["thinking-display-updates"],
    needs: [["thinking-display-updates-2026-08-18", (body) => objectOf(body["thinking"])?.["display"] === "updates"]],
    hosts: both("beta"),
  },
  {
    betas: ["thinking-binding-controls"],
    fields: ["thinking.block_binding"],
    needs: [["thinking-binding-controls-2026-08-01", inside("thinking", "block_binding")]],
    hosts: both("beta"),
  },
  {
    betas: ["mid-conversation-tool-changes"],
    needs: [["mid-conversation-tool-changes-2026-07-01", block((one) => isChange(one) && !isInline(one))]],
    hosts: { bedrock: "beta", vertex: "none" },
  },
  { betas: ["inline-tools"], needs: [["inline-tools-2026-09-15", block(isInline)]], hosts: both("none") },
  {
    betas: ["mid-conversation-output-config"],
    fields: ["messages.*.output_config"],
    needs: [["mid-conversation-output-config-2026-07-01", system("output_config")]],
    hosts: { bedrock: "beta", vertex: "none" },
  },
  {
    betas: ["mid-conversation-system-clear-at"],
    fields: ["messages.*.clear_at"],
    needs: [["mid-conversation-system-clear-at-2026-08-21", system("clear_at")]],
    hosts: both("none"),
  },
  { betas: ["per-turn-control"], hosts: { bedrock: "none", vertex: "beta" } },
  {
    betas: ["computer-use"],
    needs: [
      ["computer-use-2024-10-22", tool(/^computer_20241022$|^bash_20241022$|^text_editor_20241022$/)],
      ["computer-use-2025-01-24", tool(/^computer_20250124$/)],
      ["computer-use-2025-11-24", tool(/^computer_20251124$/)],
    ],
    hosts: both("beta"),
  },
  { betas: ["advisor-tool"], needs: [["advisor-tool-2026-03-01", tool(/^advisor_/)]], hosts: both("none") },
  { betas: ["web-search"], hosts: { bedrock: "none", vertex: "beta" } },
  { betas: ["interleaved-thinking", "context-1m", "claude-code", "dangerous-tool-use"], hosts: both("beta") },
  { betas: ["token-efficient-tools", "output-128k"], hosts: { bedrock: "beta", vertex: "plain" } },
  // What they announced is part of the first version by now.
  { betas: ["prompt-caching-2024", "pdfs", "token-counting", "max-tokens-3-5-sonnet"], hosts: both("plain") },
];
