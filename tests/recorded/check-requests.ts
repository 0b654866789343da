import type { CanonicalRequest } from "@signalbox/protocol";
import { CODECS, SPOKEN, type Spoken } from "../protocol/codecs.ts";
import { difference } from "./difference.ts";
import { normaliseRequest } from "./normalise.ts";
import { attempt, firstFailure, type Outcome } from "./outcome.ts";
import { codecFor } from "./provider-codecs.ts";
import type { SpokenRecording } from "./recordings.ts";
import type { WireSchemas } from "./relaxed-schema.ts";

/** What a real client sent, read and written again for its own dialect and for the three others. */
export function checkRequest(
  recording: SpokenRecording,
  schemas: Readonly<Record<Spoken, WireSchemas>> | undefined,
): readonly Outcome[] {
  const { dialect, request: body } = recording;
  if (body === undefined || recording.status >= 400) return [];
  const own = attempt(recording, "request", () =>
    difference(
      normaliseRequest(dialect, dialect === "gemini" ? body : { model: recording.model, ...body }),
      normaliseRequest(dialect, encode(decodeRequest(recording), dialect, recording)),
    ),
  );
  if (schemas === undefined) return [own];
  const passes = (target: Spoken) => () => {
    const problem = schemas[target].request(encode(decodeRequest(recording), target, recording));
    return problem === undefined ? undefined : `${target}: ${problem}`;
  };
  const others = SPOKEN.filter((target) => target !== dialect);
  return [
    own,
    attempt(recording, "request schema", passes(dialect)),
    attempt(recording, "crossed request schema", () => firstFailure(others.map(passes))),
  ];
}

/** What the crossed request is for. */
const MODELS: Readonly<Record<Spoken, string>> = {
  "openai-chat": "gpt-5.2",
  "openai-responses": "gpt-5.2",
  "anthropic-messages": "claude-sonnet-4-6",
  gemini: "gemini-3-pro-preview",
};

/** The client's request, or one that asks for nothing when only the answer was recorded. */
export function decodeRequest(recording: SpokenRecording): CanonicalRequest {
  const { dialect, request: body, model, isStream } = recording;
  if (body === undefined) {
    return { model, stream: isStream, instructions: [], messages: [], tools: [], sampling: {} };
  }
  // Gemini's and Vertex AI's paths say what other dialects say in the body.
  return dialect === "gemini"
    ? CODECS[dialect].decodeRequest(body, { model, stream: isStream })
    : CODECS[dialect].decodeRequest({ model, ...body }, {});
}

function encode(request: CanonicalRequest, target: Spoken, { provider, dialect, model }: SpokenRecording) {
  if (target !== dialect)
    return CODECS[target].encodeRequest(request, { provider: "elsewhere", model: MODELS[target] }).body;
  return codecFor(dialect, provider).encodeRequest(request, { provider, model }).body;
}
