import {
  type ByteSpan,
  GatewayError,
  invalidRequest,
  type ObjectScan,
  scanObject,
  stringAt,
  valueAt,
} from "@signalbox/protocol";
import { BATCH_URLS, batchEndpoint } from "./batch-endpoints.ts";
import { fileIdsIn } from "./file-ids.ts";
import { isBlank, linesOf } from "./lines.ts";
import { addDemand, type Demands, limitsIn, type ModelDemand } from "./tally.ts";

/** What a file of OpenAI's batch lines asks. */
export interface InspectedLines {
  /** All lines ask the same. */
  readonly url: string;
  readonly demands: Demands;
  readonly fileIds: readonly string[];
}

export interface LineLimits {
  readonly lineBytes: number;
  readonly depth: number;
}

/** More than any vendor takes. https://developers.openai.com/api/docs/guides/batch#1-prepare-your-batch-file */
const MOST_LINES = 100_000;
const MOST_FILES = 10_000;
/** What an upstream keeps for somebody: in a line nobody could see whose it is. */
const KEPT_ELSEWHERE = ["previous_response_id", "conversation"];

/** Reads every line once. Throws `invalid_request`, which says in which line. */
export async function inspectLines(bytes: AsyncIterable<Buffer>, limits: LineLimits): Promise<InspectedLines> {
  const demands = new Map<string, ModelDemand>();
  const fileIds = new Set<string>();
  let url: string | undefined;
  let number = 0;
  for await (const line of linesOf(bytes, limits.lineBytes)) {
    number += 1;
    if (isBlank(line)) continue;
    if (number > MOST_LINES) throw invalidRequest(`A batch may have at most ${MOST_LINES} lines.`, "file");
    const asked = atLine(number, () => readLine(line, limits));
    url ??= asked.url;
    if (asked.url !== url)
      throw invalidRequest(`Line ${number} of the file asks '${asked.url}', and others '${url}'.`, "file");
    atLine(number, () => addDemand(demands, asked));
    for (const id of fileIdsIn(line)) fileIds.add(id);
    if (fileIds.size > MOST_FILES) throw invalidRequest(`A batch may name at most ${MOST_FILES} files.`, "file");
  }
  if (url === undefined) throw invalidRequest("The file of a batch must have at least one line.", "file");
  return { url, demands, fileIds: [...fileIds] };
}

function atLine<T>(number: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    throw invalidRequest(`Line ${number} of the file: ${error.message}`, "file");
  }
}

interface Line {
  readonly scan: ObjectScan;
  readonly body: Buffer;
  /** Where it begins in the line. */
  readonly bodyAt: number;
  readonly bodyScan: ObjectScan;
  readonly model: ByteSpan;
}

function scanLine(line: Buffer, { depth }: LineLimits): Line {
  const scan = scanObject(line, { maxDepth: depth });
  const span = scan.members.get("body");
  if (span === undefined || line[span.start] !== 0x7b) throw invalidRequest("'body' must be an object.");
  const body = line.subarray(span.start, span.end);
  const bodyScan = scanObject(body, { maxDepth: depth });
  const model = bodyScan.members.get("model");
  if (model === undefined) throw invalidRequest("'body.model' is missing.");
  return { scan, body, bodyAt: span.start, bodyScan, model };
}

function readLine(line: Buffer, limits: LineLimits) {
  const { scan, body, bodyScan, model: span } = scanLine(line, limits);
  const text = (name: string) => {
    const found = scan.members.get(name);
    return found === undefined ? undefined : stringAt(line, found);
  };
  const url = text("url") ?? "";
  if (text("custom_id") === undefined) throw invalidRequest("'custom_id' must be a string.");
  if (text("method") !== "POST") throw invalidRequest("'method' must be 'POST'.");
  if (batchEndpoint(url) === undefined) throw invalidRequest(`'url' must be one of ${BATCH_URLS.join(", ")}.`);
  const model = stringAt(body, span);
  if (model === undefined || model === "") throw invalidRequest("'body.model' must be a non-empty string.");
  for (const name of KEPT_ELSEWHERE) {
    const found = bodyScan.members.get(name);
    if (found !== undefined && valueAt(body, found) !== null)
      throw invalidRequest(`'${name}' is not possible in a batch.`);
  }
  const said = ["max_completion_tokens", "max_tokens", "max_output_tokens", "n"].flatMap((name) => {
    const found = bodyScan.members.get(name);
    const value = found === undefined ? undefined : valueAt(body, found);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    url,
    model,
    nameBytes: span.end - span.start,
    bytes: body.length,
    ...limitsIn(Object.fromEntries(said)),
  };
}

/** The lines with the upstream's names of models. What was inspected before, so that nothing can go wrong. */
export async function* renamedLines(
  bytes: AsyncIterable<Buffer>,
  names: ReadonlyMap<string, string>,
  limits: LineLimits,
): AsyncGenerator<Buffer> {
  for await (const line of linesOf(bytes, limits.lineBytes)) {
    yield isBlank(line) ? line : renamed(line, names, limits);
    yield NEWLINE;
  }
}

const NEWLINE = Buffer.from("\n");

function renamed(line: Buffer, names: ReadonlyMap<string, string>, limits: LineLimits): Buffer {
  const { scan, body, bodyAt, model } = scanLine(line, limits);
  const name = names.get(stringAt(body, model) ?? "");
  if (name === undefined) throw new GatewayError("internal", "A line of a batch has changed while it was read.");
  const { start, end } = model;
  return Buffer.concat([
    line.subarray(scan.start, bodyAt + start),
    Buffer.from(JSON.stringify(name)),
    line.subarray(bodyAt + end),
  ]);
}
