import type { IncomingMessage, ServerResponse } from "node:http";
import type { ClaudeHost, GatewayError, Loss, Usage } from "@signalbox/protocol";
import type { KeyDirectory } from "../access/key-directory.ts";
import type { Accounts, Hold } from "../accounting/accounts.ts";
import type { Ledger } from "../accounting/ledger/ledger.ts";
import type { Reckoned } from "../accounting/savings.ts";
import type { Snapshot } from "../catalogue/snapshot.ts";
import type { OperationId } from "../config/operations.ts";
import type { SurfaceDialect } from "../config/quirks.ts";
import type { ClientKey } from "../config/settings.ts";
import type { Compressor } from "../features/compression/compressor.ts";
import type { Verdict } from "../features/guardrails/verdict.ts";
import type { CachedContents } from "../features/prompt-cache/cached-contents.ts";
import type { KnownPrompts } from "../features/prompt-cache/known-prompts.ts";
import type { ResponseCache } from "../features/response-cache/response-cache.ts";
import type { Logger } from "../observe/log.ts";
import type { Health } from "../routing/health/health.ts";
import type { Lane } from "../routing/plan.ts";
import type { SessionMemory } from "../routing/stickiness.ts";
import type { Plan } from "../routing/target.ts";
import type { IdempotencyStore } from "../store/idempotency/idempotency.ts";
import type { CacheStatus } from "../store/ledger/ledger-rows.ts";
import type { ObjectStore } from "../store/objects/objects.ts";
import type { ConversationStore } from "../store/responses/conversations.ts";
import type { ResponseStore } from "../store/responses/responses.ts";
import type { Agents } from "../upstream/agents.ts";
import type { Cancellation } from "../upstream/cancellation.ts";
import type { Operation } from "../upstream/endpoint-url.ts";
import type { AnswerForm } from "./answer-form.ts";
import type { SideCallPurpose } from "./features/side-calls-types.ts";
import type { SimilarAnswers } from "./features/similar-answers.ts";
import type { BodyKeeper } from "./keep-bodies-queue.ts";
import type { LearnedFields } from "./learned-fields.ts";
import type { BackgroundRuns } from "./responses/background-runs.ts";

/** What outlives a request. */
export interface Services {
  readonly agents: Agents;
  /** The keys of the store. */
  readonly keys: KeyDirectory;
  readonly log: Logger;
  readonly health: Health;
  readonly sessions: SessionMemory;
  readonly learned: LearnedFields;
  /** Gemini's explicit caches. */
  readonly cachedContents: CachedContents;
  /** Prompts that came before: what is written to a provider's cache shall be read. */
  readonly knownPrompts: KnownPrompts;
  /** Limits and budgets. */
  readonly accounts: Accounts;
  readonly ledger: Ledger;
  readonly idempotency: IdempotencyStore;
  readonly bodies: BodyKeeper;
  readonly responses: ResponseStore;
  readonly conversations: ConversationStore;
  /** Files and batches that upstreams keep for clients. */
  readonly objects: ObjectStore;
  readonly compressor: Compressor;
  /** Answers that are given again. */
  readonly cache: ResponseCache;
  /** The semantic cache; absent: only requests that say the same find an answer. */
  readonly similar?: SimilarAnswers<Exchange>;
  /** Responses that go on without their clients. */
  readonly runs: BackgroundRuns;
}

/** How a cloud's clients speak Anthropic's dialect: what stands in the body elsewhere stands in the path there. */
export interface CloudForm {
  readonly host: ClaudeHost;
  /** As the path says it; absent: the body does (Vertex, to count tokens). */
  readonly model?: string;
  readonly stream: boolean;
}

/** What the matched route says of a request. */
export interface Surface {
  readonly dialect: SurfaceDialect;
  readonly operation: Operation | OperationId | "passthrough" | "files" | "batch";
  /** Said by the path (Gemini), else by the body. */
  readonly model?: string;
  readonly stream?: boolean;
  /** How a stream is framed: server-sent events, Gemini's one JSON array, or AWS's frames. */
  readonly framing: "sse" | "json-array" | "aws-event-stream";
  /** The cloud in whose form the dialect is spoken; absent: in its inventor's. */
  readonly cloud?: CloudForm;
  /** The dialect's answers are written in another way; absent: in its own. */
  readonly answers?: AnswerForm;
  /** The client's query without credentials. */
  readonly query: string;
}

