import {
  anthropicMessages,
  bedrockConverse,
  type EgressDialect,
  gemini,
  type IngressDialect,
  openaiChat,
  openaiResponses,
} from "@signalbox/protocol";
import type { EndpointDialect, QuirksByDialect, SurfaceDialect } from "../config/quirks.ts";

const INGRESS: { readonly [D in SurfaceDialect]: IngressDialect } = {
  "openai-chat": openaiChat,
  "openai-responses": openaiResponses,
  "anthropic-messages": anthropicMessages,
  gemini,
};

type Egress = { readonly [D in EndpointDialect]: EgressDialect<QuirksByDialect[D]> };

const EGRESS: Egress = {
  "openai-chat": openaiChat,
  "openai-responses": openaiResponses,
  "anthropic-messages": anthropicMessages,
  gemini,
  "bedrock-converse": bedrockConverse,
};

/** How clients of a surface are read and answered. */
export function ingressOf(id: SurfaceDialect): IngressDialect {
  return INGRESS[id];
}

/** How an endpoint is asked and understood. */
export function egressOf<D extends EndpointDialect>(id: D): Egress[D] {
  return EGRESS[id];
}
