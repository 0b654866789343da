import { GatewayError } from "@signalbox/protocol";
import { importPKCS8, SignJWT } from "jose";
import type { GoogleServiceAccount, TokenAccount } from "../../config/cloud-account.ts";
import type { Lease } from "./token-cache.ts";
import { requestToken, type TokenTrip } from "./token-request.ts";

const GOOGLE_SCOPE = "https://www.googleapis.com/auth/cloud-platform";
const AZURE_SCOPE = "https://cognitiveservices.azure.com/.default";
const ASSERTION_SECONDS = 3_600;

export function mintToken(account: TokenAccount, trip: TokenTrip): Promise<Lease<string>> {
  switch (account.kind) {
    case "google-service-account":
      return byAssertion(account, trip);
    case "google-user":
      return requestToken(
        {
          url: account.tokenUri,
          form: {
            grant_type: "refresh_token",
            client_id: account.clientId,
            client_secret: account.clientSecret,
            refresh_token: account.refreshToken,
          },
        },
        trip,
      );
    case "google-metadata":
      // https://cloud.google.com/compute/docs/access/authenticate-workloads
      return requestToken(
        {
          url: `${account.host}/computeMetadata/v1/instance/service-accounts/default/token`,
          method: "GET",
          headers: { "metadata-flavor": "Google" },
        },
        trip,
      );
    case "azure-app":
      // https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
      return requestToken(
        {
          url: `${account.authority}/${encodeURIComponent(account.tenantId)}/oauth2/v2.0/token`,
          form: {
            grant_type: "client_credentials",
            client_id: account.clientId,
            client_secret: account.clientSecret,
            scope: AZURE_SCOPE,
          },
        },
        trip,
      );
  }
}

/** https://developers.google.com/identity/protocols/oauth2/service-account#httprest */
async function byAssertion(account: GoogleServiceAccount, trip: TokenTrip): Promise<Lease<string>> {
  const { clientEmail, privateKey, privateKeyId, tokenUri } = account;
  const issuedAt = Math.floor(trip.now() / 1000);
  const key = await importPKCS8(privateKey, "RS256").catch((error: unknown) => {
    throw new GatewayError("upstream_auth", "The private key of the service account cannot be read.", { cause: error });
  });
  const assertion = await new SignJWT({ scope: GOOGLE_SCOPE })
    .setProtectedHeader({ alg: "RS256", typ: "JWT", ...(privateKeyId === undefined ? {} : { kid: privateKeyId }) })
    .setIssuer(clientEmail)
    .setAudience(tokenUri)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + ASSERTION_SECONDS)
    .sign(key);
  return requestToken(
    { url: tokenUri, form: { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion } },
    trip,
  );
}
