import { hash } from "node:crypto";
import { type Fields, fieldsOf, numberOf, parseJson, textOf } from "../json.ts";

export type TokenServer = "google" | "google-metadata" | "entra";

export interface TokenTarget {
  readonly method: string;
  readonly path: string;
}

/** Whose token server a path is: Google's `/token`, Entra's `/{tenant}/oauth2/v2.0/token`, a machine's metadata server at Google. */
export function tokenServerAt({ method, path }: TokenTarget): TokenServer | undefined {
  if (method === "GET") {
    const isMetadata = path.endsWith("/computeMetadata/v1/instance/service-accounts/default/token");
    return isMetadata ? "google-metadata" : undefined;
  }
  if (method !== "POST") return undefined;
  if (/\/[^/]+\/oauth2\/v2\.0\/token$/.test(path)) return "entra";
  return path === "/token" ? "google" : undefined;
}

export interface TokenQuestion {
  readonly server: TokenServer;
  readonly path: string;
  readonly form: URLSearchParams;
  readonly metadataFlavor: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface TokenAnswer {
  readonly status: number;
  readonly value: Fields;
}

const SECONDS = 3599;

/** An access token for an account whose request is well-formed. What of it begins with `bad-` is unknown there. */
export function tokenAnswer(question: TokenQuestion): TokenAnswer {
  switch (question.server) {
    case "google":
      return googleAnswer(question);
    case "google-metadata":
      return question.metadataFlavor === "Google"
        ? googleToken("metadata", question.now)
        : { status: 403, value: { error: "Missing Metadata-Flavor:Google header." } };
    case "entra":
      return entraAnswer(question);
  }
}

const oauthError = (status: number, error: string, words: string): TokenAnswer => ({
  status,
  value: { error, error_description: words },
});

function googleToken(subject: string, now: number): TokenAnswer {
  const token = `ya29.${hash("sha256", `${subject} ${now}`, "base64url")}`;
  return { status: 200, value: { access_token: token, expires_in: SECONDS, token_type: "Bearer" } };
}

/** https://developers.google.com/identity/protocols/oauth2/service-account#httprest */
function googleAnswer(question: TokenQuestion): TokenAnswer {
  const { form, now } = question;
  switch (form.get("grant_type")) {
    case "urn:ietf:params:oauth:grant-type:jwt-bearer":
      return assertionAnswer(form.get("assertion") ?? "", question);
    case "refresh_token":
      return refreshAnswer(form, now);
    default:
      return oauthError(400, "unsupported_grant_type", `Invalid grant_type: ${form.get("grant_type") ?? ""}`);
  }
}

function refreshAnswer(form: URLSearchParams, now: number): TokenAnswer {
  const client = form.get("client_id") ?? "";
  const refresh = form.get("refresh_token") ?? "";
  if (client === "" || form.get("client_secret") === null)
    return oauthError(400, "invalid_request", "Could not determine client ID from request.");
  if (client.startsWith("bad-")) return oauthError(401, "invalid_client", "The OAuth client was not found.");
  if (refresh === "") return oauthError(400, "invalid_request", "Missing required parameter: refresh_token");
  if (refresh.startsWith("bad-")) return oauthError(400, "invalid_grant", "Token has been expired or revoked.");
  return googleToken(refresh, now);
}

/** The key is not known here: of the signature only its length is looked at. */
function assertionAnswer(assertion: string, { path, now }: TokenQuestion): TokenAnswer {
  const [head = "", claims = "", signature = ""] = assertion.split(".");
  const { alg } = decoded(head);
  const { iss, scope, aud, iat, exp } = decoded(claims);
  const issuer = textOf(iss) ?? "";
  if (alg !== "RS256" || issuer === "")
    return oauthError(400, "invalid_grant", "Invalid JWT: Failed audience check or unknown issuer.");
  if (issuer.startsWith("bad-")) return oauthError(400, "invalid_grant", "Invalid grant: account not found");
  if (!(textOf(aud) ?? "").endsWith(path))
    return oauthError(400, "invalid_grant", "Invalid JWT: Failed audience check.");
  if (!isShortLived(numberOf(iat), numberOf(exp), now / 1000)) return oauthError(400, "invalid_grant", LIFETIME);
  if (textOf(scope) === undefined) return oauthError(400, "invalid_scope", "Empty or missing scope not allowed.");
  if (Buffer.from(signature, "base64url").length < 256)
    return oauthError(400, "invalid_grant", "Invalid JWT Signature.");
  return googleToken(issuer, now);
}

const LIFETIME =
  "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.";
const LEEWAY = 300;

function isShortLived(issued: number | undefined, expires: number | undefined, now: number): boolean {
  if (issued === undefined || expires === undefined || expires - issued > 3600) return false;
  return issued <= now + LEEWAY && expires > now;
}

const decoded = (part: string): Fields => fieldsOf(parseJson(Buffer.from(part, "base64url").toString("utf8")));

/** https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
function entraAnswer({ form, path, now }: TokenQuestion): TokenAnswer {
  const tenant = path.split("/").at(-4) ?? "";
  const client = form.get("client_id") ?? "";
  const missing = ["grant_type", "client_id", "client_secret", "scope"].find((name) => (form.get(name) ?? "") === "");
  if (tenant.startsWith("bad-")) return entraError(400, "invalid_request", 90002, `Tenant '${tenant}' not found.`);
  if (missing !== undefined)
    return entraError(
      400,
      "invalid_request",
      900144,
      `The request body must contain the following parameter: '${missing}'.`,
    );
  if (form.get("grant_type") !== "client_credentials")
    return entraError(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.");
  if (client.startsWith("bad-"))
    return entraError(
      400,
      "unauthorized_client",
      700016,
      `Application with identifier '${client}' was not found in the directory.`,
    );
  if (form.get("client_secret")?.startsWith("bad-") === true)
    return entraError(
      401,
      "invalid_client",
      7000215,
      `Invalid client secret provided for a secret added to app '${client}'.`,
    );
  if (form.get("scope")?.endsWith("/.default") !== true)
    return entraError(
      400,
      "invalid_scope",
      1002012,
      "The provided value for scope is not valid: it must end with /.default.",
    );
  const claims = { appid: client, tid: tenant, exp: Math.floor(now / 1000) + SECONDS };
  const token = [{ typ: "JWT", alg: "RS256" }, claims].map((part) => base64url(JSON.stringify(part)));
  const signature = hash("sha256", token.join("."), "base64url");
  return {
    status: 200,
    value: {
      token_type: "Bearer",
      expires_in: SECONDS,
      ext_expires_in: SECONDS,
      access_token: [...token, signature].join("."),
    },
  };
}

const base64url = (text: string): string => Buffer.from(text).toString("base64url");

function entraError(status: number, error: string, ...[code, words]: readonly [number, string]): TokenAnswer {
  return { status, value: { error, error_description: `AADSTS${code}: ${words}`, error_codes: [code] } };
}
