import type { Exchange, Failure } from "../../exchange.ts";
import { type Fields, fieldsOf, isFields, listOf, numberOf, parseJson, textOf } from "../../json.ts";
import { invalid } from "./errors.ts";
import { blocksOf } from "./read.ts";
import { validateCachePoint, validateText } from "./validate-blocks.ts";
import { validateMessages } from "./validate-messages.ts";
import { validateTools } from "./validate-tools.ts";

const words = (text: string): ReadonlySet<string> => new Set(text.split(" "));

const FIELDS = words(
  "messages system inferenceConfig toolConfig guardrailConfig additionalModelRequestFields promptVariables additionalModelResponseFieldPaths requestMetadata performanceConfig serviceTier outputConfig",
);
const INFERENCE = words("maxTokens temperature topP stopSequences");
/** What Claude takes beside the API's own parameters. */
const CLAUDE = words(
  "thinking top_k tool_choice tools anthropic_beta context_management output_config metadata stop_sequences",
);

export function validate({ body, baseModel, operation }: Exchange): Failure | undefined {
  if (operation === "count") return undefined;
  const extra = Object.keys(body).find((name) => !FIELDS.has(name));
  if (extra !== undefined)
    return invalid(
      `Malformed input request: #: extraneous key [${extra}] is not permitted, please reformat your input and try again.`,
    );
  return (
    validateInference(fieldsOf(body["inferenceConfig"])) ??
    validateSystem(body["system"]) ??
    validateTools(body) ??
    validateOutput(fieldsOf(body["outputConfig"])) ??
    validateMessages(body, baseModel) ??
    validatePoints(body) ??
    (/claude/.test(baseModel) ? validateClaude(body) : undefined)
  );
}

function validateInference(config: Fields): Failure | undefined {
  const extra = Object.keys(config).find((name) => !INFERENCE.has(name));
  if (extra !== undefined) return invalid(`extraneous key [${extra}] is not permitted at inferenceConfig`);
  const { maxTokens, temperature, topP } = config;
  if (maxTokens !== undefined && !(Number.isInteger(maxTokens) && Number(maxTokens) >= 1))
    return invalid(
      "Value at 'inferenceConfig.maxTokens' failed to satisfy constraint: Member must have value greater than or equal to 1",
    );
  const wrong = [temperature, topP].some((value) => value !== undefined && !isShare(numberOf(value)));
  return wrong
    ? invalid("Value at 'inferenceConfig' failed to satisfy constraint: Member must have value between 0 and 1")
    : undefined;
}

const isShare = (value: number | undefined): boolean => value !== undefined && value >= 0 && value <= 1;

function validateSystem(system: unknown): Failure | undefined {
  for (const [index, block] of blocksOf(system).entries()) {
    const point = block["cachePoint"];
    if (isFields(point)) return validateCachePoint(point, `system.${index}.cachePoint`);
    const failure = block["guardContent"] === undefined ? validateText(block["text"], `system.${index}`) : undefined;
    if (failure !== undefined) return failure;
  }
  return undefined;
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_OutputConfig.html: the schema is JSON within a string. */
function validateOutput({ textFormat, effort }: Fields): Failure | undefined {
  if (effort !== undefined && !["low", "medium", "high", "xhigh", "max"].includes(String(effort)))
    return invalid("Value at 'outputConfig.effort' failed to satisfy constraint");
  if (textFormat === undefined) return undefined;
  const { type, structure } = fieldsOf(textFormat);
  const schema = textOf(fieldsOf(fieldsOf(structure)["jsonSchema"])["schema"]);
  if (type !== "json_schema") return invalid("Value at 'outputConfig.textFormat.type' failed to satisfy constraint");
  if (schema !== undefined && isFields(parseJson(schema))) return undefined;
  return invalid("The value at outputConfig.textFormat.structure.jsonSchema.schema is not a valid JSON schema.");
}

function validatePoints(body: Fields): Failure | undefined {
  const messages = listOf(body["messages"]).flatMap((message) => blocksOf(fieldsOf(message)["content"]));
  const all = [...blocksOf(fieldsOf(body["toolConfig"])["tools"]), ...blocksOf(body["system"]), ...messages];
  const found = all.filter((block) => block["cachePoint"] !== undefined).length;
  if (found <= 4) return undefined;
  return invalid(`You can use up to 4 cache points in a request. Found ${found}.`);
}

const refused = (message: string): Failure => invalid(`The model returned the following errors: ${message}`);

function validateClaude(body: Fields): Failure | undefined {
  const fields = fieldsOf(body["additionalModelRequestFields"]);
  const extra = Object.keys(fields).find((name) => !CLAUDE.has(name));
  if (extra !== undefined) return refused(`${extra}: Extra inputs are not permitted`);
  const { type, budget_tokens: budget } = fieldsOf(fields["thinking"]);
  if (type === undefined || type === "disabled") return undefined;
  const { maxTokens, temperature } = fieldsOf(body["inferenceConfig"]);
  if (type === "enabled" && !(typeof budget === "number" && budget >= 1024))
    return refused("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024");
  if (type === "enabled" && maxTokens !== undefined && Number(budget) >= Number(maxTokens))
    return refused("`max_tokens` must be greater than `thinking.budget_tokens`.");
  if (temperature !== undefined && temperature !== 1)
    return refused("`temperature` may only be set to 1 when thinking is enabled.");
  const choice = fieldsOf(fieldsOf(body["toolConfig"])["toolChoice"]);
  return choice["any"] === undefined && choice["tool"] === undefined
    ? undefined
    : refused("Thinking may not be enabled when tool_choice forces tool use.");
}
