import type { StreamEvent } from "../../ir/events.ts";
import type { JsonObject, JsonValue } from "../../ir/json.ts";
import type { Opaque, Origin } from "../../ir/origin.ts";
import type { MediaPart } from "../../ir/parts.ts";
import { isObject } from "../../json/parse.ts";
import { objectOf, stringOf } from "../../json/read.ts";
import { type PartLifecycle, partLifecycle } from "../shared/part-lifecycle.ts";
import { type Base64Joiner, base64Joiner, isPcm } from "../shared/sound.ts";
import { syntheticCallId } from "../shared/synthetic-ids.ts";
import { decodeCitations } from "./citations.ts";
import { decodeCall, decodeMedia, decodeText } from "./decode-parts.ts";
import { type PartialArguments, partialArguments } from "./partial-arguments.ts";
import { searchPart } from "./searches.ts";
import { fieldsOf } from "./wire.ts";

/** The parts of an answer as they arrive: one handler for each kind of wire part. */
export interface AnswerParts {
  readonly origin: Origin;
  readonly parts: PartLifecycle;
  /** What the ids of calls without one are made unique by. */
  scope: string;
  callCount: number;
  /** The open text part's text so far, and whether its signature has come: then the next text is a part of its own. */
  text: string;
  signed: boolean;
  /** Where citations come from, and whether they have been given out. */
  candidate: JsonObject;
  cited: boolean;
  /** The arguments of a call that arrives in pieces. */
  streamed: PartialArguments | undefined;
  /** The samples of a sound that arrives in pieces, and its type. */
  sound: { readonly joiner: Base64Joiner; readonly mediaType: string | undefined } | undefined;
}

export function answerParts(origin: Origin): AnswerParts {
  return {
    origin,
    parts: partLifecycle(),
    scope: "",
    callCount: 0,
    text: "",
    signed: false,
    candidate: {},
    cited: false,
    streamed: undefined,
    sound: undefined,
  };
}

const TEXT = "text";
const THOUGHT = "thought";
const CALL = "call";
const SOUND = "sound";

type PartHandler = (answer: AnswerParts, part: JsonObject) => StreamEvent[];

const HANDLERS: readonly (readonly [string, PartHandler])[] = [
  ["executableCode", onUnknown],
  ["codeExecutionResult", onUnknown],
  ["toolCall", onUnknown],
  ["toolResponse", onUnknown],
  ["functionResponse", onUnknown],
  ["functionCall", onFunctionCall],
  ["inlineData", onMedia],
  ["fileData", onMedia],
  ["text", onText],
  ["thoughtSignature", onText],
];

export function onPart(answer: AnswerParts, wire: JsonValue): StreamEvent[] {
  const part = isObject(wire) ? fieldsOf(wire) : {};
  if (Object.keys(part).length === 0) return [];
  const handler = HANDLERS.find(([field]) => part[field] !== undefined)?.[1] ?? onUnknown;
  return handler(answer, part);
}

/** Closes what is open, except a part of the given key. */
export function closeParts(answer: AnswerParts, except?: string): StreamEvent[] {
  return [
    ...(except === TEXT ? [] : giveCitations(answer)),
    ...closeCall(answer),
    ...(except === SOUND ? [] : closeSound(answer)),
    ...answer.parts.closeAll(except === undefined ? [] : [except]),
  ];
}

/** Text grows over chunks until it is signed; an empty signed piece signs the text before it. */
function onText(answer: AnswerParts, part: JsonObject): StreamEvent[] {
  const { parts } = answer;
  const key = part["thought"] === true ? THOUGHT : TEXT;
  const piece = stringOf(part["text"]) ?? "";
  const opaque = signatureOf(answer, part);
  if (piece === "" && opaque === undefined) return [];
  const goesOn = parts.isOpen(key) && !answer.signed;
  const closed = closeParts(answer, goesOn ? key : undefined);
  const opened = goesOn ? [] : parts.open(key, decodeText({ ...part, text: "" }, undefined));
  answer.text = goesOn ? answer.text + piece : piece;
  answer.signed = opaque !== undefined;
  return [
    ...closed,
    ...opened,
    ...(piece === "" ? [] : parts.delta(key, { type: "text", text: piece })),
    ...(opaque === undefined ? [] : parts.delta(key, { type: "opaque", opaque })),
  ];
}

