import type { JsonObject } from "../../ir/json.ts";
import type { Part, ToolCallPart } from "../../ir/parts.ts";
import { parseJsonObject } from "../../json/parse.ts";
import type { AnswerContext } from "../dialect.ts";
import { type Carried, sealToolCallId } from "../shared/envelope.ts";
import { shownCallId } from "../shared/synthetic-ids.ts";
import { flatToolName } from "../shared/tool-names.ts";
import { functionTools, toolOfFlatName, unwrapTextInput } from "../shared/tools.ts";
import { carriedReasoning } from "./reasoning-details.ts";
import { isOwn, LEGACY_FUNCTION } from "./wire.ts";

/** Ids longer than this are refused by too many clients' storage to be worth the values in them. */
const ID_LIMIT = 32 * 1024;

/** In which of the wire's three forms the client expects a call. */
export type CallForm = "function" | "custom" | "legacy";

export function callForm(call: ToolCallPart, { request }: AnswerContext): CallForm {
  const isLegacy = functionTools(request).some(
    (tool) => tool.extension?.dialect === LEGACY_FUNCTION.dialect && Object.keys(tool.extension.fields).length === 0,
  );
  if (isLegacy) return "legacy";
  return call.input === "text" || toolOfFlatName(request, flatToolName(call))?.input === "text" ? "custom" : "function";
}

/** The free text of a custom call, which an upstream without custom tools wrapped in JSON. */
export function customInput(call: ToolCallPart): string {
  return call.input === "text" ? call.arguments : unwrapTextInput(call.arguments);
}

/**
 * Values that only other dialects' upstreams can read, gathered until a call comes whose id can carry them: most clients
 * return nothing else of an answer unchanged.
 */
export function carriedBy(part: Part): readonly Carried[] {
  if (part.type === "reasoning") return carriedReasoning(part);
  if (part.type !== "text" || part.opaque === undefined || isOwn(part.opaque)) return [];
  return [{ of: "text", opaque: part.opaque }];
}

export function sealedId(call: ToolCallPart, before: readonly Carried[], context: AnswerContext): string {
  const id = call.id === "" ? `call_${context.uniqueId}` : shownCallId(call.id, context.uniqueId);
  const own: readonly Carried[] = call.opaque === undefined ? [] : [{ of: "tool-call", opaque: call.opaque }];
  const sealed = [[...before, ...own], own].map((values) => sealToolCallId(id, values));
  const fitting = sealed.find((candidate) => candidate.length <= ID_LIMIT);
  if (fitting !== sealed[0]) context.losses.drop("opaque-value", "A tool call's id could not carry a value so long.");
  return fitting ?? id;
}

/** To be told what is left when the answer is over: reasoning has entries of its own, text has nothing but ids. */
export function reportUncarried(left: readonly Carried[], { losses }: AnswerContext): void {
  if (!left.some(({ of }) => of === "text")) return;
  losses.adapt("reasoning-replay", "The signature of text that no call followed was not sent.");
}

/** Google's thought signature in the place where Google's own compatible endpoint has it. */
export function extraContent({ opaque }: ToolCallPart): JsonObject {
  const extra = opaque !== undefined && isOwn(opaque) ? parseJsonObject(opaque.data) : undefined;
  return extra === undefined ? {} : { extra_content: extra };
}
