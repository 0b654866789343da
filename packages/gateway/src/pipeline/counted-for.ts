import type { LossRecorder, Usage } from "@signalbox/protocol";
import type { SurfaceDialect } from "../config/quirks.ts";
import { tokensIn } from "./metering.ts";

interface Written {
  /** What the model wrote. */
  readonly characters: number;
  readonly losses: LossRecorder;
}

/**
 * An answer, or the end of one, as a client can read it: Anthropic's must count their output. Where the upstream has not, an estimate
 * says more than 0, and is told to be one. https://platform.claude.com/docs/en/api/messages
 */
export function countedFor<A extends { readonly usage?: Usage }>(
  client: SurfaceDialect,
  answer: A,
  { characters, losses }: Written,
): A {
  if (client !== "anthropic-messages" || answer.usage?.outputTokens !== undefined) return answer;
  losses.adapt("usage", "The upstream has not counted what it wrote: output_tokens is an estimate.");
  return { ...answer, usage: { ...answer.usage, outputTokens: tokensIn(characters) } };
}
