import { randomUUID } from "node:crypto";
import {
  GatewayError,
  type ImagesRequest,
  invalidRequest,
  type JsonObject,
  openaiImages,
  type SourceImage,
} from "@signalbox/protocol";
import type { PlannedOperation } from "../../routing/plan.ts";
import { readPreferences } from "../../routing/read-preferences.ts";
import { forwardedRequestHeaders } from "../../upstream/headers.ts";
import type { Exchange } from "../exchange.ts";
import { base64Body, base64Length } from "../forms/base64-body.ts";
import type { Form, FormPart } from "../forms/form.ts";
import { routableForm } from "../forms/form-of.ts";
import type { SpooledPart } from "../forms/spooled-part.ts";
import { answersOtherwise, imageEdits, worstOfImages } from "./images.ts";
import { relayEncoded, relayOwn, relayStreaming } from "./json-operation.ts";
import { type Asked, operationUrl, type PreparedOperation } from "./operation.ts";

const SINGLE = ["prompt", "mask", "n", "size", "stream", "response_format"];

/** `POST /v1/images/edits` as a form. https://developers.openai.com/api/reference/resources/images/methods/edit */
export async function readImageEditForm(exchange: Exchange): Promise<Asked> {
  const { form, model } = await routableForm(exchange, SINGLE);
  try {
    // What the pictures shall become may stand behind them.
    await form.done;
    const edit = editOf(form);
    const { surface, request } = exchange;
    const scan = { members: new Map<string, never>() };
    const { preferences } = readPreferences({
      bytes: new Uint8Array(),
      scan,
      dialect: surface.dialect,
      headers: request.headers,
    });
    const { prompt, images, count = 1 } = edit.request;
    const worst = worstOfImages({ prompt, shown: images.length, count });
    return {
      operation: "image-edits",
      model,
      stream: edit.request.stream,
      preferences,
      worst,
      estimate: () => ({ images: count }),
      prepare: (planned) =>
        planned.endpoint.format === "openai"
          ? ownForm({ exchange, form, edit }, planned)
          : translated({ exchange, form, edit }, planned),
      close: form.discard.bind(form),
    };
  } catch (error) {
    form.discard();
    throw error;
  }
}

interface Edit {
  /** Its pictures are marks, which stand for the parts of the form. */
  readonly request: ImagesRequest;
  readonly marks: ReadonlyMap<string, SpooledPart>;
}

interface Read {
  readonly exchange: Exchange;
  readonly form: Form;
  readonly edit: Edit;
}

const NUMBERS: ReadonlySet<string> = new Set([
  "n",
  "seed",
  "strength",
  "guidance_scale",
  "output_compression",
  "partial_images",
]);

function editOf(form: Form): Edit {
  const marks = new Map<string, SpooledPart>();
  const fields: Record<string, JsonObject[string]> = {};
  const images: SourceImage[] = [];
  let mask: SourceImage | undefined;
  for (const part of form.parts) {
    const name = part.name.replace(/\[\d*\]$/, "");
    if (name === "image") images.push(marked(part, marks));
    else if (name === "mask") mask = marked(part, marks);
    else fields[name] = fieldValue(name, form.known(part.name) ?? "");
  }
  if (images.length === 0) throw invalidRequest("'image' is missing.", "image");
  const request = openaiImages.decodeRequest(fields);
  return { request: { ...request, images, ...(mask === undefined ? {} : { mask }) }, marks };
}

function marked(part: FormPart, marks: Map<string, SpooledPart>): SourceImage {
  const mark = randomUUID();
  marks.set(mark, part.content);
  return { type: "base64", mediaType: part.contentType ?? "image/png", data: mark };
}

function fieldValue(name: string, text: string): JsonObject[string] {
  if (name === "stream") return text === "true";
  return NUMBERS.has(name) && text !== "" ? Number(text) : text;
}

function ownForm({ exchange, form, edit }: Read, { endpoint, target }: PlannedOperation): PreparedOperation {
  const { fields } = endpoint;
  const { request } = edit;
  const restated = answersOtherwise(request, target.model);
  const { contentType, length, body } = form.encode({
    replace: { model: target.model },
    fields: restated ? { ...fields, response_format: null } : fields,
  });
  const left = [...new Set(form.parts.map(({ name }) => name))].filter((name) => fields[name] === null);
  return {
    lane: "passthrough",
    upstream: {
      url: operationUrl(endpoint, openaiImages.path(request), target.model),
      headers: {
        ...forwardedRequestHeaders(exchange.surface.dialect, exchange.request.headers),
        "content-type": contentType,
        ...(length === undefined ? {} : { "content-length": String(length) }),
      },
      body,
    },
    dropped: left.map((feature) => ({ feature, detail: "This endpoint does not take it." })),
    adapted: openaiImages.encodeRequest(request, { provider: target.provider.id, model: target.model }).adapted,
    relay: relayStreaming({ operation: imageEdits, request }, (attempt, answer) =>
      attempt.asked.stream || restated
        ? relayEncoded({ exchange, operation: imageEdits, request }, openaiImages, { attempt, answer })
        : relayOwn({ codec: openaiImages, request }, { attempt, answer }),
    ),
  };
}

function translated({ exchange, edit }: Read, { endpoint, target }: PlannedOperation): PreparedOperation {
  const { request, marks } = edit;
  const codec = imageEdits.egress[endpoint.format];
  if (codec === undefined)
    throw new GatewayError("unsupported_feature", `${target.provider.id} cannot be asked to edit pictures.`);
  const { body, dropped, adapted } = codec.encodeRequest(request, {
    provider: target.provider.id,
    model: target.model,
  });
  const text = JSON.stringify(body);
  return {
    lane: "translate",
    upstream: {
      url: operationUrl(endpoint, codec.path(request), target.model),
      headers: { accept: "application/json", "content-length": String(base64Length(text, marks)) },
      body: base64Body(text, marks),
    },
    dropped,
    adapted,
    relay: (attempt, answer) => relayEncoded({ exchange, operation: imageEdits, request }, codec, { attempt, answer }),
  };
}
