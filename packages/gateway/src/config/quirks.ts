import type { DialectId } from "@signalbox/protocol";
import { z } from "zod";

/** The dialects that an endpoint can be declared for today. */
export type EndpointDialect = Exclude<DialectId, "bedrock-converse">;

export const endpointDialects = [
  "openai-chat",
  "openai-responses",
  "anthropic-messages",
  "gemini",
] as const satisfies readonly EndpointDialect[];

/** The closed quirk record of each dialect; `{}` is the vendor's own behaviour. */
export interface QuirksByDialect {
  readonly "openai-chat": Readonly<Record<string, never>>;
  readonly "openai-responses": Readonly<Record<string, never>>;
  readonly "anthropic-messages": Readonly<Record<string, never>>;
  readonly gemini: Readonly<Record<string, never>>;
}

export const quirksSchema = {
  "openai-chat": z.strictObject({}),
  "openai-responses": z.strictObject({}),
  "anthropic-messages": z.strictObject({}),
  gemini: z.strictObject({}),
} satisfies { [D in EndpointDialect]: z.ZodType<QuirksByDialect[D]> };
