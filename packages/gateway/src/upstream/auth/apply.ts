import { GatewayError } from "@signalbox/protocol";
import type { Credential, UpstreamPlace } from "../../providers/resolved.ts";

/** Puts the credential where the endpoint wants it: into the headers or into the URL. */
export function applyCredential(
  place: UpstreamPlace,
  credential: Credential | undefined,
  request: { readonly url: URL; readonly headers: Record<string, string> },
): void {
  const { auth } = place;
  if (credential === undefined && auth.kind !== "none")
    throw new GatewayError("upstream_auth", "No credential is configured for this provider.");
  const value = credential?.reveal() ?? "";
  switch (auth.kind) {
    case "bearer":
      request.headers["authorization"] = `Bearer ${value}`;
      return;
    case "header":
      request.headers[auth.name.toLowerCase()] = value;
      return;
    case "query":
      request.url.searchParams.set(auth.name, value);
      return;
    case "azure":
      // An Entra token is a JWT; a resource key is not. https://learn.microsoft.com/azure/ai-foundry/openai/reference
      if (value.startsWith("eyJ")) request.headers["authorization"] = `Bearer ${value}`;
      else request.headers["api-key"] = value;
      return;
    case "none":
      return;
    case "aws-sigv4":
    case "google-oauth":
      throw new GatewayError("upstream_auth", `Signing by ${auth.kind} is not available for this endpoint.`);
  }
}