/** Drafts of images are marked as thoughts and must not be taken for the answer. */
function onMedia(answer: AnswerParts, part: JsonObject): StreamEvent[] {
  if (part["thought"] === true) return onUnknown(answer, part);
  const media = decodeMedia(part, answer.origin, signatureOf(answer, part));
  if (isPcm(media.mediaType) && media.source.type === "base64") return onSound(answer, media, media.source.data);
  return [...closeParts(answer), ...answer.parts.whole(media)];
}

/** Speech is streamed as pieces of samples, each a part of its own. */
function onSound(answer: AnswerParts, media: MediaPart, data: string): StreamEvent[] {
  const { parts } = answer;
  const goesOn = answer.sound !== undefined && answer.sound.mediaType === media.mediaType;
  const closed = closeParts(answer, goesOn ? SOUND : undefined);
  const { opaque, ...silent } = { ...media, source: { type: "base64", data: "" } } as const;
  const opened = goesOn ? [] : parts.open(SOUND, silent);
  answer.sound = goesOn ? answer.sound : { joiner: base64Joiner(), mediaType: media.mediaType };
  const piece = answer.sound?.joiner.push(data) ?? "";
  return [
    ...closed,
    ...opened,
    ...(piece === "" ? [] : parts.delta(SOUND, { type: "data", data: piece })),
    ...(opaque === undefined ? [] : parts.delta(SOUND, { type: "opaque", opaque })),
  ];
}

function closeSound(answer: AnswerParts): StreamEvent[] {
  const rest = answer.sound?.joiner.end() ?? "";
  answer.sound = undefined;
  return [
    ...(rest === "" ? [] : answer.parts.delta(SOUND, { type: "data", data: rest })),
    ...answer.parts.close(SOUND),
  ];
}

function onUnknown(answer: AnswerParts, value: JsonObject): StreamEvent[] {
  return [...closeParts(answer), ...answer.parts.whole({ type: "unknown", origin: answer.origin, value })];
}

/**
 * A call is whole in one part, or Vertex AI streams its arguments: then the first piece has the name, later ones have
 * `partialArgs`, and the last one says nothing, or is missing.
 */
function onFunctionCall(answer: AnswerParts, part: JsonObject): StreamEvent[] {
  const call = fieldsOf(objectOf(part["functionCall"]) ?? {});
  const { partialArgs, willContinue, ...known } = call;
  const goesOn = willContinue === true;
  if (stringOf(call["name"]) === undefined) {
    answer.streamed?.add(partialArgs);
    const opaque = signatureOf(answer, part);
    const signed = opaque === undefined ? [] : answer.parts.delta(CALL, { type: "opaque", opaque });
    return [...signed, ...(goesOn ? [] : closeCall(answer))];
  }
  const whole = decodeCall({ ...part, functionCall: known }, callId(answer, call), signatureOf(answer, part));
  const closed = closeParts(answer);
  if (!goesOn && partialArgs === undefined) return [...closed, ...answer.parts.whole(whole)];
  const opened = answer.parts.open(CALL, { ...whole, arguments: "" });
  answer.streamed = partialArguments();
  answer.streamed.add(partialArgs);
  return [...closed, ...opened, ...(goesOn ? [] : closeCall(answer))];
}

function closeCall(answer: AnswerParts): StreamEvent[] {
  const { streamed, parts } = answer;
  answer.streamed = undefined;
  const delta = streamed === undefined ? [] : parts.delta(CALL, { type: "arguments", text: streamed.text() });
  return [...delta, ...parts.close(CALL)];
}

function callId(answer: AnswerParts, call: JsonObject): string {
  const position = answer.callCount;
  answer.callCount += 1;
  return stringOf(call["id"]) || syntheticCallId(answer.scope, position);
}

function signatureOf({ origin }: AnswerParts, part: JsonObject): Opaque | undefined {
  const data = stringOf(part["thoughtSignature"]);
  return data === undefined || data === "" ? undefined : { origin, data };
}

/** What the model searched for is told when the answer is over. */
export function giveSearch({ candidate, scope, parts }: AnswerParts): StreamEvent[] {
  const search = searchPart(candidate, scope);
  return search === undefined ? [] : parts.whole(search);
}

function giveCitations(answer: AnswerParts): StreamEvent[] {
  if (answer.cited || !answer.parts.isOpen(TEXT)) return [];
  const placed = decodeCitations(answer.candidate, [{ key: TEXT, text: answer.text }]);
  answer.cited = placed.length > 0;
  return placed.flatMap(({ key, citation }) => answer.parts.delta(key, { type: "citation", citation }));
}
