import { GatewayError, type JsonValue, parseJson, type SearchResult, scanObject } from "@signalbox/protocol";
import type { SearchQuery } from "../../features/web-search/engine.ts";
import type { ConfiguredEngine } from "../../features/web-search/engines/index.ts";
import { invalidAnswer, isPassing, refusalOf } from "../../features/web-search/failures.ts";
import { feeOf } from "../../features/web-search/fee.ts";
import { pagesOf } from "../../features/web-search/pages.ts";
import { assertPublicHost } from "../../upstream/address-policy.ts";
import { type Cancellation, cancellation } from "../../upstream/cancellation.ts";
import { classifyTransportError } from "../../upstream/classify.ts";
import { readBody } from "../../upstream/read-body.ts";
import { send } from "../../upstream/send.ts";
import type { AttemptRecord, Exchange } from "../exchange.ts";

/** As much of an engine's answer is read; what the model is told of it is bounded apart. */
const ANSWER_LIMIT = 2 * 1024 * 1024;
const DEPTH_LIMIT = 32;
const NODE_LIMIT = 200_000;

export interface Found {
  readonly engine: string;
  readonly results: readonly SearchResult[];
}

export interface SearchRun {
  /** The first is asked, and where it fails the next of them, or itself once more where it is the only one. */
  readonly engines: readonly ConfiguredEngine[];
  readonly query: SearchQuery;
  /** For each of the at most two tries. */
  readonly timeoutMs: number;
  /** On the clock of `performance.now()`. */
  readonly deadlineAt: number;
}

/** One search. Each try is a row of the request in the ledger. Rejects with GatewayError. */
export async function runSearch(exchange: Exchange, run: SearchRun): Promise<Found> {
  const [first, second = first] = run.engines;
  if (first === undefined || second === undefined)
    throw new GatewayError("internal", "A search was begun without an engine.");
  try {
    return await searchAt(exchange, run, first);
  } catch (thrown) {
    const error = classifyTransportError(thrown);
    const mayFollow = second !== first || isPassing(error);
    if (!mayFollow || exchange.clientGone.reason() !== undefined || performance.now() >= run.deadlineAt) throw error;
    return searchAt(exchange, run, second);
  }
}

async function searchAt(exchange: Exchange, run: SearchRun, at: ConfiguredEngine): Promise<Found> {
  const record: AttemptRecord = {
    provider: at.engine.id,
    model: "web-search",
    credential: undefined,
    lane: "translate",
    dialect: "search",
    purpose: "web-search",
    startedAt: performance.now(),
  };
  exchange.outcome.attempts.push(record);
  const charge = () => {
    record.usage = { webSearches: 1 };
    record.fee = feeOf(at, run.query.maxResults);
  };
  const cancel = cancellation();
  const forget = exchange.clientGone.onAbort(cancel.abort);
  const patienceMs = Math.max(1, Math.min(run.timeoutMs, Math.ceil(run.deadlineAt - record.startedAt)));
  const late = `The search engine '${at.engine.id}' took longer than ${patienceMs} ms.`;
  const timer = setTimeout(() => cancel.abort(new GatewayError("upstream_timeout", late)), patienceMs);
  try {
    const results = await ask(exchange, { at, query: run.query, cancel, record, patienceMs });
    charge();
    return { engine: at.engine.id, results };
  } catch (thrown) {
    const error = cancel.reason() ?? classifyTransportError(thrown);
    record.error = error;
    // Whether an engine bills what nobody waited for is not known: it is counted, and marked so.
    if (record.sentAt !== undefined && cancel.reason() !== undefined) {
      charge();
      record.usageEstimated = true;
    }
    throw error;
  } finally {
    record.endedAt = performance.now();
    clearTimeout(timer);
    forget();
  }
}

interface Asking {
  readonly at: ConfiguredEngine;
  readonly query: SearchQuery;
  readonly cancel: Cancellation;
  readonly record: AttemptRecord;
  readonly patienceMs: number;
}

async function ask(exchange: Exchange, { at, query, cancel, record, patienceMs }: Asking): Promise<Found["results"]> {
  const { engine, settings, privateAllowed } = at;
  const { method, url, headers, body } = engine.request(query, settings);
  if (!privateAllowed) assertPublicHost(url);
  const dispatcher = exchange.services.agents.get({
    connectMs: Math.min(exchange.snapshot.timeouts.connectMs, patienceMs),
    privateAllowed,
  });
  const request = { origin: url.origin, path: url.pathname + url.search, method, headers, body: body ?? null };
  const onSent = () => {
    record.sentAt = performance.now();
  };
  const answer = await send(dispatcher, request, { cancel, onSent });
  const bytes = await readBody(answer.body, ANSWER_LIMIT);
  if (answer.status !== 200) throw refusalOf(engine.id, answer.status);
  record.firstContentAt = performance.now();
  const found = engine.read(parsed(bytes, at));
  if (found === undefined) throw invalidAnswer(engine.id, "something that is no list of results");
  return pagesOf(found, query);
}

/** Nothing of an engine's answer is parsed before its depth is known. */
function parsed(bytes: Buffer, { engine }: ConfiguredEngine): JsonValue {
  try {
    scanObject(bytes, { maxDepth: DEPTH_LIMIT, maxNodes: NODE_LIMIT });
    return parseJson(bytes.toString("utf8"));
  } catch {
    throw invalidAnswer(engine.id, "something that is no JSON object, or too deep a one");
  }
}
