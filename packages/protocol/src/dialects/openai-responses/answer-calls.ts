import type { JsonObject } from "../../ir/json.ts";
import type { MediaPart, ToolCallPart, UnknownPart } from "../../ir/parts.ts";
import type { FunctionTool } from "../../ir/request.ts";
import { compact, stringOf } from "../../json/read.ts";
import { sealToolCallId } from "../shared/envelope.ts";
import { shownCallId } from "../shared/synthetic-ids.ts";
import { flatToolName } from "../shared/tool-names.ts";
import { toolOfFlatName, unwrapTextInput } from "../shared/tools.ts";
import { type Answer, dropOpaque, itemId, NOTHING_MORE, sealCurrent, wholeItem } from "./answer.ts";
import type { StartedPart } from "./answer-message.ts";
import { IMAGE_ITEM, imageItem } from "./image-items.ts";
import { DIALECT, isContentType, ownFields } from "./wire.ts";

/** Ids longer than this have been seen to break clients and their stores. */
const LONGEST_ID = 32 * 1024;

/** A call has an item and an output index to itself, however many run beside it. */
export function startCall(answer: Answer, part: ToolCallPart): StartedPart {
  const sealed = sealCurrent(answer);
  const call = wireCall(answer, part);
  const { index, events } = answer.begin((at) => ({ ...call.item(idOf(answer, call, at), ""), status: "in_progress" }));
  const id = idOf(answer, call, index);
  const at = { item_id: id, output_index: index };
  let text = "";
  const say = (more: string): readonly JsonObject[] => {
    text += more;
    return more === "" || call.wrapped ? [] : [answer.event(`${call.event}.delta`, { ...at, delta: more })];
  };
  return {
    events: [...sealed, ...events, ...say(part.arguments)],
    part: {
      delta(delta) {
        if (delta.type === "arguments") return say(delta.text);
        return delta.type === "opaque" ? dropOpaque(answer, part.type) : [];
      },
      end() {
        const whole = call.whole(text);
        const late =
          whole === text && !call.wrapped ? [] : [answer.event(`${call.event}.delta`, { ...at, delta: whole })];
        return [
          ...late,
          answer.event(`${call.event}.done`, { ...at, ...call.about, [call.field]: whole }),
          ...answer.finish(index, call.item(id, whole)),
        ];
      },
    },
  };
}

interface WireCall {
  readonly prefix: "fc" | "ctc";
  readonly knownId: string | undefined;
  readonly event: string;
  readonly field: "arguments" | "input";
  /** What the `done` event says beside the text: the function's name, by OpenAI's schema. */
  readonly about: JsonObject;
  /** The text is still JSON around the free text of a custom tool, and can only be told when it is whole. */
  readonly wrapped: boolean;
  readonly whole: (text: string) => string;
  readonly item: (id: string, text: string) => JsonObject;
}

const idOf = (answer: Answer, call: WireCall, index: number): string =>
  call.knownId ?? itemId(answer, call.prefix, index);

function wireCall(answer: Answer, part: ToolCallPart): WireCall {
  const tool = toolOfFlatName(answer.context.request, flatToolName(part));
  const custom = part.input === "text" || tool?.input === "text";
  const wrapped = custom && part.input !== "text";
  const [prefix, field] = custom ? (["ctc", "input"] as const) : (["fc", "arguments"] as const);
  const callId = sealedCallId(answer, part);
  const named = nameOf(part, tool);
  return {
    prefix,
    knownId: wrapped ? undefined : part.itemId,
    event: custom ? "response.custom_tool_call_input" : "response.function_call_arguments",
    field,
    about: custom ? {} : compact({ name: named["name"] }),
    wrapped,
    whole: (text) => (wrapped ? unwrapTextInput(text) : custom || text.trim() !== "" ? text : "{}"),
    item: (id, text) =>
      compact({
        id,
        type: custom ? "custom_tool_call" : "function_call",
        status: "completed",
        [field]: text,
        call_id: callId,
        ...named,
        ...ownFields(part).own,
      }),
  };
}

function nameOf(part: ToolCallPart, tool: FunctionTool | undefined): JsonObject {
  const { name, namespace } = tool ?? part;
  return compact({ name, namespace });
}

function sealedCallId(answer: Answer, part: ToolCallPart): string {
  const id =
    part.id === "" ? itemId(answer, "call", answer.output.length) : shownCallId(part.id, answer.context.uniqueId);
  if (part.opaque === undefined) return id;
  const sealed = sealToolCallId(id, [{ of: "tool-call", opaque: part.opaque }]);
  if (sealed.length <= LONGEST_ID) return sealed;
  dropOpaque(answer, part.type);
  return id;
}

/** An item of this dialect as it came; what other dialects put into their answers has no word here. */
export function wholeUnknown(answer: Answer, part: UnknownPart): readonly JsonObject[] {
  if (part.origin.dialect === DIALECT && !isContentType(part.value["type"])) return wholeItem(answer, () => part.value);
  const type = stringOf(part.value["type"]) ?? "block";
  answer.context.losses.drop("unknown-part", `A '${type}' of ${part.origin.dialect} has no equivalent in ${DIALECT}.`);
  return [];
}

/** The one way in which this API answers with an image: the item of its image generation tool. */
export function wholeMedia(answer: Answer, part: MediaPart): readonly JsonObject[] {
  const { source, kind } = part;
  if (kind !== "image" || source.type !== "base64") {
    answer.context.losses.drop("media-output", `The model's ${kind} has no place in an answer of ${DIALECT}.`);
    return [];
  }
  const own = imageItem(part);
  if (own === undefined) {
    answer.context.losses.adapt("image-output", "The model's image was sent as the result of image generation.");
  }
  return pictureEvents(answer, own ?? madeItem(part, source.data), part);
}

function madeItem({ mediaType }: MediaPart, result: string): JsonObject {
  const about = { type: IMAGE_ITEM, status: "completed" };
  return compact({ ...about, output_format: mediaType?.split("/")[1], result });
}

/** A picture is announced, made and done. https://developers.openai.com/api/docs/guides/image-generation */
function pictureEvents(answer: Answer, item: JsonObject, { opaque }: MediaPart): readonly JsonObject[] {
  const sealed = sealCurrent(answer);
  let id = "";
  const { index, events } = answer.begin((at) => {
    const made = stringOf(item["id"]) ?? itemId(answer, "ig", at);
    id = opaque === undefined ? made : sealToolCallId(made, [{ of: "media", opaque }]);
    return { id, type: IMAGE_ITEM, status: "in_progress", result: null };
  });
  const steps = ["in_progress", "generating", "completed"].map((step) =>
    answer.event(`response.${IMAGE_ITEM}.${step}`, { output_index: index, item_id: id }),
  );
  return [...sealed, ...events, ...steps, ...answer.finish(index, { ...item, id })];
}

export const wholePart = (events: readonly JsonObject[]): StartedPart => ({ events, part: NOTHING_MORE });
