import type { Failure } from "../../exchange.ts";
import { type Fields, fieldsOf, listOf, textOf } from "../../json.ts";
import { invalid } from "./errors.ts";
import { has, member, partsOf } from "./read.ts";
import { isGemini3, isGemini3Image, isIssued } from "./respond.ts";

const DATA = [
  "text",
  "inlineData",
  "fileData",
  "functionCall",
  "functionResponse",
  "executableCode",
  "codeExecutionResult",
  "toolCall",
  "toolResponse",
];
/** What the documentation offers to those who have no signature to send back. */
const NO_SIGNATURE = ["context_engineering_is_the_way_to_go", "skip_thought_signature_validator"];

export function validateMessages(body: Fields, model: string): Failure | undefined {
  const contents = listOf(body["contents"]).map(fieldsOf);
  if (contents.length === 0) return invalid("* GenerateContentRequest.contents: contents is not specified\n");
  for (const [index, content] of contents.entries()) {
    const failure = validateContent(content, index);
    if (failure !== undefined) return failure;
  }
  const turns = oneTurnEach(contents);
  return validateCallOrder(turns) ?? validateSignatures(turns, model);
}

/** Google's SDKs replay a streamed turn of the model as one content for each of its chunks, and Google takes that. */
function oneTurnEach(contents: readonly Fields[]): readonly Fields[] {
  const turns: Fields[] = [];
  for (const content of contents) {
    const last = turns.at(-1);
    if (content["role"] === "model" && last?.["role"] === "model") {
      turns[turns.length - 1] = { ...last, parts: [...partsOf(last), ...partsOf(content)] };
    } else turns.push(content);
  }
  return turns;
}

function validateContent(content: Fields, index: number): Failure | undefined {
  const role = textOf(content["role"]);
  if (role !== undefined && !["user", "model", "function"].includes(role))
    return invalid("Please use a valid role: user, model.");
  const parts = partsOf(content);
  if (parts.length === 0)
    return invalid(`* GenerateContentRequest.contents[${index}].parts: contents.parts must not be empty.\n`);
  for (const [at, part] of parts.entries()) {
    if (!DATA.some((name) => has(part, name)))
      return invalid(
        `* GenerateContentRequest.contents[${index}].parts[${at}].data: required oneof field 'data' must have one initialized field\n`,
      );
    const failure = validateFunctionPart(part, `contents[${index}].parts[${at}]`);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

function validateFunctionPart(part: Fields, at: string): Failure | undefined {
  for (const [name, field] of [
    ["functionCall", "function_call"],
    ["functionResponse", "function_response"],
  ] as const) {
    const called = textOf(fieldsOf(member(part, name))["name"]);
    if (has(part, name) && (called === undefined || called === ""))
      return invalid(`* GenerateContentRequest.${at}.${field}.name: Name cannot be empty.\n`);
  }
  return undefined;
}

const callsOf = (content: Fields | undefined): readonly Fields[] =>
  partsOf(content).filter((part) => has(part, "functionCall"));
const responsesOf = (content: Fields | undefined): readonly Fields[] =>
  partsOf(content).filter((part) => has(part, "functionResponse"));

/** https://ai.google.dev/gemini-api/docs/function-calling: as many responses as calls, in the very next turn. */
function validateCallOrder(contents: readonly Fields[]): Failure | undefined {
  for (const [index, content] of contents.entries()) {
    const calls = callsOf(content).length;
    const answers = responsesOf(contents[index + 1]).length;
    if (calls > 0 && index + 1 < contents.length && answers !== calls)
      return invalid(
        "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.",
      );
    if (responsesOf(content).length > 0 && callsOf(contents[index - 1]).length === 0)
      return invalid("Please ensure that function response turn comes immediately after a function call turn.");
    if (calls > 0 && (index === 0 || contents[index - 1]?.["role"] === "model"))
      return invalid(
        "Please ensure that function call turn comes immediately after a user turn or after a function response turn.",
      );
  }
  return undefined;
}

/** https://ai.google.dev/gemini-api/docs/thought-signatures */
function validateSignatures(contents: readonly Fields[], model: string): Failure | undefined {
  for (const [index, content] of contents.entries()) {
    for (const [at, part] of partsOf(content).entries()) {
      const signature = textOf(member(part, "thoughtSignature"));
      if (signature !== undefined && !isAccepted(signature))
        return invalid(`Invalid thought signature. (contents[${index}].parts[${at}])`);
    }
  }
  if (isGemini3Image(model)) return validateDrawings(contents);
  return isGemini3(model) ? validateCurrentTurn(contents) : undefined;
}

/** Every picture that the model made, and what it said first. */
function validateDrawings(contents: readonly Fields[]): Failure | undefined {
  for (const [index, content] of contents.entries()) {
    if (content["role"] !== "model") continue;
    const parts = partsOf(content);
    const first = parts.findIndex((part) => part["thought"] !== true);
    for (const [at, part] of parts.entries()) {
      const wanted = part["thought"] !== true && (at === first || has(part, "inlineData"));
      if (!wanted || has(part, "thoughtSignature")) continue;
      const kind = has(part, "inlineData") ? "Image" : "Text";
      return invalid(
        `${kind} part is missing a thought_signature in content position ${index + 1}, part position ${at + 1}. Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for more details.`,
      );
    }
  }
  return undefined;
}

function isAccepted(signature: string): boolean {
  const standard = signature.replaceAll("-", "+").replaceAll("_", "/");
  return (
    NO_SIGNATURE.includes(signature) || isIssued(standard) || NO_SIGNATURE.some((text) => isBase64Of(text, standard))
  );
}

/** Clients whose type for the field is bytes send the sentinel encoded. */
const isBase64Of = (text: string, signature: string): boolean => Buffer.from(text).toString("base64") === signature;

/** The current turn begins at the last user text; in each of its steps the first call is signed. */
function validateCurrentTurn(contents: readonly Fields[]): Failure | undefined {
  const start = contents.findLastIndex((content) => content["role"] !== "model" && responsesOf(content).length === 0);
  for (const [index, content] of contents.entries()) {
    const first = index > start ? callsOf(content)[0] : undefined;
    if (first === undefined || has(first, "thoughtSignature")) continue;
    const name = textOf(fieldsOf(member(first, "functionCall"))["name"]);
    return invalid(
      `Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call \`default_api:${name}\` , position ${index + 1}. Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for more details.`,
    );
  }
  return undefined;
}
