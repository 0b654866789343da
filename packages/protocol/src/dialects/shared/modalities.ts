import { GatewayError } from "../../ir/errors.ts";
import type { LossRecorder } from "../../ir/loss.ts";
import type { Part } from "../../ir/parts.ts";
import type { CanonicalRequest, HostedTool, OutputModality } from "../../ir/request.ts";

type Asked = Pick<CanonicalRequest, "modalities" | "imageOutput" | "audioOutput">;

const WORDS: Readonly<Record<OutputModality, string>> = { text: "text", image: "images", audio: "sound" };

/** What of the asked modalities an endpoint gives. Throws where nothing of it is left: the answer would be another. */
export function givenModalities(
  { modalities }: Asked,
  gives: readonly OutputModality[],
  losses: LossRecorder,
): readonly OutputModality[] | undefined {
  if (modalities === undefined) return undefined;
  const given = modalities.filter((modality) => gives.includes(modality));
  const missing = modalities.filter((modality) => !gives.includes(modality));
  const what = missing.map((modality) => WORDS[modality]).join(" and ");
  if (given.length === 0 && missing.length > 0) {
    throw new GatewayError(
      "unsupported_feature",
      `The endpoint does not answer in ${what}, and nothing else is asked.`,
      {
        param: "modalities",
      },
    );
  }
  for (const modality of missing) {
    losses.drop(`${modality}-output`, `The endpoint does not answer in ${WORDS[modality]}.`);
  }
  return given;
}

/** For APIs that answer in text and nothing else. */
export function onlyText(request: Asked, losses: LossRecorder): void {
  givenModalities(request, ["text"], losses);
  const asked = request.modalities ?? [];
  if (request.imageOutput !== undefined && !asked.includes("image"))
    losses.drop("image-output", "The endpoint makes no pictures.");
  if (request.audioOutput !== undefined && !asked.includes("audio"))
    losses.drop("audio-output", "The endpoint does not speak.");
}

/** OpenAI's tool by which a model of its Responses API makes pictures. */
export const IMAGE_TOOL = "image_generation";

export const isImageTool = ({ dialect, definition }: Omit<HostedTool, "type">): boolean =>
  dialect === "openai-responses" && definition["type"] === IMAGE_TOOL;

/** Where the request's modalities say it, the tool and its choice need not be said again. */
export function withoutImageTool(request: CanonicalRequest, losses: LossRecorder): CanonicalRequest {
  if (request.modalities?.includes("image") !== true) return request;
  const { toolChoice, ...rest } = request;
  const tools = request.tools.filter((tool) => tool.type !== "hosted" || !isImageTool(tool));
  const isChosen = toolChoice?.type === "hosted" && isImageTool(toolChoice);
  if (tools.length === request.tools.length && !isChosen) return request;
  losses.adapt("image-output", "The tool that makes pictures was asked for as a kind of answer.");
  return { ...rest, tools, ...(isChosen || toolChoice === undefined ? {} : { toolChoice }) };
}

/** What the model said aloud in earlier turns, in its words where they are known: other APIs take no sound of a model's back. */
export function withSpokenWords(request: CanonicalRequest, losses: LossRecorder): CanonicalRequest {
  const isSpoken = ({ role, content }: CanonicalRequest["messages"][number]) =>
    role === "assistant" && content.some((part) => spokenWords(part) !== undefined);
  if (!request.messages.some(isSpoken)) return request;
  losses.adapt("assistant-audio", "What an earlier answer said aloud was sent as its words.");
  const messages = request.messages.map((message) =>
    isSpoken(message) ? { ...message, content: message.content.map(inWords) } : message,
  );
  return { ...request, messages };
}

export function spokenWords(part: Part): string | undefined {
  return part.type === "media" && part.kind === "audio" && part.transcript !== "" ? part.transcript : undefined;
}

function inWords(part: Part): Part {
  const text = spokenWords(part);
  return text === undefined ? part : { type: "text", text, ...(part.cache === undefined ? {} : { cache: part.cache }) };
}
