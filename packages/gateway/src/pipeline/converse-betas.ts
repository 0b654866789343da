import { betasAt, type CanonicalRequest } from "@signalbox/protocol";
import type { ResolvedEndpoint } from "../providers/resolved.ts";
import type { Exchange } from "./exchange.ts";

/**
 * The request with the betas of Anthropic's client, which stand in its header, where Converse has a place for them: among Claude's
 * own fields. Those that Bedrock does not know are left out there, as they are where Claude is asked without Converse.
 */
export function withConverseBetas(
  asked: CanonicalRequest,
  { surface, request }: Pick<Exchange, "surface" | "request">,
  endpoint: ResolvedEndpoint,
): CanonicalRequest {
  const listed = request.headers["anthropic-beta"];
  const isMeant = surface.dialect === "anthropic-messages" && endpoint.dialect === "bedrock-converse";
  if (!isMeant || typeof listed !== "string") return asked;
  const own = asked.extensions?.["anthropic-messages"] ?? {};
  const names = listed.split(",").map((beta) => beta.trim());
  const { betas } = betasAt("bedrock", names, (name) => JSON.stringify(own).includes(`"${name}"`));
  if (betas.length === 0) return asked;
  return {
    ...asked,
    extensions: { ...asked.extensions, "anthropic-messages": { ...own, anthropic_beta: betas } },
  };
}
