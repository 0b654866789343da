import { setTimeout as delay } from "node:timers/promises";
import { type JsonObject, parseJsonObject, stringOf } from "@signalbox/protocol";
import { StoreError } from "../../store/errors.ts";
import {
  type KeptResponse,
  type ResponseStatus,
  responseStatuses,
  type UpstreamKeeper,
} from "../../store/responses/response-rows.ts";
import type { ClientRequest } from "../client-request.ts";
import { answerAttempts, type Exchange } from "../exchange.ts";
import type { BackgroundRun } from "./background-runs.ts";
import type { Answered, AnswerKeeper, Members } from "./edit-answer.ts";
import { type History, keyOf, limitsOf, MOST_ITEMS } from "./history.ts";
import { itemsIn, joinedArrays, outputItems, ownInput, shownItem } from "./items.ts";
import { queuedResponse, withStatus } from "./response-text.ts";
import type { StateWish } from "./wish.ts";

/** What is asked, and what its answer goes on from. */
export interface Asked {
  readonly request: ClientRequest;
  /** Without what came before. */
  readonly sent: ClientRequest;
  readonly wish: StateWish;
  readonly history: History;
  /** It runs in the background, under this id. */
  readonly run: BackgroundRun | undefined;
}

const DAY = 24 * 60 * 60 * 1000;
/** A longer answer is not kept. */
const LARGEST_KEPT = 64 * 1024 * 1024;
/** A client does not wait for its answer's end for longer because the database is slow. */
const PATIENCE_MS = 5000;
/** Shorter together than a lease. */
const AGAIN_MS = [200, 800, 2000, 5000];

/** What has become of an answer. */
interface Fate {
  /** It is kept under its id. */
  readonly isPut: boolean;
  /** It is in the conversation in which it was asked for, where it belongs there. */
  readonly isAdded: boolean;
}

const EVERYWHERE: Fate = { isPut: true, isAdded: true };
const NOWHERE: Fate = { isPut: false, isAdded: false };

/** What the answer is to say of the state, and what of it is kept. */
export function keeperOf(exchange: Exchange, asked: Asked): AnswerKeeper {
  const { run } = asked;
  let fate = NOWHERE;
  return {
    members: (kept) => membersOf(exchange, asked, kept ? EVERYWHERE : fate),
    keep: async (answered) => {
      fate = await within(keepAnswer(exchange, asked, answered));
      return fate.isPut && fate.isAdded;
    },
    begun: () => {
      if (run !== undefined) void quietly(exchange, () => begin(exchange, run));
    },
  };
}

async function begin({ services }: Exchange, { keyId, id }: BackgroundRun): Promise<boolean> {
  await services.responses.begin(keyId, id);
  return true;
}

/**
 * Byte for byte as the upstream has it where that keeps the answer itself. Else as OpenAI would repeat what was asked: an upstream has
 * not seen all of it.
 */
function membersOf(exchange: Exchange, { wish, history, run }: Asked, { isPut, isAdded }: Fate): Members {
  const isUpstreams = keptUpstream(exchange, history) !== undefined;
  const isStored = isPut && wish.store !== false && (isUpstreams || exchange.snapshot.responses.keep);
  const isSame = isUpstreams && isStored && run === undefined;
  const isRenamed = history.kept === "upstream" && history.keeper.id !== wish.previous;
  return {
    ...(run === undefined ? {} : { id: JSON.stringify(run.id), background: "true" }),
    ...(isSame ? {} : { store: String(isStored) }),
    ...(wish.previous === undefined || (isSame && !isRenamed)
      ? {}
      : { previous_response_id: JSON.stringify(wish.previous) }),
    ...(wish.conversation === undefined
      ? {}
      : { conversation: JSON.stringify(isAdded ? { id: wish.conversation } : null) }),
  };
}

/** Who answers keeps the answer, and all that it goes on from. */
function keptUpstream({ outcome, snapshot }: Exchange, history: History): Omit<UpstreamKeeper, "id"> | undefined {
  const attempts = answerAttempts(outcome);
  const record = attempts.find(({ firstContentAt, error }) => firstContentAt !== undefined && error === undefined);
  const asked = record ?? attempts.at(-1);
  if (asked?.dialect !== "openai-responses" || history.kept === "here") return undefined;
  if (asked.lane !== "passthrough" && history.kept !== "upstream") return undefined;
  const endpoint = snapshot.providers.get(asked.provider)?.endpoints["openai-responses"];
  if (endpoint?.quirks.keepsState !== true) return undefined;
  return { provider: asked.provider, ...(asked.credential === undefined ? {} : { credential: asked.credential }) };
}

async function keepAnswer(exchange: Exchange, asked: Asked, { response, original }: Answered): Promise<Fate> {
  const { wish, run } = asked;
  const told = parseJsonObject(Buffer.from(response).toString());
  if (told === undefined || response.length > LARGEST_KEPT) return NOWHERE;
  const status = statusOf(told);
  run?.ended();
  const isPut =
    wish.store !== false && (await quietly(exchange, () => put(exchange, asked, { told, response, original })));
  const belongs = wish.conversation !== undefined && (status === "completed" || status === "incomplete");
  const isAdded = !belongs || (await quietly(exchange, () => addToConversation(exchange, asked, response)));
  return { isPut, isAdded };
}

