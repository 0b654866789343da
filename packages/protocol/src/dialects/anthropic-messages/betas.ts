import type { JsonObject, JsonValue } from "../../ir/json.ts";
import { objectOf, objectsOf, stringOf } from "../../json/read.ts";
import type { AnthropicMessagesQuirks } from "./quirks.ts";
import { present } from "./wire.ts";

/**
 * Beta names that a body needs, from what it says. Header and body travel together: a field without its beta is rejected.
 * https://platform.claude.com/docs/en/api/beta-headers
 */
const BY_FIELD: readonly (readonly [string, string])[] = [
  ["output_format", "structured-outputs-2025-11-13"],
  ["context_management", "context-management-2025-06-27"],
  ["compaction", "compact-2026-09-04"],
  ["diagnostics", "cache-diagnosis-2026-04-07"],
  ["fallbacks", "server-side-fallback-2026-07-01"],
  ["fallback_credit_token", "fallback-credit-2026-07-01"],
  ["thread", "message-threads-2026-08-12"],
];

const BY_TOOL_TYPE: readonly (readonly [RegExp, string])[] = [
  [/^computer_20241022$|^bash_20241022$|^text_editor_20241022$/, "computer-use-2024-10-22"],
  [/^computer_20250124$/, "computer-use-2025-01-24"],
  [/^computer_20251124$/, "computer-use-2025-11-24"],
  [/^code_execution_20250522$/, "code-execution-2025-05-22"],
  [/^advisor_/, "advisor-tool-2026-03-01"],
  [/^memory_/, "context-management-2025-06-27"],
];

export function betasOf(body: JsonObject): readonly string[] {
  const betas = new Set<string>();
  for (const [field, beta] of BY_FIELD) if (present(body[field])) betas.add(beta);
  for (const beta of [...toolBetas(body), ...configBetas(body), ...messageBetas(body)]) betas.add(beta);
  return [...betas];
}

function toolBetas(body: JsonObject): readonly string[] {
  const types = objectsOf(body["tools"]).map((tool) => stringOf(tool["type"]) ?? "");
  const named = BY_TOOL_TYPE.filter(([pattern]) => types.some((type) => pattern.test(type))).map(([, beta]) => beta);
  const toolset = types.includes("mcp_toolset");
  if (!toolset && !present(body["mcp_servers"])) return named;
  return [...named, toolset ? "mcp-client-2025-11-20" : "mcp-client-2025-04-04"];
}

function configBetas(body: JsonObject): readonly string[] {
  const thinking = objectOf(body["thinking"]) ?? {};
  const edits = objectsOf(objectOf(body["context_management"])?.["edits"]);
  return [
    ...when(present(objectOf(body["output_config"])?.["task_budget"]), "task-budgets-2026-03-13"),
    ...when(present(objectOf(body["container"])?.["skills"]), "skills-2025-10-02"),
    ...when(body["speed"] === "fast", "fast-mode-2026-02-01"),
    ...when(thinking["display"] === "updates", "thinking-display-updates-2026-08-18"),
    ...when(present(thinking["block_binding"]), "thinking-binding-controls-2026-08-01"),
    ...when(
      edits.some((edit) => edit["type"] === "compact_20260112"),
      "compact-2026-01-12",
    ),
  ];
}

function messageBetas(body: JsonObject): readonly string[] {
  const messages = objectsOf(body["messages"]);
  const blocks = messages.flatMap((message) => objectsOf(message["content"]));
  const nested = blocks.flatMap((block) => objectsOf(block["content"]));
  const all = [...blocks, ...nested];
  const changes = blocks.filter((block) => block["type"] === "tool_addition" || block["type"] === "tool_removal");
  const inline = changes.filter((block) => objectOf(block["tool"])?.["type"] === "tool_definition");
  const system = messages.filter((message) => message["role"] === "system");
  return [
    ...when(all.some(isFile), "files-api-2025-04-14"),
    ...when(changes.length > inline.length, "mid-conversation-tool-changes-2026-07-01"),
    ...when(inline.length > 0, "inline-tools-2026-09-15"),
    ...when(
      system.some((message) => present(message["output_config"])),
      "mid-conversation-output-config-2026-07-01",
    ),
    ...when(
      system.some((message) => present(message["clear_at"])),
      "mid-conversation-system-clear-at-2026-08-21",
    ),
  ];
}

function isFile(block: JsonObject): boolean {
  return block["type"] === "container_upload" || objectOf(block["source"])?.["type"] === "file";
}

const when = (condition: boolean, beta: string): readonly string[] => (condition ? [beta] : []);

export interface PlacedBetas {
  readonly headers?: Readonly<Record<string, string>>;
  /** Bedrock's body field. */
  readonly anthropic_beta?: readonly JsonValue[];
}

export function placeBetas(betas: readonly string[], quirks: AnthropicMessagesQuirks): PlacedBetas {
  if (betas.length === 0) return {};
  switch (quirks.betaHeaders ?? "header") {
    case "none":
      return {};
    case "body":
      return { anthropic_beta: betas };
    case "header":
      return { headers: { "anthropic-beta": betas.join(",") } };
  }
}
