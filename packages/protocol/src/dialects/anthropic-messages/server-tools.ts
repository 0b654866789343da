import type { JsonObject } from "../../ir/json.ts";
import type { SearchPart, UnknownPart } from "../../ir/parts.ts";
import type { HostedTool } from "../../ir/request.ts";
import { stringOf } from "../../json/read.ts";
import { sameHouse } from "../shared/replay.ts";
import type { EncodeContext } from "./encode-context.ts";
import { SEARCH_TOOL, takesSearch, writeSearchTool } from "./web-search.ts";
import { DIALECT } from "./wire.ts";

/** Tools that the vendor runs or defines. A search in the words of others must not have a name that is `taken`. https://platform.claude.com/docs/en/agents-and-tools/tool-use/server-tools */
export function encodeHostedTool(
  tool: HostedTool,
  context: EncodeContext,
  taken: ReadonlySet<string>,
): JsonObject | undefined {
  const name = stringOf(tool.definition["type"]) ?? (tool.webSearch === undefined ? "unknown" : "web_search");
  if (tool.webSearch !== undefined && !isOwn(tool) && takesSearch(context) && !taken.has(SEARCH_TOOL)) {
    return context.breakpoints.mark(writeSearchTool(tool.webSearch, context.losses), tool.cache);
  }
  if (!isOwn(tool) || context.quirks.serverTools === "drop") {
    context.losses.drop("hosted-tool", `The tool '${name}' of ${tool.dialect} cannot run at this endpoint.`);
    return undefined;
  }
  const { definition, cache } = tool;
  return "cache_control" in definition
    ? context.breakpoints.admit(definition)
    : context.breakpoints.mark(definition, cache);
}

const isOwn = ({ dialect, definition }: HostedTool): boolean => dialect === DIALECT && definition["type"] !== undefined;

/** A search that this house ran, as it came. */
export function encodeSearch({ raw }: SearchPart, context: EncodeContext): JsonObject[] {
  return raw === undefined ? [] : [context.breakpoints.admit(raw.value)];
}

/** A block that the IR has no word for, when it is this house's own. */
export function encodeUnknown(part: UnknownPart, context: EncodeContext): JsonObject | undefined {
  if (sameHouse(part.origin, context.replay) && context.quirks.serverTools !== "drop") {
    return context.breakpoints.admit(part.value);
  }
  const name = stringOf(part.value["type"]) ?? "unknown";
  context.losses.drop("unknown-part", `A '${name}' block of ${part.origin.dialect} cannot be said at this endpoint.`);
  return undefined;
}
