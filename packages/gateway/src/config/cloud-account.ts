import { isObject, type JsonObject, parseJson } from "@signalbox/protocol";
import type { AuthScheme } from "./settings.ts";

export interface AwsKeysAccount {
  readonly kind: "aws-keys";
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Whatever AWS's own SDK finds on this machine. */
export interface AwsChainAccount {
  readonly kind: "aws-chain";
  readonly profile?: string;
}

export interface GoogleServiceAccount {
  readonly kind: "google-service-account";
  readonly clientEmail: string;
  readonly privateKey: string;
  readonly privateKeyId?: string;
  readonly tokenUri: string;
}

export interface GoogleUserAccount {
  readonly kind: "google-user";
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
  readonly tokenUri: string;
  readonly quotaProject?: string;
}

/** The identity of the machine that this runs on. */
export interface GoogleMetadataAccount {
  readonly kind: "google-metadata";
  readonly host: string;
}

export interface AzureAppAccount {
  readonly kind: "azure-app";
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Without a trailing slash. */
  readonly authority: string;
}

/** Requests are signed with it. */
export type AwsAccount = AwsKeysAccount | AwsChainAccount;

/** It is exchanged for a bearer token. */
export type TokenAccount = GoogleServiceAccount | GoogleUserAccount | GoogleMetadataAccount | AzureAppAccount;

/** An account that lets nobody in by its secret alone. */
export type CloudAccount = AwsAccount | TokenAccount;

export type Cloud = "aws" | "google" | "azure";

/** Whose accounts a scheme takes, beside keys. */
export const cloudOfScheme: { readonly [K in AuthScheme["kind"]]?: Cloud } = {
  "aws-sigv4": "aws",
  "google-oauth": "google",
  azure: "azure",
};

/** Which cloud's requests an account lets in. */
export function cloudOf(account: CloudAccount): Cloud {
  switch (account.kind) {
    case "aws-keys":
    case "aws-chain":
      return "aws";
    case "google-service-account":
    case "google-user":
    case "google-metadata":
      return "google";
    case "azure-app":
      return "azure";
  }
}

/** The identity of whatever this runs on: nobody's but the operator's. */
export function isOfMachine({ kind }: CloudAccount): boolean {
  return kind === "aws-chain" || kind === "google-metadata";
}

export type AccountResult =
  | { readonly ok: true; readonly account: CloudAccount }
  | { readonly ok: false; readonly message: string };

/** Accounts are kept as JSON text, so that a credential stays one secret. Any other text is a key or a ready-made token. */
export const isAccountText = (text: string): boolean => text.startsWith("{");

/** Reads what `isAccountText`. Messages never hold a value. */
export function readAccount(text: string): AccountResult {
  const fields = parsed(text);
  if (fields === undefined) return refusal("the account is not a JSON object");
  if (fields["type"] === "service_account") return serviceAccount(fields);
  if (fields["type"] === "authorized_user") return googleUser(fields);
  if (fields["type"] !== undefined)
    return refusal(
      "of Google's credential files only those of the types service_account and authorized_user are known",
    );
  if (fields["accessKeyId"] !== undefined || fields["secretAccessKey"] !== undefined) return awsKeys(fields);
  if (fields["tenantId"] !== undefined || fields["clientSecret"] !== undefined) return azureApp(fields);
  if (fields["chain"] === "aws") return good({ kind: "aws-chain", ...optional(fields, "profile") });
  if (fields["metadata"] === "google")
    return good({ kind: "google-metadata", host: textOf(fields["host"]) ?? "http://metadata.google.internal" });
  return refusal("the account is of no known form");
}

function parsed(text: string): JsonObject | undefined {
  try {
    const value = parseJson(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const good = (account: CloudAccount): AccountResult => ({ ok: true, account });
const refusal = (message: string): AccountResult => ({ ok: false, message });
const missing = (...names: readonly string[]) => refusal(`the account lacks ${names.join(", ")}`);

const textOf = (value: unknown): string | undefined =>
  typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;

function optional<N extends string>(fields: JsonObject, name: N): { readonly [K in N]?: string } {
  const value = textOf(fields[name]);
  const found: { [K in N]?: string } = {};
  if (value !== undefined) found[name] = value;
  return found;
}

function awsKeys(fields: JsonObject): AccountResult {
  const accessKeyId = textOf(fields["accessKeyId"]);
  const secretAccessKey = textOf(fields["secretAccessKey"]);
  if (accessKeyId === undefined || secretAccessKey === undefined) return missing("accessKeyId", "secretAccessKey");
  return good({ kind: "aws-keys", accessKeyId, secretAccessKey, ...optional(fields, "sessionToken") });
}

const GOOGLE_TOKEN_URI = "https://oauth2.googleapis.com/token";

function serviceAccount(fields: JsonObject): AccountResult {
  const clientEmail = textOf(fields["client_email"]);
  const privateKey = textOf(fields["private_key"]);
  if (clientEmail === undefined || privateKey === undefined) return missing("client_email", "private_key");
  const privateKeyId = textOf(fields["private_key_id"]);
  return withUrl(textOf(fields["token_uri"]) ?? GOOGLE_TOKEN_URI, "token_uri", (tokenUri) => ({
    kind: "google-service-account",
    clientEmail,
    privateKey,
    tokenUri,
    ...(privateKeyId === undefined ? {} : { privateKeyId }),
  }));
}

function googleUser(fields: JsonObject): AccountResult {
  const clientId = textOf(fields["client_id"]);
  const clientSecret = textOf(fields["client_secret"]);
  const refreshToken = textOf(fields["refresh_token"]);
  if (clientId === undefined || clientSecret === undefined || refreshToken === undefined)
    return missing("client_id", "client_secret", "refresh_token");
  const quotaProject = textOf(fields["quota_project_id"]);
  return withUrl(textOf(fields["token_uri"]) ?? GOOGLE_TOKEN_URI, "token_uri", (tokenUri) => ({
    kind: "google-user",
    clientId,
    clientSecret,
    refreshToken,
    tokenUri,
    ...(quotaProject === undefined ? {} : { quotaProject }),
  }));
}

function azureApp(fields: JsonObject): AccountResult {
  const tenantId = textOf(fields["tenantId"]);
  const clientId = textOf(fields["clientId"]);
  const clientSecret = textOf(fields["clientSecret"]);
  if (tenantId === undefined || clientId === undefined || clientSecret === undefined)
    return missing("tenantId", "clientId", "clientSecret");
  const authority = textOf(fields["authority"]) ?? "https://login.microsoftonline.com";
  return withUrl(authority.replace(/\/+$/, ""), "authority", (checked) => ({
    kind: "azure-app",
    tenantId,
    clientId,
    clientSecret,
    authority: checked,
  }));
}

function withUrl(url: string, name: string, make: (url: string) => CloudAccount): AccountResult {
  const protocol = URL.canParse(url) ? new URL(url).protocol : "";
  if (protocol !== "https:" && protocol !== "http:") return refusal(`the account's ${name} is not an http(s) URL`);
  return good(make(url));
}
