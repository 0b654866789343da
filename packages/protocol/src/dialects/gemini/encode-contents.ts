import type { JsonObject } from "../../ir/json.ts";
import type { Part, ToolCallPart, ToolResultPart } from "../../ir/parts.ts";
import type { Message } from "../../ir/request.ts";
import { isObject } from "../../json/parse.ts";
import { flatToolName } from "../shared/tool-names.ts";
import { encodePart, encodeResult } from "./encode-parts.ts";
import type { EncodeScope } from "./encode-scope.ts";
import { isDrawingModel, isLevelModel } from "./model-family.ts";
import { SKIP_SIGNATURE } from "./thought-signatures.ts";

/**
 * Gemini's contents alternate between user and model, and all results of a step's parallel calls stand in one user
 * content, as many as there were calls. https://ai.google.dev/gemini-api/docs/function-calling
 */
export function encodeContents(messages: readonly Message[], scope: EncodeScope): readonly JsonObject[] {
  const runs = runsOf(messages);
  const turn = currentTurn(runs);
  const contents = runs.map((run, at) => {
    if (run.role === "model") return modelContent(run, at > turn, scope);
    return userContent(run, callsOf(runs[at - 1]), scope);
  });
  return contents.filter(({ parts }) => parts.length > 0).map(({ role, parts }) => ({ role, parts: spoken(parts) }));
}

interface Content {
  readonly role: "user" | "model";
  readonly parts: readonly JsonObject[];
}

/** Without empty text, which says nothing and which Vertex AI rejects, where there is anything else. */
function spoken(parts: readonly JsonObject[]): readonly JsonObject[] {
  return parts.length === 1 ? parts : parts.filter((part) => part["text"] !== "" || Object.keys(part).length > 1);
}

interface Run {
  readonly role: "user" | "model";
  readonly messages: Message[];
}

function runsOf(messages: readonly Message[]): readonly Run[] {
  const runs: Run[] = [];
  for (const message of messages) {
    const role = message.role === "assistant" ? "model" : "user";
    const last = runs.at(-1);
    if (last?.role === role) last.messages.push(message);
    else runs.push({ role, messages: [message] });
  }
  return runs;
}

const partsOf = (run: Run): readonly Part[] => run.messages.flatMap((message) => message.content);
const callsOf = (run: Run | undefined): readonly ToolCallPart[] =>
  run === undefined ? [] : partsOf(run).filter((part) => part.type === "tool-call");

/** The turn begins at the last user content that is not an answer to calls. */
function currentTurn(runs: readonly Run[]): number {
  return runs.findLastIndex((run) => run.role === "user" && partsOf(run).every((part) => part.type !== "tool-result"));
}

function modelContent(run: Run, current: boolean, scope: EncodeScope): Content {
  const parts = run.messages.flatMap((message) => {
    if (message.name !== undefined) scope.losses.drop("message-name", "Gemini's contents have no participant names.");
    return message.content.flatMap((part) => encodePart(part, scope));
  });
  return { role: "model", parts: withSentinel(parts, current, scope) };
}

/**
 * Gemini 3 rejects the current turn's calls when the first one of a step has no signature, and those of its models that draw
 * reject pictures of any turn without, and a turn's first text.
 */
function withSentinel(parts: readonly JsonObject[], current: boolean, scope: EncodeScope): readonly JsonObject[] {
  if (!(scope.target.quirks.skipSignatureSentinel ?? isLevelModel(scope.target))) return parts;
  const call = current ? parts.findIndex((part) => isObject(part["functionCall"])) : -1;
  const first = parts.findIndex((part) => part["thought"] !== true);
  const draws = isDrawingModel(scope.target);
  const wanted = (part: JsonObject, at: number) =>
    at === call || (draws && part["thought"] !== true && (at === first || isObject(part["inlineData"])));
  const isUnsigned = (part: JsonObject, at: number) => wanted(part, at) && part["thoughtSignature"] === undefined;
  if (!parts.some(isUnsigned)) return parts;
  scope.losses.adapt("thought-signature", "What another model made got Google's placeholder signature.");
  return parts.map((part, at) => (isUnsigned(part, at) ? { ...part, thoughtSignature: SKIP_SIGNATURE } : part));
}

function userContent(run: Run, calls: readonly ToolCallPart[], scope: EncodeScope): Content {
  const results = partsOf(run).filter((part) => part.type === "tool-result");
  const answers = answersOf(results, calls, scope);
  const rest = run.messages.flatMap((message) => userParts(message, scope));
  return { role: "user", parts: [...answers, ...rest] };
}

function userParts(message: Message, scope: EncodeScope): readonly JsonObject[] {
  if (message.name !== undefined) scope.losses.drop("message-name", "Gemini's contents have no participant names.");
  const parts = message.content.flatMap((part) => encodePart(part, scope));
  if (message.role !== "system" || parts.length === 0) return parts;
  scope.losses.adapt("system-message", "A system message within the conversation was sent as marked user text.");
  return [{ text: "<system>" }, ...parts, { text: "</system>" }].reduce<JsonObject[]>(joinText, []);
}

/** The marks and the text between them as one part. */
function joinText(parts: JsonObject[], part: JsonObject): JsonObject[] {
  const last = parts.at(-1);
  const [before, text] = [last?.["text"], part["text"]];
  const plain = last !== undefined && Object.keys(last).length === 1 && Object.keys(part).length === 1;
  if (!plain || typeof before !== "string" || typeof text !== "string") return [...parts, part];
  return [...parts.slice(0, -1), { text: `${before}\n${text}` }];
}

function answersOf(
  results: readonly ToolResultPart[],
  calls: readonly ToolCallPart[],
  scope: EncodeScope,
): readonly JsonObject[] {
  const left = [...results];
  const responses: JsonObject[] = [];
  const after: JsonObject[] = [];
  const add = (result: ToolResultPart, name: string) => {
    const encoded = encodeResult(result, name, scope);
    responses.push(encoded.response);
    after.push(...encoded.after);
  };
  for (const call of calls) {
    const at = left.findIndex((result) => result.callId === call.id);
    const [result] = at < 0 ? [missingResult(call, scope)] : left.splice(at, 1);
    if (result !== undefined) add(result, flatToolName(call));
  }
  for (const result of left) {
    const call = calls.find(({ id }) => id === result.callId);
    if (call !== undefined) add(result, flatToolName(call));
    else after.push(...orphan(result, scope));
  }
  return [...responses, ...after];
}

function missingResult(call: ToolCallPart, { losses }: EncodeScope): ToolResultPart {
  losses.adapt("missing-tool-result", `Call '${call.id}' has no result, and Gemini wants one for each call.`);
  return { type: "tool-result", callId: call.id, content: [{ type: "text", text: "No result." }], isError: true };
}

/** A result whose call is not in the step before it: Gemini would reject it as a function response. */
function orphan(result: ToolResultPart, scope: EncodeScope): readonly JsonObject[] {
  scope.losses.adapt(
    "orphan-tool-result",
    `The result of '${result.callId}' follows no such call and was sent as text.`,
  );
  const parts = result.content.flatMap((part) => encodePart(part, scope));
  return [{ text: `Result of ${result.name ?? result.callId}:` }, ...parts];
}
