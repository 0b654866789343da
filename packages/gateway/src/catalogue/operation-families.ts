import type { OperationId } from "../config/operations.ts";

/** What a model may be asked for: to converse, or an operation. */
export type Ability = "generate" | OperationId;

/** As OpenRouter names them. https://openrouter.ai/docs/guides/overview/models */
export type InputModality = "text" | "image" | "file" | "audio" | "video";
export type OutputModality = "text" | "image" | "audio" | "embeddings" | "rerank";

export interface OperationFamily {
  readonly pattern: RegExp;
  readonly abilities: readonly Ability[];
  /** Absent: those that its abilities and capabilities tell. */
  readonly input?: readonly InputModality[];
  readonly output?: readonly OutputModality[];
}

const pictures = { input: ["text", "image"], output: ["image"] } as const;
const drawing = { input: ["text", "image"], output: ["text", "image"] } as const;

/**
 * What models of this form are asked for, by their family names; first match wins. Whoever is in none of them is not known, and
 * may be asked for anything: servers of open models offer several APIs for one. Checked 2026-11-21:
 * - https://developers.openai.com/api/docs/models, whose pages list the endpoints of each model
 * - https://ai.google.dev/gemini-api/docs/embeddings …/image-generation …/speech-generation …/imagen
 * - https://docs.cohere.com/docs/models https://docs.voyageai.com/docs/embeddings …/reranker https://docs.jina.ai
 * - https://docs.mistral.ai/getting-started/models https://console.groq.com/docs/speech-to-text
 */
export const operationFamilies: readonly OperationFamily[] = [
  of(/(^|[-_])(re-?rank(er)?)([-_]|$)/, ["rerank"]),

  of(/^(embed-v[45]|gemini-embedding-2|voyage-multimodal|jina-(clip|embeddings-v4))/, ["embeddings"], {
    input: ["text", "image"],
  }),
  of(/(^|[-_])embed(ding|dings)?([-_]|$)/, ["embeddings"]),
  of(/^(voyage|bge|gte|e5|multilingual-e5|m2-bert|all-minilm|all-mpnet|jina-embeddings)-/, ["embeddings"]),

  of(/^omni-moderation/, ["moderation"], { input: ["text", "image"] }),
  of(/(^|-)moderation(-|$)/, ["moderation"]),

  // They are reached by sockets, which no surface here speaks. https://developers.openai.com/api/docs/guides/realtime
  of(/^(gpt|gemini)-.*(realtime|live|native-audio)/, []),
  of(/^whisper-large-v3-turbo/, ["transcription"]),
  of(/^(distil-)?whisper/, ["transcription", "translation"]),
  of(/(^|-)transcribe(-|$)/, ["transcription"]),
  of(/^gemini-.*-tts/, ["generate"], { input: ["text"], output: ["audio"] }),
  of(/(^|-)(tts|kokoro|orpheus|voxtral-speech)(-|$)/, ["speech"]),

  of(/^(gpt|chatgpt)-image-/, ["images", "image-edits"], pictures),
  of(/^dall-e-2/, ["images", "image-edits"], pictures),
  of(/^(dall-e|imagen)-/, ["images"]),
  of(/^gemini-.*(image|nano-banana)/, ["generate", "images", "image-edits"], drawing),
  // OpenRouter's names of models that draw with OpenAI's tool: https://openrouter.ai/openai/gpt-5-image
  of(/^gpt-\d.*-image/, ["generate"], drawing),
  of(/^grok-(2-image|imagine-image)/, ["images"]),
  of(/^(flux.*-kontext|qwen-image-edit)/, ["images", "image-edits"], pictures),
  of(/^(flux|stable-diffusion|sdxl|sd3|qwen-image|recraft|ideogram|seedream)/, ["images"]),

  of(/^(gpt-3\.5-turbo-instruct|davinci-002|babbage-002|(text-)?(davinci|curie|babbage|ada)(-\d+)?$)/, ["completions"]),

  of(/^gpt-(audio|4o(-mini)?-audio)/, ["generate"], { input: ["text", "audio"], output: ["text", "audio"] }),
  of(/^(claude-|gpt-[3-9]|chatgpt-|chat-latest|o[134](-|$)|gemini-|grok-|command-)/, ["generate"]),
];

function of(
  pattern: RegExp,
  abilities: readonly Ability[],
  modalities: Pick<OperationFamily, "input" | "output"> = {},
): OperationFamily {
  return { pattern, abilities, ...modalities };
}

/**
 * Whose Responses API has a tool that makes pictures.
 * https://developers.openai.com/api/docs/guides/image-generation https://docs.x.ai/docs/guides/tools/overview
 */
export const DRAWS_BY_TOOL = /^(gpt-4o|gpt-4\.1|gpt-[5-9]|o3|grok-4)/;

/** `name` as `familyName` makes it. */
export function operationFamilyOf(name: string): OperationFamily | undefined {
  return operationFamilies.find(({ pattern }) => pattern.test(name));
}
