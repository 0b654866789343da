import type { KeptAnswer } from "../../features/response-cache/kept-answer.ts";
import type { SemanticStats } from "../../features/response-cache/semantic/semantic-cache.ts";
import type { ClientRequest } from "../client-request.ts";

/** A request of which no kept answer says the same, where answers to similar ones may serve. */
export interface SimilarAsk<Asking> {
  /** Whose request it is. */
  readonly exchange: Asking;
  readonly request: ClientRequest;
  /** All that an answer depends on beside the conversation: tenant, router, model, dialect, settings, version. */
  readonly scope: string;
  readonly tenant: string;
  /** Under which the answer is kept when it is given. */
  readonly id: string;
  /** The routers on the way: what is purged by one of them must be found no more. */
  readonly routers: readonly string[];
  readonly ttlSeconds: number;
  /** Whether a kept answer may serve this request by all that is not of its meaning: its age, its target, its tool calls. */
  readonly isUsable: (kept: KeptAnswer) => boolean;
}

/** Where the semantic cache stands: it is asked after the exact one, and told of every answer that is kept. */
export interface SimilarAnswers<Asking> {
  /** Undefined: the model is to be asked. Never rejects. */
  readonly find: (
    ask: SimilarAsk<Asking>,
  ) => Promise<{ readonly id: string; readonly kept: KeptAnswer; readonly score: number } | undefined>;
  readonly kept: (ask: SimilarAsk<Asking>, kept: KeptAnswer) => void;
  /** Of this process, since it was started; with a tenant, its own false hits. Rejects with StoreError. */
  readonly stats: (tenant?: string) => Promise<SemanticStats>;
}
