import { invalid } from "../dialects/openai-chat/errors.ts";
import type { Failure } from "../exchange.ts";
import { type Fields, fieldsOf, isAbsent, listOf, numberOf, textOf } from "../json.ts";
import { PNG } from "../reply.ts";
import { tokensOf } from "./embeddings.ts";
import type { ReceivedForm } from "./form.ts";
import { jsonReply, postTo, type Service, type ServiceCall, type ServiceReply } from "./service.ts";

const FIELDS: ReadonlySet<string> = new Set([
  "model",
  "prompt",
  "n",
  "size",
  "quality",
  "response_format",
  "output_format",
  "output_compression",
  "background",
  "moderation",
  "style",
  "stream",
  "partial_images",
  "user",
]);
const EDIT_FIELDS: ReadonlySet<string> = new Set([...FIELDS, "images", "image", "mask", "input_fidelity"]);
/** Servers of open models take more of OpenAI's API than OpenAI. */
const OPEN_FIELDS: ReadonlySet<string> = new Set([
  ...EDIT_FIELDS,
  "strength",
  "guidance_scale",
  "num_inference_steps",
  "seed",
]);
const SIZE = /^(?:auto|\d{3,4}x\d{3,4})$/;
/** What gpt-image-1 takes for a picture of medium quality, and for one that it is shown. */
const MADE = 1056;
const SHOWN = 323;

/** https://developers.openai.com/api/reference/resources/images/methods/generate */
export const imageGenerations: Service = {
  errors: "openai-chat",
  match: postTo("/images/generations"),
  answer: ({ exchange: { body } }) => refuse(body, FIELDS) ?? made(body, { kind: "image_generation", shown: 0 }),
};

/** As a form or as JSON. https://developers.openai.com/api/reference/resources/images/methods/edit */
export const imageEdits: Service = {
  errors: "openai-chat",
  takesForm: true,
  match: postTo("/images/edits"),
  answer: answerEdit,
};

function answerEdit({ exchange, form }: ServiceCall): ServiceReply | Failure {
  const body = form === undefined ? exchange.body : fieldsIn(form);
  const shown = form === undefined ? picturesOf(body) : picturesIn(form);
  if (typeof shown !== "number") return shown;
  if (shown === 0) return invalid("Missing required parameter: 'image'.", "image", "missing_required_parameter");
  const known = String(body["model"]).startsWith("flux") ? OPEN_FIELDS : EDIT_FIELDS;
  return refuse(body, known) ?? made(body, { kind: "image_edit", shown });
}

function picturesOf({ images, mask }: Fields): number | Failure {
  const list = listOf(images);
  const places = isAbsent(mask) ? list : [...list, mask];
  const wrong = places.find((place) => isAbsent(fieldsOf(place)["image_url"]) && isAbsent(fieldsOf(place)["file_id"]));
  if (wrong !== undefined) return invalid("Invalid type: expected an object with 'image_url' or 'file_id'.", "images");
  return list.length;
}

function fieldsIn({ parts }: ReceivedForm): Fields {
  const fields = parts.filter(({ filename }) => filename === undefined);
  return Object.fromEntries(
    fields.map(({ name, head }) => {
      const text = head.toString("utf8");
      return [
        name,
        name === "n" || name === "partial_images" ? Number(text) : name === "stream" ? text === "true" : text,
      ];
    }),
  );
}

function picturesIn({ parts, problem }: ReceivedForm): number | Failure {
  if (problem !== undefined) return invalid(`Could not parse the form: ${problem}`);
  const files = parts.filter(({ filename }) => filename !== undefined);
  const wrong = files.find(({ contentType = "" }) => !/^image\/(?:png|jpeg|webp)$/.test(contentType));
  if (wrong !== undefined)
    return invalid(`Invalid file '${wrong.name}': unsupported mimetype ('${wrong.contentType}').`, wrong.name);
  return files.filter(({ name }) => name === "image" || name === "image[]").length;
}

