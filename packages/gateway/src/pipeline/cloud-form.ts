import { isUtf8 } from "node:buffer";
import {
  invalidRequest,
  isObject,
  type JsonValue,
  parseJsonObject,
  scanObject,
  spliceTopLevel,
  stringAt,
  valueAt,
} from "@signalbox/protocol";
import { listedModel } from "../catalogue/list-models.ts";
import { listedOwners } from "../catalogue/owners.ts";
import type { Snapshot } from "../catalogue/snapshot.ts";
import type { Exchange } from "./exchange.ts";

/**
 * A request in a cloud's form, as Anthropic's own API would have got it: model and stream in the body, version and betas in
 * headers. Every other byte stays. Throws `invalid_request`.
 */
export function inOwnForm(exchange: Exchange, sent: Buffer): Buffer {
  const { surface, snapshot, request } = exchange;
  const { cloud } = surface;
  if (cloud === undefined) return sent;
  const counts = cloud.host === "bedrock" && surface.operation === "count-tokens";
  const limits = { maxDepth: snapshot.limits.jsonDepth };
  // Both are scanned: a body in another one is as deep as its sender likes, and so is that one.
  if (counts) scanObject(sent, limits);
  const bytes = counts ? countedBody(sent) : sent;
  const scan = scanObject(bytes, limits);
  const member = (name: string): JsonValue | undefined => {
    const span = scan.members.get(name);
    return span === undefined ? undefined : valueAt(bytes, span);
  };
  const betas = betasIn(member("anthropic_beta"));
  if (betas.length > 0) {
    const listed = request.headers["anthropic-beta"];
    request.headers["anthropic-beta"] = [...(typeof listed === "string" ? [listed] : []), ...betas].join(",");
  }
  const version = member("anthropic_version");
  // Newer SDKs write Anthropic's own version there, and older ones the cloud's.
  if (typeof version === "string" && /^\d{4}-\d\d-\d\d$/.test(version)) request.headers["anthropic-version"] = version;
  const named = scan.members.get("model");
  const asked = cloud.model ?? (named === undefined ? undefined : stringAt(bytes, named));
  return Buffer.from(
    spliceTopLevel(bytes, scan, {
      anthropic_version: undefined,
      anthropic_beta: undefined,
      ...(asked === undefined ? {} : { model: JSON.stringify(nameHere(snapshot, asked)) }),
      stream: cloud.stream ? "true" : undefined,
    }),
  );
}

function betasIn(value: JsonValue | undefined): readonly string[] {
  if (value === undefined || value === null) return [];
  const list = Array.isArray(value) ? value : [value];
  const names = list.filter((name): name is string => typeof name === "string" && /^[\w.-]+$/.test(name));
  if (names.length === list.length) return names;
  throw invalidRequest("'anthropic_beta' must be a list of names.", "anthropic_beta");
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CountTokens.html */
function countedBody(sent: Buffer): Buffer {
  const input = parseJsonObject(sent.toString("utf8"))?.["input"];
  const invocation = isObject(input) ? input["invokeModel"] : undefined;
  const body = isObject(invocation) ? invocation["body"] : undefined;
  const bytes = typeof body === "string" ? Buffer.from(body, "base64") : undefined;
  if (bytes !== undefined && !isUtf8(bytes)) throw invalidRequest("The body to count is not valid UTF-8.", "input");
  if (bytes !== undefined) return bytes;
  throw invalidRequest("Only 'input.invokeModel.body' can be counted here.", "input");
}

/**
 * A cloud's name of a model as it is known here: as it is where that is a name that somebody configured or lists, else
 * Anthropic's own name of the model. https://platform.claude.com/docs/en/about-claude/models/overview
 */
export function nameHere(snapshot: Snapshot, asked: string): string {
  const plain = anthropicNames(asked);
  const isKnown = (name: string) =>
    listedModel(snapshot, name) !== undefined || listedOwners(snapshot, name).length > 0 || takesAny(snapshot, name);
  return [asked, ...plain].find(isKnown) ?? plain[0] ?? asked;
}

/** Whether the name is of the form `provider/model`, for a provider that takes any name. */
function takesAny({ providers, providerAliases }: Snapshot, name: string): boolean {
  const prefix = name.slice(0, Math.max(0, name.indexOf("/")));
  return providers.get(providerAliases.get(prefix) ?? prefix)?.anyModel === true;
}

/**
 * `us.anthropic.claude-sonnet-4-5-20250929-v1:0`, also at the end of an ARN, and `claude-sonnet-4-5@20250929` are Anthropic's
 * `claude-sonnet-4-5-20250929`. None where it is no cloud's name of Claude.
 */
export function anthropicNames(asked: string): readonly string[] {
  const name = asked.slice(asked.lastIndexOf("/") + 1);
  const bedrock = /^(?:[a-z-]+\.)?anthropic\.(claude-[\w.-]+?)(?:-v\d+(?::\d+)?)?(?::\d+k)?$/.exec(name)?.[1];
  const [, model = "", version = ""] = /^(claude-[\w.-]+?)(?:-v\d+)?@([\w-]+)$/.exec(name) ?? [];
  const dated = /^\d{8}$/.test(version) ? `${model}-${version}` : model;
  const plain = bedrock ?? dated;
  if (plain === "") return [];
  const undated = plain.replace(/-\d{8}$/, "");
  return undated === plain ? [plain] : [plain, undated];
}
