import { spliceTopLevel } from "@signalbox/protocol";
import type { ClientRequest } from "../client-request.ts";
import type { Exchange } from "../exchange.ts";
import { withBytes } from "../receive.ts";
import { fromStore } from "./away.ts";
import { startInBackground } from "./background.ts";
import { editAnswer } from "./edit-answer.ts";
import { type History, historyOf } from "./history.ts";
import { joinedArrays, ownInput } from "./items.ts";
import { type Asked, endRun, keeperOf, putRun } from "./keep-answer.ts";
import { nothingIsKept } from "./refusals.ts";
import { type StateWish, stateWish } from "./wish.ts";
import { keepsNothing } from "./zero-retention.ts";

/** A request to the Responses API with what it goes on from, and what becomes of its answer. */
export interface ResponseState {
  /** What is to be asked: an ordinary request, which can go anywhere, unless an upstream keeps what came before. */
  readonly request: ClientRequest;
  /** The request was let in, and is asked next. */
  readonly begin: () => Promise<void>;
  /** What was written of the answer has gone to the client: it may have waited to be kept. */
  readonly sent: () => Promise<void>;
  /** In every ending, last. */
  readonly end: () => Promise<void>;
}

/** Only answers of the Responses API are gone on from. */
export function mayGoOn({ surface }: Exchange): boolean {
  return surface.dialect === "openai-responses" && surface.operation === "generate";
}

/**
 * Finds what the request goes on from. `answered`: it runs in the background from now on, and its client has been told so. Throws what
 * OpenAI says of state that is not there.
 */
export async function openState(exchange: Exchange, request: ClientRequest): Promise<ResponseState | "answered"> {
  const wish = stateWish(request);
  if (wish.background) refuseToKeep(exchange, "background");
  if (wish.background) {
    await startInBackground(exchange, request);
    return "answered";
  }
  const { request: asked, history } = await withHistory(exchange, request, wish);
  const run = exchange.services.runs.of(exchange.request.socket);
  const isForbidden = keepsNothing(exchange.outcome.key?.policies ?? []);
  if (isForbidden && wish.store !== false) return stateless(edited(exchange, asked, { store: "false" }));
  const isPlain = wish.store === false && history.kept === "nowhere" && run === undefined;
  return isPlain ? stateless(asked) : stateful(exchange, { request: asked, sent: request, wish, history, run });
}

/** The request with what it goes on from put before its input. For whoever only needs to know what would be asked. */
export async function withHistory(exchange: Exchange, request: ClientRequest, wish = stateWish(request)) {
  if (wish.previous !== undefined) refuseToKeep(exchange, "previous_response_id");
  if (wish.conversation !== undefined) refuseToKeep(exchange, "conversation");
  const history = await fromStore(() => historyOf(exchange, wish));
  return { request: expanded(exchange, request, { wish, history }), history };
}

const stateless = (request: ClientRequest): ResponseState => ({
  request,
  begin: () => Promise.resolve(),
  sent: () => Promise.resolve(),
  end: () => Promise.resolve(),
});

function stateful(exchange: Exchange, asked: Asked): ResponseState {
  let sent = () => Promise.resolve();
  return {
    request: asked.request,
    async begin() {
      await fromStore(() => putRun(exchange, asked));
      sent = editAnswer(exchange.response, keeperOf(exchange, asked));
    },
    sent: () => sent(),
    end: () => endRun(exchange, asked),
  };
}

function refuseToKeep({ outcome }: Exchange, param: string): void {
  if (keepsNothing(outcome.key?.policies ?? [])) throw nothingIsKept(param);
}

type Members = Readonly<Record<string, string | undefined>>;

function edited(exchange: Exchange, request: ClientRequest, members: Members): ClientRequest {
  return withBytes(exchange, request, Buffer.from(spliceTopLevel(request.bytes, request.scan, members)));
}

interface Expanding {
  readonly wish: StateWish;
  readonly history: History;
}

/** In the request's own bytes: whatever else it says stays as it was written. */
function expanded(exchange: Exchange, request: ClientRequest, { wish, history }: Expanding): ClientRequest {
  switch (history.kept) {
    case "nowhere":
      return request;
    case "upstream": {
      const { id, provider, credential } = history.keeper;
      const pinned = { provider, ...(credential === undefined ? {} : { credential }) };
      const known =
        id === wish.previous ? request : edited(exchange, request, { previous_response_id: JSON.stringify(id) });
      return { ...known, pinned };
    }
    case "here": {
      const input = joinedArrays([...history.items, ownInput(request)]).toString();
      return edited(exchange, request, { input, previous_response_id: undefined, conversation: undefined });
    }
  }
}
