import type { Exchange, Failure } from "../../exchange.ts";
import { type Fields, fieldsOf, isAbsent, listOf } from "../../json.ts";
import { headerText } from "../shared.ts";
import { invalid } from "./errors.ts";
import { betasOf, validateHost } from "./hosts.ts";
import { blocksOf } from "./read.ts";
import { validateMessages } from "./validate-messages.ts";
import { validateTools } from "./validate-tools.ts";

const VERSIONS = ["2023-01-01", "2023-06-01", "2026-10-21"];
const COUNTED = "messages model system tools tool_choice thinking output_config cache_control".split(" ");
const PARAMETERS = new Set([
  ..."max_tokens container diagnostics inference_geo metadata service_tier speed stop_sequences stream temperature top_k top_p".split(
    " ",
  ),
  ...COUNTED,
]);
/** Fields that stand in headers but at a cloud. */
const HOST_PARAMETERS = new Set(["anthropic_version", "anthropic_beta"]);
/** Fields that exist only with their beta: https://platform.claude.com/docs/en/api/beta-headers */
const BETA_PARAMETERS: ReadonlyMap<string, string> = new Map([
  ["context_management", "context-management-"],
  ["mcp_servers", "mcp-client-"],
  ["output_format", "structured-outputs-"],
  ["compaction", "compact"],
  ["fallbacks", "fallback"],
  ["fallback_credit_token", "fallback"],
  ["billing_policy", "billing"],
  ["thread", "thread"],
]);

export function validate(exchange: Exchange): Failure | undefined {
  const { body } = exchange;
  return (
    (exchange.host === undefined ? validateVersion(exchange) : validateHost(exchange, exchange.host)) ??
    validateParameters(exchange) ??
    validateRequired(exchange) ??
    validateTools(exchange) ??
    validateThinking(body) ??
    validateMessages(body, exchange.baseModel) ??
    validateBreakpoints(body)
  );
}

function validateVersion(exchange: Exchange): Failure | undefined {
  const version = headerText(exchange, "anthropic-version");
  if (version === undefined) return invalid("anthropic-version: header is required");
  return VERSIONS.includes(version) ? undefined : invalid(`anthropic-version: "${version}" is not a valid version`);
}

function validateParameters(exchange: Exchange): Failure | undefined {
  const betas = betasOf(exchange).join();
  const unknown = Object.keys(exchange.body).find((name) => {
    const beta = BETA_PARAMETERS.get(name);
    if (exchange.host !== undefined && HOST_PARAMETERS.has(name)) return false;
    return beta === undefined ? !PARAMETERS.has(name) : !betas.includes(beta);
  });
  return unknown === undefined ? undefined : invalid(`${unknown}: Extra inputs are not permitted`);
}

function validateRequired({ body, operation, host }: Exchange): Failure | undefined {
  const names = operation === "count" ? ["messages"] : ["max_tokens", "messages"];
  const inPath = host === "bedrock" || (host === "vertex" && operation === "generate");
  const missing = [...(inPath ? [] : ["model"]), ...names].find((name) => isAbsent(body[name]));
  if (missing !== undefined) return invalid(`${missing}: Field required`);
  if (!inPath && typeof body["model"] !== "string") return invalid("model: Input should be a valid string");
  if (operation === "count") return undefined;
  const most = body["max_tokens"];
  if (!Number.isInteger(most)) return invalid("max_tokens: Input should be a valid integer");
  return Number(most) >= 1 ? validateTemperature(body) : invalid("max_tokens: must be greater than or equal to 1");
}

function validateTemperature(body: Fields): Failure | undefined {
  const { temperature } = body;
  if (isAbsent(temperature)) return undefined;
  if (typeof temperature !== "number") return invalid("temperature: Input should be a valid number");
  return temperature >= 0 && temperature <= 1 ? undefined : invalid("temperature: range: 0..1");
}

/** https://platform.claude.com/docs/en/build-with-claude/extended-thinking */
function validateThinking(body: Fields): Failure | undefined {
  if (isAbsent(body["thinking"])) return undefined;
  const { type, budget_tokens } = fieldsOf(body["thinking"]);
  if (type === "disabled") return undefined;
  if (type !== "enabled" && type !== "adaptive")
    return invalid(
      `thinking: Input tag '${String(type)}' found using 'type' does not match any of the expected tags: 'adaptive', 'disabled', 'enabled'`,
    );
  if (type === "adaptive" && budget_tokens !== undefined)
    return invalid("thinking.adaptive.budget_tokens: Extra inputs are not permitted");
  return (type === "enabled" ? validateBudget(body, budget_tokens) : undefined) ?? validateWithThinking(body);
}

function validateBudget(body: Fields, budget: unknown): Failure | undefined {
  if (isAbsent(budget)) return invalid("thinking.enabled.budget_tokens: Field required");
  if (typeof budget !== "number" || budget < 1024)
    return invalid("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024");
  if (body["max_tokens"] === undefined || budget < Number(body["max_tokens"])) return undefined;
  return invalid(
    "`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking#max-tokens-and-context-window-size",
  );
}

function validateWithThinking(body: Fields): Failure | undefined {
  const more =
    "Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking#important-considerations-when-using-extended-thinking";
  if (!isAbsent(body["temperature"]) && body["temperature"] !== 1)
    return invalid(`\`temperature\` may only be set to 1 when thinking is enabled. ${more}`);
  if (!isAbsent(body["top_k"])) return invalid(`\`top_k\` must be unset when thinking is enabled. ${more}`);
  const forced = ["any", "tool"].includes(String(fieldsOf(body["tool_choice"])["type"]));
  return forced ? invalid("Thinking may not be enabled when tool_choice forces tool use.") : undefined;
}

function validateBreakpoints(body: Fields): Failure | undefined {
  const messages = listOf(body["messages"]).flatMap((message) => blocksOf(fieldsOf(message)["content"]));
  const inResults = messages.flatMap((block) => (block["type"] === "tool_result" ? blocksOf(block["content"]) : []));
  const all = [body, ...blocksOf(body["system"]), ...blocksOf(body["tools"]), ...messages, ...inResults];
  const found = all.filter((block) => !isAbsent(block["cache_control"])).length;
  if (found <= 4) return undefined;
  return invalid(`A maximum of 4 blocks with cache_control may be provided. Found ${found}.`);
}
