import { createHmac, hash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { Failure } from "../exchange.ts";

/** AWS's own example of a key, from its documentation: what is signed by it is checked. */
export const exampleKey = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
} as const;

export interface SignedRequest {
  readonly method: string;
  /** As it was sent: path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

interface Parts {
  readonly scope: string;
  readonly day: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

/**
 * What AWS says of a signature by the example's key; undefined where it is right, or by another key.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function badAwsSignature(request: SignedRequest): Failure | undefined {
  const authorization = request.headers.authorization ?? "";
  if (!authorization.startsWith(`AWS4-HMAC-SHA256 Credential=${exampleKey.accessKeyId}/`)) return undefined;
  const parts = partsOf(authorization);
  if (parts === undefined) return refused("IncompleteSignatureException", `Authorization header is incomplete.`);
  const { service, signedHeaders, day } = parts;
  const date = textOf(request, "x-amz-date");
  if (!service.startsWith("bedrock")) return invalid("Credential should be scoped to correct service: 'bedrock'.");
  const unsigned = mustBeSigned(request).find((name) => !signedHeaders.includes(name));
  if (unsigned !== undefined) return invalid(`'${unsigned}' must be a 'SignedHeader' in the AWS Authorization.`);
  if (!date.startsWith(day))
    return invalid(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${day}' != '${date.slice(0, 8)}', from '${date}'.`,
    );
  return isRight(signatureOf(request, parts), parts.signature) ? undefined : invalid(MISMATCH);
}

const MISMATCH =
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

const refused = (type: string, message: string): Failure => ({ status: 403, type, message });
const invalid = (message: string): Failure => refused("InvalidSignatureException", message);

function partsOf(authorization: string): Parts | undefined {
  const form =
    /^AWS4-HMAC-SHA256 Credential=[^/]+\/((\d{8})\/([^/]+)\/([^/]+)\/aws4_request), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;
  const [, scope = "", day = "", region = "", service = "", names = "", signature] = form.exec(authorization) ?? [];
  if (signature === undefined) return undefined;
  return { scope, day, region, service, signedHeaders: names.split(";"), signature };
}

/** The host, and whatever AWS itself reads of a request. */
function mustBeSigned({ headers }: SignedRequest): readonly string[] {
  return ["host", ...Object.keys(headers).filter((name) => name.startsWith("x-amz-"))];
}

function signatureOf(request: SignedRequest, { scope, day, region, service, signedHeaders }: Parts): string {
  const canonical = hash("sha256", canonicalRequest(request, signedHeaders), "hex");
  const toSign = ["AWS4-HMAC-SHA256", textOf(request, "x-amz-date"), scope, canonical].join("\n");
  const key = [day, region, service, "aws4_request"].reduce(
    (secret: string | Buffer, part) => createHmac("sha256", secret).update(part).digest(),
    `AWS4${exampleKey.secretAccessKey}`,
  );
  return createHmac("sha256", key).update(toSign).digest("hex");
}

function canonicalRequest(request: SignedRequest, signedHeaders: readonly string[]): string {
  const [path = "/", query = ""] = request.url.split("?", 2);
  const lines = signedHeaders.map((name) => `${name}:${textOf(request, name).trim().replace(/ +/g, " ")}\n`);
  return [
    request.method,
    // Every service but S3 encodes the path that was sent once more.
    path.split("/").map(encoded).join("/"),
    canonicalQuery(query),
    lines.join(""),
    signedHeaders.join(";"),
    hash("sha256", request.body, "hex"),
  ].join("\n");
}

function canonicalQuery(query: string): string {
  const pairs = [...new URLSearchParams(query)].map(([name, value]) => `${encoded(name)}=${encoded(value)}`);
  return pairs.toSorted().join("&");
}

/** RFC 3986, which `encodeURIComponent` is older than. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function textOf({ headers }: SignedRequest, name: string): string {
  const value = headers[name] ?? "";
  return Array.isArray(value) ? value.join(",") : value;
}

function isRight(calculated: string, given: string): boolean {
  return timingSafeEqual(Buffer.from(calculated), Buffer.from(given));
}
