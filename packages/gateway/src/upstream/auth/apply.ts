import { GatewayError } from "@signalbox/protocol";
import { isAccountText } from "../../config/cloud-account.ts";
import type { Credential, UpstreamPlace } from "../../providers/resolved.ts";

/** Puts a secret that lets in by itself where the place wants it: into the headers or into the URL. */
export function applyCredential(
  { auth }: UpstreamPlace,
  credential: Credential | undefined,
  request: { readonly url: URL; readonly headers: Record<string, string> },
): void {
  const { headers, url } = request;
  switch (auth.kind) {
    case "none":
      return;
    case "bearer":
    case "aws-sigv4":
      // A Bedrock API key: what signs is an account. https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html
      headers["authorization"] = `Bearer ${keyOf(credential)}`;
      return;
    case "header":
      headers[auth.name.toLowerCase()] = keyOf(credential);
      return;
    case "query":
      url.searchParams.set(auth.name, keyOf(credential));
      return;
    case "azure":
      // An Entra token is a JWT; a resource key is not. https://learn.microsoft.com/azure/ai-foundry/openai/reference
      applyEither(headers, { key: keyOf(credential), token: "eyJ", header: "api-key" });
      return;
    case "google-oauth":
      // Google's access tokens begin so. https://docs.cloud.google.com/docs/authentication/token-types
      applyEither(headers, { key: keyOf(credential), token: "ya29.", header: "x-goog-api-key" });
      return;
  }
}

function applyEither(
  headers: Record<string, string>,
  { key, token, header }: { readonly key: string; readonly token: string; readonly header: string },
): void {
  if (key.startsWith(token)) headers["authorization"] = `Bearer ${key}`;
  else headers[header] = key;
}

function keyOf(credential: Credential | undefined): string {
  if (credential === undefined)
    throw new GatewayError("upstream_auth", "No credential is configured for this provider.");
  const key = credential.reveal();
  // An account holds keys that never travel.
  if (isAccountText(key)) throw new GatewayError("upstream_auth", "This provider takes a key, and not an account.");
  return key;
}
