import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  compact,
  type EmbeddingsRequest,
  geminiEmbeddings,
  geminiImages,
  type ImagesRequest,
  isObject,
  type JsonValue,
  openaiEmbeddings,
  openaiImages,
  parseJson,
} from "@signalbox/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkFactory, relax, specsFolder } from "../recorded/relaxed-schema.ts";

const folder = specsFolder();

/** Only what is documented: the descriptions themselves allow any field. */
function closed(schema: JsonValue): JsonValue {
  if (Array.isArray(schema)) return schema.map(closed);
  if (!isObject(schema)) return schema;
  // Without its `required`, which the relaxed schema lacks, a `not` would forbid everything.
  const kept = Object.entries(schema).filter(([key]) => key !== "not");
  const entries = kept.map(([key, value]) => [key, closed(value ?? null)] as const);
  const isPlain = isObject(schema["properties"]) && schema["allOf"] === undefined && schema["anyOf"] === undefined;
  return Object.fromEntries(isPlain ? [...entries, ["additionalProperties", false] as const] : entries);
}

const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const embeddings: fc.Arbitrary<EmbeddingsRequest> = fc
  .record({
    inputs: fc.array(
      fc.string({ minLength: 1 }).map((text) => ({ type: "text" as const, text })),
      { minLength: 1, maxLength: 5 },
    ),
    single: fc.boolean(),
    dimensions: optional(fc.integer({ min: 1, max: 3072 })),
    encoding: fc.constantFrom("float" as const, "base64" as const),
    purpose: optional(
      fc.constantFrom(
        ...(["query", "document", "similarity", "classification", "clustering", "question", "fact", "code"] as const),
      ),
    ),
    title: optional(fc.string()),
    truncate: optional(fc.boolean()),
    endUser: optional(fc.string()),
    others: fc.constant({ later: 1 }),
  })
  .map((request) => compact({ ...request, single: request.inputs.length === 1 && request.single }));

const picture = fc.constantFrom(
  { type: "base64" as const, mediaType: "image/png", data: "QUJD" },
  { type: "url" as const, url: "https://a.example/b.png" },
);

const images = (shown: fc.Arbitrary<ImagesRequest["images"]>): fc.Arbitrary<ImagesRequest> =>
  fc
    .record({
      prompt: fc.string({ minLength: 1 }),
      images: shown,
      count: optional(fc.constant(1)),
      size: optional(fc.constantFrom("auto", "1024x1024", "1536x1024")),
      seed: fc.constant(undefined),
      outputFormat: optional(fc.constantFrom("png", "webp", "jpeg")),
      answerAs: optional(fc.constantFrom("url" as const, "base64" as const)),
      stream: fc.boolean(),
      endUser: optional(fc.string()),
      others: fc.constant({}),
    })
    .map((request) => compact(request));

const TARGET = { provider: "p", model: "gpt-image-1" };

describe("what upstreams are sent beside conversations", () => {
  it.skipIf(folder === undefined)("is known from the vendors' API descriptions (SIGNALBOX_SPECS)", () => {
    expect(folder).toBeDefined();
  });

  describe.skipIf(folder === undefined)("", () => {
    const document = (file: string) =>
      checkFactory(closed(relax(parseJson(readFileSync(join(folder ?? "", file), "utf8")))), "#/components/schemas/");
    const google = folder === undefined ? undefined : document("gemini-openapi.json");
    const openai = folder === undefined ? undefined : document("openai-openapi.json");

    it("is what Gemini documents of embeddings", () => {
      const one = google?.("EmbedContentRequest");
      const many = google?.("BatchEmbedContentsRequest");
      fc.assert(
        fc.property(embeddings, (request) => {
          const { body } = geminiEmbeddings.encodeRequest(request, TARGET);
          expect((request.single ? one : many)?.(body)).toBeUndefined();
        }),
      );
      expect(many?.({ requests: [{ contents: [] }] })).toContain("additional properties");
    });

    it("is what OpenAI documents of embeddings", () => {
      const check = openai?.("CreateEmbeddingRequest");
      fc.assert(
        fc.property(embeddings, (request) => {
          expect(check?.(openaiEmbeddings.encodeRequest(request, TARGET).body)).toBeUndefined();
        }),
      );
      expect(check?.({ model: "m", input: "a", later: 1 })).toContain("additional properties");
    });

    it("is what Gemini documents of pictures", () => {
      const check = google?.("GenerateContentRequest");
      fc.assert(
        fc.property(images(fc.array(picture, { maxLength: 3 })), (request) => {
          expect(check?.(geminiImages.encodeRequest(request, TARGET).body)).toBeUndefined();
        }),
      );
      expect(check?.({ generationConfig: { image_config: {} } })).toContain("additional properties");
    });

    it("is what OpenAI documents of pictures, made and changed", () => {
      const made = openai?.("CreateImageRequest");
      const changed = openai?.("EditImageBodyJsonParam");
      fc.assert(
        fc.property(images(fc.constant([])), images(fc.array(picture, { minLength: 1, maxLength: 3 })), (...both) => {
          const [making, changing] = both.map((request) => openaiImages.encodeRequest(request, TARGET).body);
          expect(made?.(making ?? null)).toBeUndefined();
          const { response_format: _, ...rest } = changing ?? {};
          expect(changed?.(rest)).toBeUndefined();
        }),
      );
    });
  });
});