/** One attempt as the log and the answer's metadata tell of it. */
export interface AttemptRecord {
  readonly provider: string;
  readonly model: string;
  readonly credential: string | undefined;
  lane: Lane;
  /** The upstream's dialect, or its API where it was no conversation that was asked for. */
  readonly dialect: string;
  readonly startedAt: number;
  /** The request went out; absent while it waits for a connection. */
  sentAt?: number;
  endedAt?: number;
  firstContentAt?: number;
  error?: GatewayError;
  /** The gateway's own question: it is not among those who answer the client. */
  readonly purpose?: SideCallPurpose | "prompt-cache" | "web-search";
  /** It went on with an answer whose stream had been cut. */
  readonly continues?: true;
  /** What the upstream had told of its usage before any content. */
  told?: Usage;
  /** Of this attempt alone. */
  usage?: Usage;
  /** The upstream did not count, or was cut before it had. */
  usageEstimated?: true;
  /** What was charged beside tokens, in nano-dollars, with the id of the price that it was computed from. */
  fee?: { readonly nano: number; readonly price: string };
}

/** Those that were made to answer the client. */
export function answerAttempts({ attempts }: Pick<Outcome, "attempts">): readonly AttemptRecord[] {
  return attempts.some(isBeside) ? attempts.filter((record) => !isBeside(record)) : attempts;
}

export const isBeside = ({ purpose }: AttemptRecord): boolean => purpose !== undefined;

/** What the response cache did. */
export interface CacheOutcome {
  readonly status: CacheStatus;
  /** Of the entry that was found or made. */
  readonly id?: string;
  /** How alike the two requests are, from 0 to 1. */
  readonly score?: number;
  readonly ageSeconds?: number;
  /** With a hit: who gave the answer, and what that used. */
  readonly original?: { readonly provider: string; readonly model: string; readonly usage: Usage };
}

/** What compression took out of a request, in tokens by estimate. */
export interface CompressionOutcome {
  readonly originalTokens: number;
  readonly compressedTokens: number;
  readonly savedTokens: number;
  /** Of the saved ones: those that no upstream has seen before, and those of earlier turns. */
  readonly freshTokens: number;
  readonly historyTokens: number;
  /** Nothing was taken out: it is what would have been. */
  readonly audit?: boolean;
  /** `rewrite`: what an upstream's cache holds of the conversation does not fit any more. */
  readonly cacheRisk: "none" | "rewrite";
  readonly warnings: readonly string[];
}

/** What the gateway searched for while the request was answered. */
export interface SearchesOutcome {
  /** Who answered last. */
  readonly engine: string;
  readonly queries: readonly string[];
  /** How many pages the model was told of. */
  readonly results: number;
  readonly steps: number;
}

/** What `settle` needs to know; filled while the request goes its way. */
export interface Outcome {
  key?: ClientKey;
  model?: string;
  stream?: boolean;
  plan?: Plan;
  readonly attempts: AttemptRecord[];
  searches?: SearchesOutcome;
  usage?: Usage;
  finishReason?: string;
  dropped: readonly Loss[];
  adapted: readonly Loss[];
  firstContentAt?: number;
  error?: GatewayError;
  /** What it may use. */
  hold?: Hold;
  /** The ledger knows of it, */
  admitted?: boolean;
  /** and of what it came to. */
  billed?: boolean;
  /** It runs in the background, as a request of its own. */
  runsOn?: true;
  /** Its client got what this request was answered: nobody was asked, and nothing was used. */
  replayOf?: string;
  cache?: CacheOutcome;
  compression?: CompressionOutcome;
  /** What guards found, in the order in which they looked. */
  guardrails?: readonly Verdict[];
  /** As far as they were known when they were told last. */
  savings?: Reckoned;
}

/** One request of a client, from the matched route to its settlement. */
export interface Exchange {
  readonly id: string;
  /** A UUID of version 7: what metadata and the ledger call this answer. */
  readonly generationId: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly surface: Surface;
  /** The configuration as it was when the request came; a reload does not touch it. */
  readonly snapshot: Snapshot;
  readonly services: Services;
  /** Milliseconds since 1970. */
  readonly arrivedAt: number;
  /** On the clock of `performance.now()`. */
  readonly startedAt: number;
  /** Aborted when the client goes away before its answer is whole. */
  readonly clientGone: Cancellation;
  readonly outcome: Outcome;
}
