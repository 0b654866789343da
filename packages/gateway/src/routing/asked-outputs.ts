import type { ByteSpan } from "@signalbox/protocol";
import type { MediaOutput } from "../catalogue/operations.ts";
import { nested, outermost, type WireRequest, wordAt } from "./wire-request.ts";

/** A list of modalities is short; what is longer is for the upstream to refuse. */
const MOST_BYTES = 256;

const OUTPUTS = ["image", "audio"] as const satisfies readonly MediaOutput[];

/** What the answer is to be made of beside words, as the request's bytes say it. Never throws. */
export function askedOutputs(request: WireRequest): readonly MediaOutput[] {
  switch (request.dialect) {
    case "openai-chat":
      return wordsIn(request, outermost(request, ["modalities"]));
    case "gemini":
      return wordsIn(
        request,
        nested(request, [
          ["generationConfig", "generation_config"],
          ["responseModalities", "response_modalities"],
        ]),
      );
    // Who only offers the tool leaves it to the model.
    case "openai-responses":
      return wordAt(request, nested(request, [["tool_choice"], ["type"]])) === "image_generation" ? ["image"] : [];
    case "anthropic-messages":
      return [];
  }
}

function wordsIn({ bytes }: WireRequest, span: ByteSpan | undefined): readonly MediaOutput[] {
  if (span === undefined || span.end - span.start > MOST_BYTES) return [];
  const text = bytes.toString("latin1", span.start, span.end).toLowerCase();
  return OUTPUTS.filter((output) => text.includes(`"${output}"`));
}
