import type { JsonObject } from "../../ir/json.ts";
import type { LossRecorder } from "../../ir/loss.ts";
import type { CanonicalRequest, Tool } from "../../ir/request.ts";
import type { WebSearchTool } from "../../ir/web-search.ts";
import { compact, objectOf } from "../../json/read.ts";
import type { ModelFacts } from "../dialect.ts";
import { reportSearch, unsaidFields, wordsIn } from "../shared/search-words.ts";
import type { GeminiQuirks } from "./quirks.ts";
import { fieldsOf } from "./wire.ts";

const FIELDS = new Set(["excludeDomains"]);

/**
 * `googleSearch`, and what Gemini 1.5 had before it. https://ai.google.dev/gemini-api/docs/google-search
 * `excludeDomains` is Vertex AI's alone.
 */
export function readSearchTool(definition: JsonObject): WebSearchTool | undefined {
  const search = objectOf(definition["googleSearch"] ?? definition["googleSearchRetrieval"]);
  if (search === undefined) return undefined;
  const fields = fieldsOf(search);
  return compact({ blockedDomains: wordsIn(fields["excludeDomains"]), unsaid: unsaidFields(fields, FIELDS) });
}

export function writeSearchTool(tool: WebSearchTool, quirks: GeminiQuirks, losses: LossRecorder): JsonObject {
  const { blockedDomains } = tool;
  const excludes = quirks.searchExclusions === true;
  reportSearch(tool, excludes ? ["blockedDomains"] : [], losses);
  return { googleSearch: compact({ excludeDomains: excludes ? blockedDomains : undefined }) };
}

/**
 * Whether a search can be asked for here. In another dialect's words it cannot stand beside functions: Gemini before 3 refuses the two
 * together, and later ones want its steps replayed. Clients of this dialect know what they ask for.
 */
export function takesSearch(
  { tools }: Pick<CanonicalRequest, "tools">,
  { facts }: { readonly facts?: ModelFacts | undefined },
): boolean {
  if (facts?.webSearch === false) return false;
  return tools.some(isOwnSearch) || tools.every(({ type }) => type === "hosted");
}

const isOwnSearch = (tool: Tool): boolean =>
  tool.type === "hosted" && tool.dialect === "gemini" && readSearchTool(tool.definition) !== undefined;
