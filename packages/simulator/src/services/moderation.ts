import { invalid } from "../dialects/openai-chat/errors.ts";
import type { Failure } from "../exchange.ts";
import { fieldsOf, isFields, listOf, textOf } from "../json.ts";
import { jsonReply, postTo, type Service } from "./service.ts";

const CATEGORIES = [
  "harassment",
  "harassment/threatening",
  "sexual",
  "hate",
  "hate/threatening",
  "illicit",
  "illicit/violent",
  "self-harm/intent",
  "self-harm/instructions",
  "self-harm",
  "sexual/minors",
  "violence",
  "violence/graphic",
] as const;

/** https://developers.openai.com/api/reference/resources/moderations/methods/create */
export const moderation: Service = {
  errors: "openai-chat",
  match: postTo("/moderations"),
  answer({ exchange: { body, baseModel } }) {
    const other = Object.keys(body).find((field) => field !== "model" && field !== "input");
    if (other !== undefined) return invalid(`Unrecognized request argument supplied: ${other}`);
    const inputs = inputsOf(body["input"]);
    if (isRefused(inputs)) return inputs;
    return jsonReply({ id: "modr-0000", model: baseModel || "omni-moderation-latest", results: inputs.map(result) });
  },
};

interface Input {
  readonly text: string;
  readonly types: readonly string[];
}

const isRefused = (inputs: readonly Input[] | Failure): inputs is Failure => !Array.isArray(inputs);

/** Texts are judged one by one, parts together. */
function inputsOf(input: unknown): readonly Input[] | Failure {
  if (typeof input === "string") return [{ text: input, types: ["text"] }];
  const items = listOf(input);
  if (items.length === 0) return invalid("Input cannot be empty.", "input");
  if (items.every((item) => typeof item === "string"))
    return items.map((text) => ({ text: String(text), types: ["text"] }));
  if (!items.every(isPart)) return invalid("'$.input' is invalid.", "input");
  const types = items.map((item) => (textOf(fieldsOf(item)["type"]) === "text" ? "text" : "image"));
  return [{ text: items.map((item) => textOf(fieldsOf(item)["text"]) ?? "").join(" "), types }];
}

function isPart(item: unknown): boolean {
  if (!isFields(item)) return false;
  if (item["type"] === "text") return textOf(item["text"]) !== undefined;
  return item["type"] === "image_url" && textOf(fieldsOf(item["image_url"])["url"]) !== undefined;
}

function result({ text, types }: Input) {
  const isViolent = /\bkill\b/i.test(text);
  const of = <T>(value: (category: string) => T) => Object.fromEntries(CATEGORIES.map((name) => [name, value(name)]));
  return {
    flagged: isViolent,
    categories: of((name) => isViolent && name === "violence"),
    category_scores: of((name) => (isViolent && name === "violence" ? 0.95 : 0.0001)),
    category_applied_input_types: of(() => [...new Set(types)]),
  };
}
