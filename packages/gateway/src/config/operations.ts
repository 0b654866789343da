import { z } from "zod";

/** What clients ask models for beside conversations. Each is an API of its own. */
export const operationIds = [
  "embeddings",
  "rerank",
  "images",
  "image-edits",
  "speech",
  "transcription",
  "translation",
  "moderation",
  "completions",
] as const;

export type OperationId = (typeof operationIds)[number];

/** Whose API an endpoint of an operation speaks. Providers that copy one are listed under its inventor. */
export const operationFormats = {
  embeddings: ["openai", "gemini", "cohere", "voyage"],
  /** `cohere` is what Jina, vLLM and llama.cpp speak, too. */
  rerank: ["cohere", "voyage"],
  images: ["openai", "gemini", "imagen"],
  "image-edits": ["openai", "gemini"],
  speech: ["openai"],
  transcription: ["openai"],
  translation: ["openai"],
  moderation: ["openai"],
  completions: ["openai"],
} as const satisfies Readonly<Record<OperationId, readonly string[]>>;

export type OperationFormat<O extends OperationId = OperationId> = (typeof operationFormats)[O][number];

/**
 * Fields of an operation's request that an endpoint calls otherwise (`dimensions: output_dimension`), or does not take (null). By the
 * names of its format.
 */
export type FieldNames = Readonly<Record<string, string | null>>;

/** Where and how a provider is asked for an operation. What is left out is its conversation endpoint's. */
export interface OperationEndpoint<O extends OperationId = OperationId> {
  readonly format: OperationFormat<O>;
  /** Other formats for models whose names begin so: Google asks Imagen otherwise than Gemini. */
  readonly formats?: Readonly<Record<string, OperationFormat<O>>>;
  /** What that format's own SDK takes as its base URL. */
  readonly baseUrl?: string;
  /** Appended to the base URL in the place of the format's own; `{model}` is replaced. */
  readonly path?: string;
  readonly fields?: FieldNames;
}

/** `false`: the provider does not have it, whatever its data say. */
export type OperationSettings = { readonly [O in OperationId]?: OperationEndpoint<O> | false };

function endpoint<O extends OperationId>(operation: O) {
  const formats: readonly OperationFormat<O>[] = operationFormats[operation];
  return z
    .union([
      z.literal(false),
      z.strictObject({
        format: z.enum(formats),
        formats: z.record(z.string().min(1), z.enum(formats)).exactOptional(),
        baseUrl: z.url({ protocol: /^https?$/ }).exactOptional(),
        path: z.string().startsWith("/").exactOptional(),
        fields: z.record(z.string(), z.string().nullable()).exactOptional(),
      }),
    ])
    .exactOptional();
}

export const operationsSchema = z.strictObject({
  embeddings: endpoint("embeddings"),
  rerank: endpoint("rerank"),
  images: endpoint("images"),
  "image-edits": endpoint("image-edits"),
  speech: endpoint("speech"),
  transcription: endpoint("transcription"),
  translation: endpoint("translation"),
  moderation: endpoint("moderation"),
  completions: endpoint("completions"),
});
