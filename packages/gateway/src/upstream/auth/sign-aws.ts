import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { invalidRequest } from "@signalbox/protocol";
import { SignatureV4 } from "@smithy/signature-v4";

export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface AwsScope {
  readonly service: string;
  readonly region: string;
}

export interface SignableRequest {
  readonly method: string;
  readonly url: URL;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
}

type Secret = string | ArrayBuffer | ArrayBufferView;

/** SHA-256, or HMAC-SHA-256 with a secret, as the library wants to be handed it. */
class Sha256 {
  readonly #hash: Hash | Hmac;
  constructor(secret?: Secret) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", bytesOf(secret));
  }
  update(chunk: Secret): void {
    this.#hash.update(bytesOf(chunk));
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

function bytesOf(data: Secret): Uint8Array {
  if (typeof data === "string") return Buffer.from(data, "utf8");
  return ArrayBuffer.isView(data)
    ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    : Buffer.from(new Uint8Array(data));
}

/**
 * The headers that sign this request (Signature Version 4): to be sent with it, and nothing of it changed. Only the host, the
 * content type and AWS's own headers are signed: proxies and Bedrock's Mantle change or drop others before the signature is
 * checked. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 */
export async function signAws(
  request: SignableRequest,
  keys: AwsKeys,
  { service, region, date }: AwsScope & { readonly date: Date },
): Promise<Readonly<Record<string, string>>> {
  const { method, url, body } = request;
  const signer = new SignatureV4({ service, region, credentials: { ...keys }, sha256: Sha256, applyChecksum: false });
  const signed = await signer.sign(
    {
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: queryOf(url),
      headers: { ...signable(request.headers), host: url.host },
      body,
    },
    { signingDate: date },
  );
  const { host: _host, "content-type": _type, ...added } = signed.headers;
  return added;
}

function signable(headers: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => name === "content-type" || name.startsWith("x-amz"));
  return Object.fromEntries(kept);
}

function queryOf({ searchParams }: URL): Record<string, string[]> {
  const query = new Map<string, string[]>();
  for (const [name, value] of searchParams) query.set(name, [...(query.get(name) ?? []), value]);
  // The library would sign it as absent, and the refusal would look like that of a wrong key.
  if (query.has("__proto__")) throw invalidRequest("A query cannot name '__proto__'.");
  return Object.fromEntries(query);
}

/** What a host name of AWS says of itself: `bedrock-runtime.REGION.amazonaws.com`, `bedrock-mantle.REGION.api.aws`, `vpce-….…`. */
export function scopeOf(hostname: string): Partial<AwsScope> {
  const region = /(?:^|\.)([a-z]{2,4}(?:-[a-z]+)+-\d)\.(?:vpce\.)?(?:amazonaws\.com|api\.aws)/.exec(hostname)?.[1];
  // A service of its own, with its own permissions; all other hosts of Bedrock sign as `bedrock`.
  const service = hostname.includes("bedrock-mantle.") ? "bedrock-mantle" : "bedrock";
  return { service, ...(region === undefined ? {} : { region }) };
}
