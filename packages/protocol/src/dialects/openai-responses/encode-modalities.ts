import type { JsonObject } from "../../ir/json.ts";
import type { CanonicalRequest, ImageOutput, OutputModality } from "../../ir/request.ts";
import { compact } from "../../json/read.ts";
import { givenModalities, IMAGE_TOOL, isImageTool } from "../shared/modalities.ts";
import type { ToolContext } from "./encode-tools.ts";

export interface ImageTool {
  readonly tools: readonly JsonObject[];
  readonly choice?: JsonObject;
}

const NONE: ImageTool = { tools: [] };

/**
 * Models of this API make pictures by a tool. Where nothing but a picture is asked for, they have to use it.
 * https://developers.openai.com/api/docs/guides/image-generation
 * Throws `unsupported_feature` where nothing is asked for that the endpoint gives.
 */
export function encodeModalities(context: ToolContext): ImageTool {
  const { request, losses } = context;
  const given = givenModalities(request, modalitiesOf(context), losses);
  if (request.audioOutput !== undefined && request.modalities?.includes("audio") !== true)
    losses.drop("audio-output", "The endpoint does not speak.");
  if (given?.includes("image") !== true) {
    if (request.imageOutput !== undefined) losses.drop("image-config", "No picture was asked for.");
    return NONE;
  }
  if (hasImageTool(request)) return NONE;
  losses.adapt("image-output", "The picture was asked for by the tool that makes pictures.");
  const tool = compact({ type: IMAGE_TOOL, size: sizeOf(request.imageOutput, context) });
  const isAll = !given.includes("text") && request.toolChoice === undefined;
  return { tools: [tool], ...(isAll ? { choice: { type: IMAGE_TOOL } } : {}) };
}

function modalitiesOf({ request, quirks }: ToolContext): readonly OutputModality[] {
  const taken = quirks.hostedTools === undefined || quirks.hostedTools.includes(IMAGE_TOOL);
  return taken || hasImageTool(request) ? ["text", "image"] : ["text"];
}

const hasImageTool = ({ tools }: CanonicalRequest): boolean =>
  tools.some((tool) => tool.type === "hosted" && isImageTool(tool));

/** Square, wide or tall is what all of its models can do. */
function sizeOf(output: ImageOutput | undefined, { losses }: ToolContext): string | undefined {
  if (output === undefined) return undefined;
  if (output.size !== undefined) losses.drop("image-size", `The tool has no size '${output.size}'.`);
  const sides = (output.aspectRatio ?? "").split(":").map(Number);
  const ratio = (sides[0] ?? 0) / (sides[1] ?? 0);
  if (!(ratio > 0 && Number.isFinite(ratio))) return undefined;
  const size = ratio > 1.2 ? "1536x1024" : ratio < 1 / 1.2 ? "1024x1536" : "1024x1024";
  losses.adapt("aspect-ratio", `The ratio of sides ${output.aspectRatio} was sent as ${size}.`);
  return size;
}

/** The ratio of a size in pixels. */
export function ratioOfSize(size: string | undefined): string | undefined {
  const [, width, height] = /^(\d{1,5})x(\d{1,5})$/.exec(size ?? "") ?? [];
  const [wide, high] = [Number(width), Number(height)];
  if (!(wide > 0 && high > 0)) return undefined;
  const divisor = common(wide, high);
  return `${wide / divisor}:${high / divisor}`;
}

const common = (a: number, b: number): number => (b === 0 ? a : common(b, a % b));
