import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type AnswerContext,
  type CanonicalResponse,
  collect,
  lossRecorder,
  runAll,
  type Usage,
} from "@signalbox/protocol";
import { type Cost, costOf } from "../../packages/gateway/src/accounting/price.ts";
import { priceOf } from "../../packages/gateway/src/catalogue/prices.ts";
import type { Price } from "../../packages/gateway/src/catalogue/profile.ts";
import { CODECS } from "../protocol/codecs.ts";
import { ASKED_AT } from "./asked-at.ts";
import { COUNTS, type CostRow, formatCosts, parseCosts } from "./cost-table.ts";
import { providerId } from "./provider-codecs.ts";
import { rawUsageOf } from "./raw-usage.ts";
import { messagesOf, type SpokenRecording } from "./recordings.ts";
import { chargedNano, vendorBill } from "./vendor-bill.ts";

const TABLE = join(import.meta.dirname, "costs.tsv");

/**
 * What each recorded answer cost: against the table that is kept, against a second reckoning from the vendor's own usage object,
 * against what the vendor itself charged where it says so, and told whole against streamed. Says what is wrong.
 */
export function checkCosts(recordings: readonly SpokenRecording[], update: boolean): readonly string[] {
  const checked = recordings.flatMap((recording) => checkedRow(recording) ?? []);
  const text = formatCosts(checked.map(({ row }) => row));
  if (update) writeFileSync(TABLE, text);
  const kept = existsSync(TABLE) ? readFileSync(TABLE, "utf8") : "";
  const priced = checked.filter(({ row }) => row.why === undefined).length;
  console.log(`${checked.length} answers with usage, ${priced} with a price, all reckoned twice.`);
  return [...checked.flatMap(({ problems }) => problems), ...departures(parseCosts(kept), parseCosts(text))];
}

function departures(kept: readonly CostRow[], now: readonly CostRow[]): readonly string[] {
  const before = new Map(kept.map((row) => [row.id, JSON.stringify(row)]));
  const changed = now.flatMap((row) => {
    const own = JSON.stringify(row);
    return before.get(row.id) === own ? [] : [`cost of ${row.id}: ${own}, expected ${before.get(row.id) ?? "no row"}`];
  });
  const ids = new Set(now.map(({ id }) => id));
  return [
    ...changed,
    ...kept.filter(({ id }) => !ids.has(id)).map(({ id }) => `cost of ${id}: the answer has none now`),
  ];
}

interface Checked {
  readonly row: CostRow;
  readonly problems: readonly string[];
}

/** Undefined where the answer is an error, broken, or tells no usage. */
function checkedRow(recording: SpokenRecording): Checked | undefined {
  const answer = answerOf(recording);
  if (answer?.usage === undefined) return undefined;
  const named = recording.model !== "unnamed" && recording.model !== "unknown";
  const model = decodeURIComponent((named ? recording.model : undefined) ?? answer.model ?? recording.model);
  const provider = providerId(recording.provider);
  const price = priceOf({ id: provider, models: new Map() }, named ? model : (answer.model ?? model));
  const cost = costOf(answer.usage, price, ASKED_AT);
  const row = rowOf(`${provider}/${named ? model : (answer.model ?? model)}`, { recording, usage: answer.usage, cost });
  const problems = [
    ...(Number.isSafeInteger(cost.nano) && cost.nano >= 0 ? [] : [`a cost of ${cost.nano}`]),
    ...secondOpinion(recording, price, cost),
    ...wholeAndStreamed(recording, answer, { price, cost }),
  ];
  return { row, problems: problems.map((problem) => `${recording.id}: ${problem}`) };
}

function answerOf(recording: SpokenRecording): CanonicalResponse | undefined {
  const { dialect, provider, model, isStream, response, status } = recording;
  if (status >= 400) return undefined;
  const origin = { dialect, provider, model };
  try {
    if (!isStream) return CODECS[dialect].decodeResponse(response, origin);
    return collect(runAll(CODECS[dialect].decodeStream(origin), messagesOf(recording)));
  } catch {
    return undefined;
  }
}

function rowOf(
  model: string,
  { recording, usage, cost }: { readonly recording: SpokenRecording; readonly usage: Usage; readonly cost: Cost },
): CostRow {
  return {
    id: recording.id,
    model,
    counts: Object.fromEntries(COUNTS.flatMap((name) => (usage[name] === undefined ? [] : [[name, usage[name]]]))),
    tier: usage.serviceTier ?? "",
    nano: cost.nano,
    price: cost.price ?? "",
    ...(cost.unpriced ? { why: cost.why } : {}),
  };
}

function secondOpinion(recording: SpokenRecording, price: Price | undefined, cost: Cost): readonly string[] {
  if (cost.unpriced || price === undefined || cost.price !== price.id) return [];
  const raw = rawUsageOf(recording);
  if (raw === undefined) return ["the vendor's own usage object was not found"];
  const bill = vendorBill(recording, raw, price);
  const charged = OTHER_PRICES_THEN.test(recording.model) ? undefined : chargedNano(recording, raw);
  return [...new Set([bill, charged ?? bill])]
    .filter((nano) => nano !== BigInt(cost.nano))
    .map((nano) => `${cost.nano} nano-dollars, where the vendor bills ${nano}`);
}

/** Who answers for OpenRouter, and what they ask, differs from day to day. */
const OTHER_PRICES_THEN = /^moonshotai\/kimi-k2\.5$/;

/** The same answer told the other way costs the same. */
function wholeAndStreamed(
  { dialect, provider, model }: SpokenRecording,
  answer: CanonicalResponse,
  { price, cost }: { readonly price: Price | undefined; readonly cost: Cost },
): readonly string[] {
  const codec = CODECS[dialect];
  const told = codec.decodeResponse(codec.encodeResponse(answer, CONTEXT), { dialect, provider, model }).usage;
  const other = costOf(told, price, ASKED_AT);
  return other.nano === cost.nano ? [] : [`${cost.nano} nano-dollars, and ${other.nano} when it is told whole`];
}

const CONTEXT: AnswerContext = {
  request: { model: "public", stream: false, instructions: [], messages: [], tools: [], sampling: {} },
  model: "public",
  uniqueId: "unique1",
  now: 1_700_000_000,
  estimatedInputTokens: 1,
  losses: lossRecorder(),
};
