import { setImmediate as nextTurn } from "node:timers/promises";
import type { JsonObject } from "@signalbox/protocol";
import type { ClientKey } from "../../../config/settings.ts";
import type { RequestsTable } from "../../../store/ledger/tables.ts";
import type { UsageNames } from "../../../store/usage/names.ts";
import {
  dayOf,
  type UsageDimension,
  type UsageRange,
  type UsageScope,
  type UsageSeries,
  type UsageSums,
} from "../../../store/usage/usage-query.ts";
import type { UsageStore } from "../../../store/usage/usage-store.ts";
import type { AdminAnswer } from "../answer.ts";
import { notFound } from "../status.ts";
import { csvOf } from "./csv.ts";
import { generationBody, generationIdOf } from "./generation.ts";
import { readParameters } from "./parameters.ts";
import { attemptBody, dimensionNames, groupBody, requestBody, sumsBody } from "./shapes.ts";

export interface UsageCall {
  /** What stands in the path where the route has `:id`. */
  readonly id: string;
  readonly query: URLSearchParams;
  readonly key: ClientKey;
  readonly usage: UsageStore;
  /** Whose requests the key may see. */
  readonly scope: UsageScope;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface UsageAnswer extends UsageRange {
  readonly groupBy: readonly UsageDimension[];
  readonly totals: UsageSums;
  readonly series: UsageSeries;
  readonly names: UsageNames;
}

/** Sums, and the same by what `group_by` names. */
export async function readUsage({ query, usage, scope, now }: Omit<UsageCall, "id" | "key">): Promise<UsageAnswer> {
  const parameters = readParameters(query);
  const chosen = { ...parameters.selection(now), scope };
  const groupBy = parameters.groupBy(chosen);
  const limit = parameters.limit({ usual: 1_000, most: 10_000 });
  parameters.check();
  const totals = await usage.totals(chosen);
  const series = await usage.series({ ...chosen, groupBy, limit });
  const ids = (of: UsageDimension) => series.groups.map((group) => group.of[of] ?? "");
  const names = await usage.names({ key: ids("key"), team: ids("team"), org: ids("org") });
  return { from: chosen.from, to: chosen.to, groupBy, totals, series, names };
}

export function usageBody({ groupBy, totals, series, names, ...range }: UsageAnswer): JsonObject {
  return {
    object: "usage",
    ...rangeBody(range),
    group_by: groupBy.map((of) => dimensionNames[of]),
    totals: sumsBody(totals),
    data: series.groups.map((group) => groupBody(group, names)),
    truncated: series.truncated,
  };
}

/** More groups than these are made and sent in pieces: all at once they would hold up everybody's requests. */
const MOST_AT_ONCE = 1_000;
const PIECE = 250;

export async function answerUsage(call: Omit<UsageCall, "id" | "key">): Promise<AdminAnswer> {
  const answer = await readUsage(call);
  if (answer.series.groups.length <= MOST_AT_ONCE) return { status: 200, body: usageBody(answer) };
  return { status: 200, headers: { "content-type": "application/json; charset=utf-8" }, stream: usagePieces(answer) };
}

/** The text of `usageBody`. */
async function* usagePieces(answer: UsageAnswer): AsyncGenerator<string, void, undefined> {
  const { groups } = answer.series;
  const frame = JSON.stringify(usageBody({ ...answer, series: { ...answer.series, groups: [] } }));
  const opened = '"data":[';
  const at = frame.indexOf(opened) + opened.length;
  yield frame.slice(0, at);
  for (let from = 0; from < groups.length; from += PIECE) {
    const piece = groups.slice(from, from + PIECE).map((group) => JSON.stringify(groupBody(group, answer.names)));
    yield `${from === 0 ? "" : ","}${piece.join(",")}`;
    await nextTurn();
  }
  yield frame.slice(at);
}

export async function answerRequests({ query, usage, scope, now }: UsageCall): Promise<AdminAnswer> {
  const parameters = readParameters(query);
  const chosen = { ...parameters.selection(now), scope };
  const limit = parameters.limit({ usual: 50, most: 200 });
  const cursor = parameters.one("cursor");
  parameters.check();
  const { requests, next } = await usage.requests({ ...chosen, limit, ...(cursor === undefined ? {} : { cursor }) });
  const names = await namesIn(usage, requests);
  const data = requests.map((request) => requestBody(request, names));
  return { status: 200, body: { object: "list", ...rangeBody(chosen), data, next_cursor: next ?? null } };
}

export async function answerRequest(call: UsageCall): Promise<AdminAnswer> {
  const request = await find(call);
  const names = await namesIn(call.usage, [request]);
  const attempts = await call.usage.attemptsOf(request.id);
  return { status: 200, body: { ...requestBody(request, names), attempts: attempts.map(attemptBody) } };
}

function namesIn(usage: UsageStore, requests: readonly RequestsTable[]): Promise<UsageNames> {
  return usage.names({
    key: requests.map(({ key_id }) => key_id),
    team: requests.map(({ team_id }) => team_id ?? ""),
    org: requests.map(({ org_id }) => org_id ?? ""),
  });
}

export async function answerGeneration(call: UsageCall): Promise<AdminAnswer> {
  const request = await find(call);
  return { status: 200, body: generationBody(request, await call.usage.attemptsOf(request.id)) };
}

/** What belongs to others is not told apart from what there never was. */
async function find({ id, usage, scope }: UsageCall): Promise<RequestsTable> {
  const generation = generationIdOf(id);
  const request = generation === undefined ? undefined : await usage.request(generation, scope);
  if (request !== undefined) return request;
  throw notFound("There is no such request. Name it by its generation id, or by its request id (req_…).");
}

/** All finished requests of the range, whatever their number. */
export async function answerCsv({ query, usage, scope, now }: Omit<UsageCall, "id" | "key">): Promise<AdminAnswer> {
  const parameters = readParameters(query);
  const chosen = { ...parameters.selection(now), scope };
  const rows = parameters.oneOf("rows", ["requests", "attempts"]);
  parameters.check();
  const pages = await begun(usage.export({ ...chosen, attempts: rows === "attempts" }));
  const name = `signalbox-${rows}-${dayOf(chosen.from)}-${dayOf(chosen.to - 1)}.csv`;
  const headers = {
    "content-type": "text/csv; charset=utf-8; header=present",
    "content-disposition": `attachment; filename="${name}"`,
  };
  return { status: 200, headers, stream: csvOf(pages, rows) };
}

/** With the first page read already: a store that is away is a status then, and not a file that breaks off. */
async function begun<T>(source: AsyncIterable<T>): Promise<AsyncIterable<T>> {
  const iterator = source[Symbol.asyncIterator]();
  let first: IteratorResult<T> | undefined = await iterator.next();
  return {
    [Symbol.asyncIterator]: () => ({
      next: async () => {
        const result = first ?? (await iterator.next());
        first = undefined;
        return result;
      },
      return: async (value) => {
        await iterator.return?.();
        return { done: true, value };
      },
    }),
  };
}

const ACTIVITY_DAYS = 30;
const DAY_MS = 86_400_000;

/**
 * By day, model and provider over the last 30 days that are over, as OpenRouter tells it.
 * https://openrouter.ai/docs/api-reference/analytics/get-user-activity
 */
export async function answerActivity({ query, usage, scope, now }: UsageCall): Promise<AdminAnswer> {
  const parameters = readParameters(query);
  const date = parameters.day("date");
  parameters.check();
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  const from = date ?? today - ACTIVITY_DAYS * DAY_MS;
  const range = { from, to: date === undefined ? today : from + DAY_MS };
  const { groups } = await usage.series({ ...range, scope, groupBy: ["day", "model", "provider"], limit: 10_000 });
  const data = groups.map(({ of, ...sums }): JsonObject => {
    const { provider = "", model = "" } = of;
    const name = provider === "" ? model : `${provider}/${model}`;
    return {
      date: of.day ?? "",
      model: name,
      model_permaslug: name,
      endpoint_id: name,
      provider_name: provider,
      usage: Number(sums.costNano) / 1e9,
      byok_usage_inference: 0,
      requests: sums.requests,
      prompt_tokens: sums.inputTokens + sums.cacheReadTokens + sums.cacheWriteTokens,
      completion_tokens: sums.outputTokens,
      reasoning_tokens: sums.reasoningTokens,
    };
  });
  return { status: 200, body: { data } };
}

function rangeBody({ from, to }: UsageRange): JsonObject {
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}
