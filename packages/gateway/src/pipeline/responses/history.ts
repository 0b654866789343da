import { invalidRequest } from "@signalbox/protocol";
import type { KeptResponse, UpstreamKeeper } from "../../store/responses/response-rows.ts";
import type { ChainLimits } from "../../store/responses/responses.ts";
import type { Exchange } from "../exchange.ts";
import { joinedArrays, outputItems } from "./items.ts";
import { conversationNotFound, previousNotFound, tooLong } from "./refusals.ts";
import type { StateWish } from "./wish.ts";

/** What stands before the input of a request. */
export type History =
  | { readonly kept: "nowhere" }
  /** JSON arrays of items, in order. */
  | { readonly kept: "here"; readonly items: readonly Uint8Array[]; readonly conversation?: Until }
  /** By an upstream, which is told its own name of it. */
  | { readonly kept: "upstream"; readonly keeper: UpstreamKeeper };

/** A conversation with its items before a position. */
export interface Until {
  readonly id: string;
  readonly until: number;
}

export const NO_HISTORY: History = { kept: "nowhere" };

const LONGEST_CHAIN = 1000;
export const MOST_ITEMS = 10_000;

/**
 * What the request goes on from, of this key and no other. Every response holds its own words and names the one before, so that a
 * conversation of any length is kept once; it may come to as much as a request may bring. Throws what OpenAI says of what is not there.
 */
export async function historyOf(exchange: Exchange, { previous, conversation }: StateWish): Promise<History> {
  if (previous !== undefined) return historyBefore(exchange, previous);
  return conversation === undefined ? NO_HISTORY : historyIn(exchange, conversation);
}

export const keyOf = ({ outcome }: Exchange): string => outcome.key?.id ?? "";

export function limitsOf({ snapshot }: Pick<Exchange, "snapshot">): ChainLimits {
  return { depth: LONGEST_CHAIN, bytes: snapshot.limits.bodyBytes["openai-responses"] };
}

async function historyBefore(exchange: Exchange, id: string): Promise<History> {
  const { responses } = exchange.services;
  const found = await responses.get(keyOf(exchange), id);
  if (found === undefined) throw previousNotFound(id);
  if (found.status !== "completed" && found.status !== "incomplete") {
    throw invalidRequest(
      `Previous response with id '${id}' cannot be gone on from: it is ${found.status.replace("_", " ")}.`,
      "previous_response_id",
    );
  }
  if (found.upstream !== undefined) return { kept: "upstream", keeper: found.upstream };
  return { kept: "here", items: await chainItems(exchange, id) };
}

/** Everything that was said up to a response and in it. */
export async function chainItems(exchange: Exchange, id: string): Promise<readonly Uint8Array[]> {
  const chain = await exchange.services.responses.chain(keyOf(exchange), id, limitsOf(exchange));
  if (chain.outcome === "too-long") throw tooLong("previous_response_id");
  if (chain.outcome === "missing") throw previousNotFound(chain.id);
  const [oldest] = chain.responses;
  return [...(await itemsBefore(exchange, oldest)), ...chain.responses.flatMap(wordsOf)];
}

function wordsOf({ id, words }: KeptResponse): readonly Uint8Array[] {
  if (words === undefined) throw previousNotFound(id);
  return [words.input, outputItems(words.response)];
}

/** The items of the conversation in which a response was asked for, as they stood then. */
export async function itemsBefore(
  exchange: Exchange,
  response: Pick<KeptResponse, "conversation"> | undefined,
): Promise<readonly Uint8Array[]> {
  const { conversation } = response ?? {};
  if (conversation === undefined) return [];
  const { items } = await conversationItems(exchange, conversation.id, conversation.until);
  return items;
}

async function historyIn(exchange: Exchange, id: string): Promise<History> {
  const { items, until } = await conversationItems(exchange, id);
  return { kept: "here", items, conversation: { id, until } };
}

async function conversationItems(exchange: Exchange, id: string, until?: number) {
  const { conversations } = exchange.services;
  const keyId = keyOf(exchange);
  if ((await conversations.get(keyId, id)) === undefined) throw conversationNotFound(id);
  const { bytes } = limitsOf(exchange);
  const wanted = { items: MOST_ITEMS, bytes, ...(until === undefined ? {} : { until }) };
  const found = await conversations.history(keyId, id, wanted);
  if (found === undefined) throw tooLong("conversation");
  const array = Buffer.from(`[${found.map((item) => Buffer.from(item.bytes).toString()).join(",")}]`);
  return { items: [joinedArrays([array])], until: (found.at(-1)?.position ?? -1) + 1 };
}