interface Told extends Answered {
  readonly told: JsonObject;
}

/** False: nobody keeps it. */
async function put(exchange: Exchange, asked: Asked, { told, response, original }: Told): Promise<boolean> {
  const { sent, history, run } = asked;
  const { responses } = exchange.services;
  const keeper = keptUpstream(exchange, history);
  const upstreamId = stringOf(parseJsonObject(Buffer.from(original).toString())?.["id"]);
  const upstream = keeper === undefined || upstreamId === undefined ? undefined : { ...keeper, id: upstreamId };
  const words = { input: ownInput(sent), response };
  const status = statusOf(told);
  if (run !== undefined) {
    const ending = { status, words, ...(upstream === undefined ? {} : { upstream }) };
    return persistently(() => responses.finish(run.keyId, run.id, ending));
  }
  const id = stringOf(told["id"]);
  if (id === undefined || (upstream === undefined && !exchange.snapshot.responses.keep)) return false;
  const row = { ...rowFor(exchange, asked, id), status };
  await responses.put(upstream === undefined ? { ...row, words } : { ...row, upstream });
  return true;
}

function rowFor(exchange: Exchange, { wish, history, run }: Asked, id: string): Omit<KeptResponse, "status"> {
  return {
    keyId: keyOf(exchange),
    id,
    ...(wish.previous === undefined || history.kept !== "here" ? {} : { parentId: wish.previous }),
    ...(history.kept === "here" && history.conversation !== undefined ? { conversation: history.conversation } : {}),
    background: run !== undefined,
    createdAt: exchange.arrivedAt,
    expiresAt: expiryOf(exchange),
  };
}

export function expiryOf({ snapshot }: Pick<Exchange, "snapshot">): number {
  return Date.now() + snapshot.responses.ttlDays * DAY;
}

export function statusOf(told: JsonObject): ResponseStatus {
  return responseStatuses.find((status) => status === told["status"]) ?? "completed";
}

/** What was asked and what was answered, each item under an id. */
async function addToConversation(exchange: Exchange, { sent, wish }: Asked, response: Uint8Array): Promise<boolean> {
  const id = wish.conversation ?? "";
  const items = itemsIn(joinedArrays([ownInput(sent), outputItems(response)])).map((bytes, index) => {
    const shown = shownItem(bytes, `${exchange.generationId}|${index}`);
    return { id: String(shown["id"]), bytes: Buffer.from(JSON.stringify(shown)) };
  });
  const limits = { items: MOST_ITEMS, bytes: limitsOf(exchange).bytes };
  const place = { keyId: keyOf(exchange), id, expiresAt: expiryOf(exchange), limits };
  const done = await exchange.services.conversations.append(place, items);
  if (done !== "done")
    exchange.services.log.warn({ requestId: exchange.id, done }, "a conversation has not been added to");
  return done === "done";
}

/** A run in the background is there from the moment that its client is told of it. */
export async function putRun(exchange: Exchange, asked: Asked): Promise<void> {
  const { run, sent } = asked;
  if (run === undefined) return;
  const response = Buffer.from(JSON.stringify(queuedResponse(exchange, asked, run.id)));
  await exchange.services.responses.put({
    ...rowFor(exchange, asked, run.id),
    status: "queued",
    lease: run.lease(),
    words: { input: ownInput(sent), response },
  });
  run.admitted(response);
}

/** One that never came to its own end has failed. */
export async function endRun(exchange: Exchange, asked: Asked): Promise<void> {
  const { run } = asked;
  if (run?.isAdmitted() === true && !run.hasEnded()) await failRun(exchange, asked, run);
  run?.left();
}

async function failRun(exchange: Exchange, asked: Asked, run: BackgroundRun): Promise<void> {
  const { error } = exchange.outcome;
  const message = error?.code === "client_closed" ? STOPPED : (error?.message ?? "The response failed.");
  const response = withStatus(queuedResponse(exchange, asked, run.id), "failed", message);
  const words = { input: ownInput(asked.sent), response: Buffer.from(JSON.stringify(response)) };
  await quietly(exchange, () => exchange.services.responses.finish(run.keyId, run.id, { status: "failed", words }));
}

const STOPPED = "The gateway was stopped while it worked on this response.";

/** Nobody else has the answer of work in the background: a database that is away for a moment must not lose it. */
async function persistently<T>(work: () => Promise<T>): Promise<T> {
  for (const waitMs of AGAIN_MS) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StoreError && error.code === "unavailable")) throw error;
      await delay(waitMs);
    }
  }
  return work();
}

async function quietly(exchange: Exchange, work: () => Promise<boolean>): Promise<boolean> {
  try {
    return (await work()) !== false;
  } catch (err) {
    exchange.services.log.warn({ requestId: exchange.id, err }, "a response could not be kept");
    return false;
  }
}

async function within(work: Promise<Fate>): Promise<Fate> {
  const stop = new AbortController();
  const patience = delay(PATIENCE_MS, NOWHERE, { signal: stop.signal }).catch(() => NOWHERE);
  const kept = await Promise.race([work, patience]);
  stop.abort();
  return kept;
}
