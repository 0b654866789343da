import type { Exchange } from "../exchange.ts";
import type { SimulatorState } from "../state.ts";
import type { PromptUsage } from "./dialect.ts";
import { accountOf } from "./shared.ts";

/** What a vendor that caches by itself found of a prompt, said in its order; undefined: this one caches nothing. */
export function implicitUsage(
  exchange: Exchange,
  prompt: readonly unknown[],
  { caching }: SimulatorState,
): PromptUsage | undefined {
  const { baseModel: model } = exchange;
  if (caching?.implicit(model) !== true) return undefined;
  const blocks = prompt.filter((piece) => piece !== undefined).map((piece) => ({ text: JSON.stringify(piece) }));
  return caching.model.implicit({
    account: accountOf(exchange),
    model,
    blocks,
    minimumTokens: caching.minimumTokens(model),
  });
}
