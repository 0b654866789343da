import {
  anthropicMessages,
  bedrockConverse,
  type Dialect,
  type EgressDialect,
  type EncodedRequest,
  type EncodeTarget,
  gemini,
  openaiChat,
  openaiResponses,
} from "@signalbox/protocol";

export const SPOKEN = ["openai-chat", "openai-responses", "anthropic-messages", "gemini"] as const;

/** The dialects that are spoken to clients and to upstreams. */
export type Spoken = (typeof SPOKEN)[number];

/** A dialect whose quirks are settled, so that four of different types can stand in one table. */
export interface Codec extends Omit<Dialect<never>, "encodeRequest"> {
  readonly encodeRequest: (
    request: Parameters<Dialect<never>["encodeRequest"]>[0],
    target: Omit<EncodeTarget<never>, "quirks">,
  ) => EncodedRequest;
}

export function codecOf<Quirks>(dialect: Dialect<Quirks>, quirks: Quirks): Codec {
  return { ...dialect, encodeRequest: (request, target) => dialect.encodeRequest(request, { ...target, quirks }) };
}

/** Each vendor's own endpoint: no quirks. */
export const CODECS: Readonly<Record<Spoken, Codec>> = {
  "openai-chat": codecOf(openaiChat, {}),
  "openai-responses": codecOf(openaiResponses, {}),
  "anthropic-messages": codecOf(anthropicMessages, {}),
  gemini: codecOf(gemini, {}),
};

/** The dialects of upstreams: those, and the one that no client speaks. */
export type Upstream = Spoken | "bedrock-converse";

export const UPSTREAMS: readonly Upstream[] = [...SPOKEN, "bedrock-converse"];

/** How each of them is asked and read. */
export const READERS: Readonly<
  Record<Upstream, Omit<EgressDialect<never>, "encodeRequest"> & Pick<Codec, "encodeRequest">>
> = {
  ...CODECS,
  "bedrock-converse": {
    ...bedrockConverse,
    encodeRequest: (request, target) => bedrockConverse.encodeRequest(request, { ...target, quirks: {} }),
  },
};

export function isSpoken(dialect: string): dialect is Spoken {
  return SPOKEN.some((spoken) => spoken === dialect);
}