function refuse(body: Fields, known: ReadonlySet<string>): Failure | undefined {
  const { prompt, n, size, model } = body;
  if (textOf(prompt) === undefined || prompt === "")
    return invalid("Missing required parameter: 'prompt'.", "prompt", "missing_required_parameter");
  const other = Object.keys(body).find((field) => !known.has(field));
  if (other !== undefined) return invalid(`Unknown parameter: '${other}'.`, other, "unknown_parameter");
  const count = numberOf(n) ?? 1;
  if (count < 1 || count > 10) return invalid(`Invalid 'n': integer above maximum value. Got ${count}.`, "n");
  if (!isAbsent(size) && !SIZE.test(String(size))) return invalid(`Invalid value: '${String(size)}'.`, "size");
  if (isGpt(model) && !isAbsent(body["response_format"]))
    return invalid("Unknown parameter: 'response_format'.", "response_format", "unknown_parameter");
  return undefined;
}

const isGpt = (model: unknown): boolean => String(model).startsWith("gpt-image");

interface Making {
  readonly kind: "image_generation" | "image_edit";
  readonly shown: number;
}

function made(body: Fields, making: Making): ServiceReply {
  const count = numberOf(body["n"]) ?? 1;
  const usage = usageOf(body, making.shown, count);
  const told = { input: usage.input_tokens, output: usage.output_tokens };
  if (body["stream"] === true) {
    return { contentType: "text/event-stream; charset=utf-8", body: eventsOf(body, making, usage), usage: told };
  }
  const asUrl = body["response_format"] === "url";
  const data = Array.from({ length: count }, (_, index) =>
    asUrl ? { url: `https://pictures.example/${index}.png` } : { b64_json: PNG },
  );
  const answer = { created: 1_790_000_000, data, size: "1024x1024", quality: "medium", output_format: "png" };
  return asUrl ? jsonReply(answer) : jsonReply({ ...answer, background: "opaque", usage }, told);
}

function usageOf({ prompt }: Fields, shown: number, count: number) {
  const text = tokensOf(String(prompt));
  const [image, output] = [shown * SHOWN, count * MADE];
  return {
    input_tokens: text + image,
    output_tokens: output,
    total_tokens: text + image + output,
    input_tokens_details: { text_tokens: text, image_tokens: image },
    output_tokens_details: { text_tokens: 0, image_tokens: output },
  };
}

function* eventsOf(body: Fields, { kind }: Making, usage: object): Iterable<string> {
  const about = {
    b64_json: PNG,
    created_at: 1_790_000_000,
    size: "1024x1024",
    quality: "medium",
    background: "opaque",
  };
  const event = (type: string, more: object) =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...about, output_format: "png", ...more })}\n\n`;
  for (let index = 0; index < (numberOf(body["partial_images"]) ?? 0); index += 1) {
    yield event(`${kind}.partial_image`, { partial_image_index: index });
  }
  yield event(`${kind}.completed`, { usage });
}

/** https://ai.google.dev/gemini-api/docs/imagen */
export const imagen: Service = {
  errors: "gemini",
  match({ method, path }) {
    const found = /\/models\/(.+):predict$/.exec(path);
    return method === "POST" && found?.[1] !== undefined ? { model: decodeURIComponent(found[1]) } : undefined;
  },
  answer({ exchange: { body } }) {
    const [instance] = listOf(body["instances"]).map(fieldsOf);
    const parameters = fieldsOf(body["parameters"]);
    const count = numberOf(parameters["sampleCount"]) ?? 4;
    if (textOf(instance?.["prompt"]) === undefined) return refused("Prompt is required.");
    if (count < 1 || count > 4) return refused("sampleCount must be between 1 and 4.");
    const prediction = { mimeType: "image/png", bytesBase64Encoded: PNG };
    return jsonReply({ predictions: Array.from({ length: count }, () => prediction) });
  },
};

const refused = (message: string): Failure => ({ status: 400, message, type: "INVALID_ARGUMENT" });
