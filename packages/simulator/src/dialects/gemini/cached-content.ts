import type { Exchange, Failure } from "../../exchange.ts";
import { type Fields, isAbsent, listOf, textOf } from "../../json.ts";
import type { KeptContent, SimulatorState } from "../../state.ts";
import { accountOf } from "../shared.ts";
import { invalid } from "./errors.ts";
import { member } from "./read.ts";

type Asked = Pick<Exchange, "body" | "headers" | "query" | "baseModel">;

/** The living explicit cache that a request names. It is its account's and its model's. https://ai.google.dev/api/caching */
export function cachedContentOf(exchange: Asked, { cachedContents, caching }: SimulatorState): KeptContent | undefined {
  const name = textOf(member(exchange.body, "cachedContent"));
  const kept = name === undefined ? undefined : cachedContents.get(name);
  if (kept === undefined || kept.account !== accountOf(exchange) || kept.model !== exchange.baseModel) return undefined;
  return kept.until <= (caching?.now ?? Date.now)() ? undefined : kept;
}

export function validateCachedContent(exchange: Asked, state: SimulatorState): Failure | undefined {
  const { body } = exchange;
  if (isAbsent(member(body, "cachedContent"))) return undefined;
  const beside = ["systemInstruction", "tools", "toolConfig"].filter((field) => !isAbsent(member(body, field)));
  if (beside.length > 0) {
    return invalid(
      "CachedContent can not be used with GenerateContent request setting system_instruction, tools or tool_config.\n\nProposed fix: move those values to CachedContent from GenerateContent request.",
    );
  }
  if (cachedContentOf(exchange, state) !== undefined) return undefined;
  return { status: 403, message: "CachedContent not found (or permission denied)", type: "PERMISSION_DENIED" };
}

/** The request as the model sees it. */
export function withCachedContent<T extends Asked>(exchange: T, state: SimulatorState): T {
  const kept = cachedContentOf(exchange, state);
  if (kept === undefined) return exchange;
  const { cachedContent: _, cached_content: _written, ...rest } = exchange.body;
  const contents = [...listOf(kept.content["contents"]), ...listOf(rest["contents"])];
  const body: Fields = { ...kept.content, ...rest, contents };
  return { ...exchange, body };
}
