import type { Exchange, Failure } from "../../exchange.ts";
import { fieldsOf, listOf, textOf } from "../../json.ts";
import { headerText } from "../shared.ts";
import { invalid } from "./errors.ts";

/** A cloud that runs the models: what stands in headers and in the body elsewhere is in the body and in the path there. */
export type Host = "bedrock" | "vertex";

interface HostRules {
  readonly version: string;
  /** Fields of Anthropic's own API that it refuses. */
  readonly without: readonly string[];
  /** Betas, by their names without the date. */
  readonly betas: readonly string[];
  /** Fields of tools that it takes only with a beta; `undefined` with none. */
  readonly toolFields: Readonly<Record<string, string | undefined>>;
}

const NOWHERE = [
  "model",
  "container",
  "diagnostics",
  "fallbacks",
  "inference_geo",
  "mcp_servers",
  "service_tier",
  "speed",
];
const BOTH =
  "claude-code context-management compact-2026-01 computer-use context-1m dangerous-tool-use interleaved-thinking thinking-binding-controls thinking-display-updates tool-search-tool";

/** https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html */
const RULES: Readonly<Record<Host, HostRules>> = {
  bedrock: {
    version: "bedrock-2023-05-31",
    without: [...NOWHERE, "stream", "compaction", "thread"],
    betas:
      `${BOTH} effort fine-grained-tool-streaming mid-conversation output-128k structured-outputs token-efficient-tools tool-examples`.split(
        " ",
      ),
    toolFields: { defer_loading: "tool-search-tool", input_examples: "tool-examples", allowed_callers: undefined },
  },
  vertex: {
    version: "vertex-2023-10-16",
    without: [...NOWHERE, "anthropic_beta", "output_format", "thread"],
    betas: `${BOTH} compact-2026-09 per-turn-control web-search`.split(" "),
    toolFields: { defer_loading: "tool-search-tool", input_examples: undefined, allowed_callers: undefined },
  },
};

/** The betas that a request names, wherever its API has them. */
export function betasOf(exchange: Exchange): readonly string[] {
  if (exchange.host === "bedrock") return listOf(exchange.body["anthropic_beta"]).map((beta) => textOf(beta) ?? "");
  const header = headerText(exchange, "anthropic-beta") ?? "";
  return header
    .split(",")
    .map((beta) => beta.trim())
    .filter((beta) => beta !== "");
}

export function validateHost(exchange: Exchange, host: Host): Failure | undefined {
  const rules = RULES[host];
  return validateHostVersion(exchange, rules) ?? validateBetas(exchange, host) ?? validateFields(exchange, rules);
}

/** Anthropic's SDKs send the version of their own API since their first. */
function validateHostVersion({ body }: Exchange, { version }: HostRules): Failure | undefined {
  const given = body["anthropic_version"];
  if (given === undefined) return invalid("anthropic_version: Field required");
  const isKnown = given === version || /^\d{4}-\d\d-\d\d$/.test(String(given));
  return isKnown ? undefined : invalid(`anthropic_version: Input should be '${version}'`);
}

function validateBetas(exchange: Exchange, host: Host): Failure | undefined {
  const { betas } = RULES[host];
  const unknown = betasOf(exchange).filter((beta) => !betas.some((name) => beta.startsWith(`${name}-`)));
  if (unknown.length === 0) return undefined;
  if (host === "bedrock") return invalid("invalid beta flag");
  const named = unknown.map((beta) => `\`${beta}\``).join(", ");
  return invalid(
    `Unexpected value(s) ${named} for the \`anthropic-beta\` header. Please consult our documentation at docs.anthropic.com or try again without the header.`,
  );
}

function validateFields(exchange: Exchange, { without, toolFields }: HostRules): Failure | undefined {
  const { body, operation } = exchange;
  const allowed = operation === "count" ? without.filter((name) => name !== "model") : without;
  const extra = allowed.find((name) => name in body);
  if (extra !== undefined) return invalid(`${extra}: Extra inputs are not permitted`);
  const betas = betasOf(exchange);
  for (const [index, tool] of listOf(body["tools"]).map(fieldsOf).entries()) {
    const field = Object.keys(toolFields).find((name) => name in tool && !isAnnounced(betas, toolFields[name]));
    if (field !== undefined) return invalid(`tools.${index}.custom.${field}: Extra inputs are not permitted`);
  }
  return undefined;
}

const isAnnounced = (betas: readonly string[], beta: string | undefined): boolean =>
  beta !== undefined && betas.some((name) => name.startsWith(`${beta}-`));
