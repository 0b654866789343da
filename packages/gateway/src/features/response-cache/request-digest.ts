import { hash } from "node:crypto";
import { arrayOf, type ByteSpan, isSame, jsonBytes, memberIn, type ObjectScan, parseJson } from "@signalbox/protocol";
import type { SurfaceDialect } from "../../config/quirks.ts";
import { normalisedBody } from "./normalised-body.ts";
import { unkeptOfGemini, wireFields } from "./wire-fields.ts";

/** A scanned request whose body stays bytes. */
export interface ScannedRequest {
  readonly bytes: Buffer;
  readonly scan: ObjectScan;
  readonly dialect: SurfaceDialect;
}

/**
 * SHA-256 over all that the request says of its answer, byte for byte as it was written: the order of its outermost fields alone does
 * not count. Nothing is decoded, so that no field can be forgotten. `scope` is what else the answer depends on.
 */
export function exactDigest(request: ScannedRequest, scope: string): string {
  const { bytes } = request;
  const told = toldFields(request);
  // With its length each value can be read in one way only.
  let head = `exact\n${scope}\n`;
  for (const [name, { start, end }] of told) head += `${JSON.stringify(name)}:${end - start}\n`;
  const values = told.map(([, { start, end }]) => bytes.subarray(start, end));
  return hash("sha256", Buffer.concat([Buffer.from(head), ...values]), "base64url");
}

/** The same for requests that differ in writing only: see `normalisedBody`. */
export function normalisedDigest(request: ScannedRequest, scope: string): string {
  const { bytes, dialect } = request;
  const body = Object.fromEntries(
    toldFields(request).map(([name, { start, end }]) => [name, parseJson(bytes.toString("utf8", start, end))]),
  );
  return hash("sha256", `normalised\n${scope}\n${JSON.stringify(normalisedBody(body, dialect))}`, "base64url");
}

function toldFields({ scan, dialect }: ScannedRequest): readonly (readonly [string, ByteSpan])[] {
  const { beside } = wireFields[dialect];
  return [...scan.members].filter(([name]) => !beside.has(name)).sort(([one], [other]) => (one < other ? -1 : 1));
}

/**
 * The request asks for several answers, for what stands on the pieces of one, or goes on from what is kept elsewhere: no other answer
 * serves it.
 */
export function asksForOneOfItsKind(request: ScannedRequest): boolean {
  const { scan, dialect } = request;
  const { unkept } = wireFields[dialect];
  for (const [name, span] of scan.members) if (unkept.has(name) && says(request, span)) return true;
  switch (dialect) {
    case "openai-chat":
      return asksSeveral(request, scan.members.get("n")) || isTrue(request, scan.members.get("store"));
    case "openai-responses":
      return isTrue(request, scan.members.get("background")) || includesLogprobs(request, scan.members.get("include"));
    case "anthropic-messages":
      return false;
    case "gemini":
      return asksSeveralOfGemini(request);
  }
}

function asksSeveralOfGemini(request: ScannedRequest): boolean {
  const { scan, bytes } = request;
  const settings = scan.members.get("generationConfig") ?? scan.members.get("generation_config");
  if (settings === undefined) return false;
  return unkeptOfGemini.some((name) => {
    const spellings = [name, name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)];
    return spellings.some((spelling) => asksSeveral(request, memberIn(bytes, settings.start, jsonBytes(spelling))));
  });
}

/** https://platform.openai.com/docs/api-reference/responses/create#responses-create-include */
function includesLogprobs({ bytes }: ScannedRequest, span: ByteSpan | undefined): boolean {
  if (span === undefined) return false;
  const included = parseJson(bytes.toString("utf8", span.start, span.end));
  return arrayOf(included).some((name) => typeof name === "string" && name.endsWith(".logprobs"));
}

const nothing = ["null", "false", "0", "[]", "{}"].map((text) => Buffer.from(text));
const one = Buffer.from("1");
const yes = Buffer.from("true");

const says = ({ bytes }: ScannedRequest, span: ByteSpan): boolean => !nothing.some((text) => isSame(bytes, span, text));

const asksSeveral = (request: ScannedRequest, span: ByteSpan | undefined): boolean =>
  span !== undefined && says(request, span) && !isSame(request.bytes, span, one);

const isTrue = ({ bytes }: ScannedRequest, span: ByteSpan | undefined): boolean =>
  span !== undefined && isSame(bytes, span, yes);
