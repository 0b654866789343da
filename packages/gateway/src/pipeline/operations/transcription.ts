import {
  GatewayError,
  isObject,
  type JsonValue,
  objectOf,
  type SseMessage,
  stringOf,
  transcriptUsage,
  type Usage,
} from "@signalbox/protocol";
import type { PlannedOperation } from "../../routing/plan.ts";
import { readPreferences } from "../../routing/read-preferences.ts";
import type { UpstreamAnswer } from "../../upstream/dispatch.ts";
import { forwardedRequestHeaders } from "../../upstream/headers.ts";
import type { Exchange } from "../exchange.ts";
import type { Form } from "../forms/form.ts";
import { routableForm } from "../forms/form-of.ts";
import { type Asked, type OperationAttempt, operationUrl, type PreparedOperation } from "./operation.ts";
import { parsed, received, relayWhole } from "./relay.ts";
import { type EventReading, relayEvents } from "./relay-stream.ts";
import { mostSeconds, secondsOf } from "./sound-length.ts";

/** `POST /v1/audio/transcriptions`. */
export const readTranscription = (exchange: Exchange): Promise<Asked> => readSound(exchange, "transcription");

/** `POST /v1/audio/translations`. */
export const readTranslation = (exchange: Exchange): Promise<Asked> => readSound(exchange, "translation");

const PATHS = { transcription: "/audio/transcriptions", translation: "/audio/translations" } as const;

/** What we read, too: an upstream that took the other one would be understood wrongly. */
const SINGLE = ["stream", "response_format", "file"];

async function readSound(exchange: Exchange, operation: keyof typeof PATHS): Promise<Asked> {
  const { form, model } = await routableForm(exchange, SINGLE);
  const { dialect } = exchange.surface;
  const { headers } = exchange.request;
  try {
    const scan = { members: new Map<string, never>() };
    const { preferences } = readPreferences({ bytes: new Uint8Array(), scan, dialect, headers });
    return {
      operation,
      model,
      stream: form.known("stream") === "true",
      arriving: () => !form.isComplete(),
      preferences,
      worst: worstOf(exchange, form),
      estimate: () => estimateOf(form),
      prepare: (planned) => prepare(exchange, { form, path: PATHS[operation] }, planned),
      close: form.discard.bind(form),
    };
  } catch (error) {
    form.discard();
    throw error;
  }
}

const fileOf = ({ parts }: Form) => parts.find(({ filename }) => filename !== undefined);

/** OpenAI hears ten tokens a second, and nobody speaks more than five. https://developers.openai.com/api/docs/guides/realtime-costs */
const HEARD_PER_SECOND = 10;
const SPOKEN_PER_SECOND = 5;

/** Its tokens or its seconds: which of them are billed is the model's to say. */
function worstOf({ request, snapshot }: Exchange, form: Form): Usage {
  const file = fileOf(form);
  const coming = Number(request.headers["content-length"] ?? snapshot.limits.formBytes);
  const bytes = file?.content.isComplete === true ? file.content.size : coming;
  const known = file === undefined ? 0 : secondsOf(file);
  const audioSeconds = known ?? mostSeconds(bytes, file?.filename ?? "");
  const heard = audioSeconds * HEARD_PER_SECOND;
  return {
    audioSeconds,
    inputTokens: heard,
    audioInputTokens: heard,
    outputTokens: audioSeconds * SPOKEN_PER_SECOND,
  };
}

/** Where the upstream tells nothing, as with subtitles, and the file does not say how long it is, nobody knows. */
function estimateOf(form: Form): Usage {
  const file = fileOf(form);
  const audioSeconds = file === undefined ? undefined : secondsOf(file);
  return audioSeconds === undefined ? {} : { audioSeconds };
}

function prepare(
  exchange: Exchange,
  { form, path }: { readonly form: Form; readonly path: string },
  { endpoint, target }: PlannedOperation,
): PreparedOperation {
  const { fields } = endpoint;
  const { contentType, length, body } = form.encode({ replace: { model: target.model }, fields });
  const left = [...new Set(form.parts.map(({ name }) => name))].filter((name) => fields[name] === null);
  return {
    lane: "passthrough",
    upstream: {
      url: operationUrl(endpoint, path, target.model),
      headers: {
        ...forwardedRequestHeaders(exchange.surface.dialect, exchange.request.headers),
        "content-type": contentType,
        ...(length === undefined ? {} : { "content-length": String(length) }),
      },
      body,
    },
    dropped: left.map((feature) => ({ feature, detail: "This endpoint does not take it." })),
    adapted: [],
    relay: (attempt, answer) => relay(attempt, answer, form),
  };
}

/** Formats that are no JSON, whatever the upstream calls them. */
const TEXTS: ReadonlySet<string> = new Set(["text", "srt", "vtt"]);

async function relay(attempt: OperationAttempt, answer: UpstreamAnswer, form: Form): Promise<void> {
  const contentType = String(answer.headers["content-type"] ?? "text/plain; charset=utf-8");
  if (contentType.includes("text/event-stream")) return relayEvents(attempt, answer, transcriptEvents());
  const bytes = await received(attempt, answer);
  const isText = !contentType.includes("json") || TEXTS.has(form.known("response_format") ?? "");
  const usage = isText ? undefined : transcriptUsage(parsed(bytes));
  await relayWhole(attempt, answer, { usage, contentType, bytes });
}

/** OpenAI's last event is `transcript.text.done`, Mistral's `transcription.done`. */
function transcriptEvents(): EventReading {
  return lastEvent(/^transcript(?:ion)?\.(?:text\.)?done$/, transcriptUsage);
}

/** A stream whose last event is of a certain type and tells the usage. */
export function lastEvent(type: RegExp, usageOf: (event: JsonValue) => Usage | undefined): EventReading {
  let isWhole = false;
  let usage: Usage | undefined;
  return {
    message(message: SseMessage) {
      if (!message.data.startsWith("{")) return;
      const event = parsed(Buffer.from(message.data));
      if (!isObject(event)) return;
      const name = stringOf(event["type"]) ?? message.event ?? "";
      if (name === "error" || objectOf(event["error"]) !== undefined) {
        throw new GatewayError("upstream_error", "The upstream's stream ended in an error.");
      }
      if (!type.test(name)) return;
      isWhole = true;
      usage = usageOf(event);
    },
    isWhole: () => isWhole,
    usage: () => usage,
  };
}
