import type { Exchange, Failure } from "../../exchange.ts";
import { type Fields, fieldsOf, isAbsent, listOf } from "../../json.ts";
import type { SimulatorState } from "../../state.ts";
import { validateCachedContent, withCachedContent } from "./cached-content.ts";
import { invalid } from "./errors.ts";
import { member } from "./read.ts";
import { validateSearch } from "./search.ts";
import { protoProblems } from "./validate-fields.ts";
import { validateMessages } from "./validate-messages.ts";
import { validateModalities } from "./validate-modalities.ts";
import { validateSchema, validateTools } from "./validate-tools.ts";

export function validate(exchange: Exchange, state: SimulatorState): Failure | undefined {
  const { operation, baseModel } = exchange;
  const problems = protoProblems(
    exchange.body,
    operation === "count" ? "CountTokensRequest" : "GenerateContentRequest",
  );
  if (problems.length > 0) return payloadFailure(problems);
  if (operation === "count") return undefined;
  const gone = validateCachedContent(exchange, state);
  if (gone !== undefined) return gone;
  if (listOf(exchange.body["contents"]).length === 0) return validateMessages(exchange.body, baseModel);
  const { body } = withCachedContent(exchange, state);
  const config = fieldsOf(member(body, "generationConfig"));
  return (
    validateMessages(body, baseModel) ??
    validateTools(body) ??
    validateSearch({ ...exchange, body }) ??
    validateConfig(config) ??
    validateModalities(config) ??
    validateJsonWithTools(body, config, baseModel)
  );
}

/** All problems at once, one a line, with the field violations beside them. */
export function payloadFailure(problems: readonly { field: string; description: string }[]): Failure {
  const fieldViolations = problems.map(({ field, description }) => ({ ...(field !== "" && { field }), description }));
  return invalid(problems.map(({ description }) => description).join("\n"), [
    { "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations },
  ]);
}

function validateConfig(config: Fields): Failure | undefined {
  const temperature = config["temperature"];
  if (typeof temperature === "number" && (temperature < 0 || temperature > 2))
    return invalid(
      `* GenerateContentRequest.generation_config.temperature: temperature must be in the range [0.0, 2.0].\n`,
    );
  const schema = member(config, "responseSchema");
  const jsonSchema = member(config, "responseJsonSchema");
  if (!isAbsent(schema) && !isAbsent(jsonSchema))
    return invalid("response_schema and response_json_schema cannot both be set.");
  const wanted = !isAbsent(schema) || !isAbsent(jsonSchema);
  const mime = member(config, "responseMimeType");
  if (wanted && mime !== "application/json" && mime !== "text/x.enum")
    return invalid(
      "* GenerateContentRequest.generation_config.response_mime_type: Function calling or response schema requires the response mime type: 'application/json'\n",
    );
  const problem = isAbsent(schema) ? undefined : validateSchema(schema, "generation_config.response_schema");
  return problem ?? validateThinking(fieldsOf(member(config, "thinkingConfig")));
}

function validateThinking(thinking: Fields): Failure | undefined {
  if (isAbsent(member(thinking, "thinkingBudget")) || isAbsent(member(thinking, "thinkingLevel"))) return undefined;
  return invalid("You can only set only one of thinking budget and thinking level.");
}

/** Before Gemini 3 a model either calls functions or answers in JSON. */
function validateJsonWithTools(body: Fields, config: Fields, model: string): Failure | undefined {
  if (!/(^|\/)gemini-[12]/.test(model) || isAbsent(body["tools"])) return undefined;
  if (member(config, "responseMimeType") !== "application/json") return undefined;
  return invalid("Function calling with a response mime type: 'application/json' is unsupported");
}
