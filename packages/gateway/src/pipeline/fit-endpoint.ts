import {
  betasAt,
  betasWithout,
  type ClaudeHost,
  fieldsUnknownAt,
  inCamelCase,
  type JsonValue,
  type Loss,
  type ObjectScan,
  stripPaths,
  valueAt,
} from "@signalbox/protocol";
import { anthropicVersion } from "../providers/endpoints.ts";
import type { ResolvedEndpoint } from "../providers/resolved.ts";
import type { Call } from "../upstream/endpoint-url.ts";

/** A request as it stands before its endpoint is looked at. */
export interface Written {
  readonly bytes: Buffer;
  /** Asked for only where the body has to change. */
  readonly scan: () => ObjectScan;
  readonly headers: Readonly<Record<string, string>>;
}

export interface FitOptions {
  readonly endpoint: ResolvedEndpoint;
  readonly call: Call;
  /** The fields that the endpoint has said it does not know. */
  readonly learned: readonly string[];
}

export interface Fitted {
  /** For `splicePieces`. */
  readonly edits: Readonly<Record<string, string | undefined>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly dropped: readonly Loss[];
}

/**
 * What an endpoint takes of a request in its dialect: without the fields that it is known not to know, without the betas that
 * announce them, and, at a cloud, in that cloud's form.
 */
export function fitEndpoint(written: Written, options: FitOptions): Fitted {
  const { endpoint, learned } = options;
  if (endpoint.host !== undefined) return fitHost(written, { ...options, host: endpoint.host });
  const headers = withVersion(endpoint, written.headers);
  const fields = spoken(written.bytes, learned);
  if (fields.length === 0) return { edits: {}, headers, dropped: [] };
  const { edits, removed } = stripPaths(written.bytes, written.scan(), fields);
  const betas = betasWithout(listOf(headers[BETA]), removed);
  return { edits, headers: withBetas(headers, betas), dropped: removed.map(unknownThere) };
}

const BETA = "anthropic-beta";

/** https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages-request-response.html */
const VERSIONS: Readonly<Record<ClaudeHost, string>> = {
  bedrock: "bedrock-2023-05-31",
  vertex: "vertex-2023-10-16",
};

interface HostOptions extends FitOptions {
  readonly host: ClaudeHost;
}

function fitHost({ bytes, scan: scanOf, headers }: Written, { host, call, learned }: HostOptions): Fitted {
  const scan = scanOf();
  const known = fieldsUnknownAt(host).filter((field) => !learned.includes(field));
  const stripped = stripPaths(bytes, scan, spoken(bytes, [...learned, ...known]));
  const refusedFields = stripped.removed.filter((field) => learned.includes(field));
  const named = scan.members.get("anthropic_beta");
  const asked = [...listOf(headers[BETA]), ...namesIn(named === undefined ? undefined : valueAt(bytes, named))];
  const sendable = betasAt(host, betasWithout([...new Set(asked)], refusedFields), (name) => says(bytes, name));
  const refused = sendable.betas.filter((beta) => isRefused(beta, learned));
  const betas = sendable.betas.filter((beta) => !refused.includes(beta));
  const inBody = host === "bedrock" && betas.length > 0;
  // Vertex reads the model of a count from the body: https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai
  const keepsModel = host === "vertex" && call.operation === "count-tokens";
  return {
    edits: {
      ...stripped.edits,
      ...(keepsModel ? {} : { model: undefined }),
      // As Anthropic's SDK for Vertex does, `stream` says there what the path says too.
      ...(host === "bedrock" ? { stream: undefined } : {}),
      anthropic_version: JSON.stringify(VERSIONS[host]),
      anthropic_beta: inBody ? JSON.stringify(betas) : undefined,
    },
    headers: withBetas(onlyAgent(headers), host === "vertex" ? betas : []),
    dropped: [
      ...stripped.removed.map((field) => (learned.includes(field) ? unknownThere(field) : unknownAt(host, field))),
      ...sendable.unknown.map((beta) => unknownAt(host, beta)),
      ...refused.flatMap((beta) =>
        learned.includes(WHOLE) ? [unknownThere(WHOLE)] : [unknownThere(`${WHOLE}.${beta}`)],
      ),
    ],
  };
}

const WHOLE = "anthropic_beta";

/** A cloud that does not say which of the betas it does not know is sent none. */
function isRefused(beta: string, learned: readonly string[]): boolean {
  return learned.includes(WHOLE) || learned.includes(`${WHOLE}.${beta}`);
}

function unknownThere(feature: string): Loss {
  return { feature, detail: "The upstream has said that it does not know this field." };
}

const HOST_NAMES: Readonly<Record<ClaudeHost, string>> = { bedrock: "Amazon Bedrock", vertex: "Google Vertex AI" };

function unknownAt(host: ClaudeHost, feature: string): Loss {
  return { feature, detail: `${HOST_NAMES[host]} does not have it.` };
}

/** Those of the paths whose last name stands anywhere in the body: a look is far cheaper than a walk, and mostly finds nothing. */
function spoken(bytes: Buffer, paths: readonly string[]): readonly string[] {
  return paths.filter((path) => {
    const name = path.split(".").at(-1) ?? path;
    return says(bytes, name) || says(bytes, inCamelCase(name));
  });
}

const says = (bytes: Buffer, name: string): boolean => bytes.includes(`"${name}"`);

const listOf = (betas: string | undefined): readonly string[] =>
  (betas ?? "")
    .split(",")
    .map((beta) => beta.trim())
    .filter((beta) => beta !== "");

const namesIn = (value: JsonValue | undefined): readonly string[] =>
  Array.isArray(value) ? value.filter((name): name is string => typeof name === "string") : [];

function withBetas(headers: Readonly<Record<string, string>>, betas: readonly string[]) {
  const { [BETA]: _, ...rest } = headers;
  return betas.length === 0 ? rest : { ...rest, [BETA]: betas.join(",") };
}

/** Anthropic's own headers mean nothing to a cloud. */
function onlyAgent({ "user-agent": agent }: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return agent === undefined ? {} : { "user-agent": agent };
}

/** Anthropic refuses requests without a version; a client that speaks another dialect has none to forward. */
function withVersion(endpoint: ResolvedEndpoint, headers: Readonly<Record<string, string>>) {
  if (endpoint.dialect !== "anthropic-messages" || headers["anthropic-version"] !== undefined) return headers;
  return { ...headers, "anthropic-version": anthropicVersion };
}
