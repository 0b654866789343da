import type { CanonicalRequest } from "@signalbox/protocol";
import type { EndpointDialect } from "../../config/quirks.ts";
import {
  type Compressed,
  type Job,
  prepareCompression,
  type Saved,
  withoutWishes,
} from "../../features/compression/compress-conversation.ts";
import { longestMinimum } from "../../features/prompt-cache/minimums.ts";
import type { PlanFeatures } from "../../routing/target.ts";
import type { ClientRequest } from "../client-request.ts";
import type { CompressionOutcome } from "../exchange.ts";
import { type Compressing, shiftedEras } from "./compress-eras.ts";

/** What became of a request. */
export interface Made {
  readonly request: CanonicalRequest;
  readonly outcome: CompressionOutcome;
  /** The same, as the vendors of a dialect are sent it. */
  readonly outcomeAt: (dialect: EndpointDialect) => CompressionOutcome;
  /** It is sent otherwise than it was asked. */
  readonly isChanged: boolean;
  /** There is something to tell. */
  readonly isTold: boolean;
}

export interface Making {
  /** The same again costs nothing: fallbacks ask for it on every attempt. */
  readonly make: (sending: Sending) => Made;
  /** Gives an engine that takes its time these requests to do. Undefined: there is nothing to wait for. */
  readonly ahead: (sendings: readonly Sending[]) => Promise<void> | undefined;
}

export interface Sending {
  readonly given: CanonicalRequest;
  /** To which model. */
  readonly model: string;
}

type Results = readonly string[] | undefined;

const FAILED = "Compression failed, and texts were sent without it.";

/** For one request of a client. */
export function startMaking(exchange: Compressing, request: ClientRequest, features: PlanFeatures): Making {
  const { compression: settings } = exchange.snapshot;
  const { audit } = settings;
  const engine = exchange.services.compressor.engine(settings);
  const { erasFor, isKnown } = shiftedEras(exchange, request, features);
  const done: { readonly of: CanonicalRequest; readonly floorTokens: number; readonly made: Compressed }[] = [];
  /** Of an engine that takes its time. */
  const early = new Map<string, Results>();
  let pending: Promise<void>[] = [];
  const told = new Set<string>();
  const warn = (warning: string) => void told.add(warning);

  const run = (job: Job): Results => {
    const key = early.size === 0 ? "" : keyOf(job);
    if (early.has(key)) return early.get(key);
    try {
      const results = engine.compress(job.texts, job.aggressiveness, warn);
      if (!(results instanceof Promise)) return checked(job, results);
      const keep = (kept: Results) => void early.set(keyOf(job), kept);
      pending.push(results.then((made) => keep(checked(job, made))).catch(() => keep(undefined)));
    } catch {
      // A text is better sent as it is than not at all; the warning tells of it.
    }
    return undefined;
  };
  const compress = ({ given, model }: Sending): Compressed => {
    const floorTokens = longestMinimum(model);
    const known = done.find((one) => one.floorTokens === floorTokens && isSameConversation(one.of, given));
    if (known !== undefined) return known.made;
    const { jobs, finish } = prepareCompression(given, { eras: erasFor(given), floorTokens });
    const results = jobs.map(run);
    const finished = finish(results);
    const failures = results.includes(undefined) ? [FAILED] : [];
    const made = { ...finished, warnings: [...finished.warnings, ...told, ...failures] };
    done.push({ of: given, floorTokens, made });
    return made;
  };
  return {
    make(sending) {
      const { given } = sending;
      const made = compress(sending);
      const isChanged = audit ? made.hasWishes : made.hasWishes || made.savedTokens > 0;
      const sent = audit ? withoutWishes(given) : made.request;
      const outcome = outcomeOf(made, { audit, isKnown });
      return {
        request: isChanged ? { ...given, instructions: sent.instructions, messages: sent.messages } : given,
        outcome,
        outcomeAt: (dialect) => (dialect === "gemini" ? withoutLayout(outcome, made.layout()) : outcome),
        isChanged,
        isTold: made.savedTokens > 0 || made.warnings.length > 0,
      };
    },
    ahead(sendings) {
      for (const sending of sendings) compress(sending);
      if (pending.length === 0) return undefined;
      const all = Promise.all(pending);
      pending = [];
      // What was made without the engine is made again with it.
      return all.then(() => void done.splice(0));
    },
  };
}

const keyOf = ({ aggressiveness, texts }: Job): string => JSON.stringify([aggressiveness, texts]);

const checked = ({ texts }: Job, results: readonly string[]): Results =>
  results.length === texts.length ? results : undefined;

/** Attempts differ in what surrounds a conversation, and seldom in the conversation. */
function isSameConversation(one: CanonicalRequest, other: CanonicalRequest): boolean {
  return isSameList(one.instructions, other.instructions) && isSameList(one.messages, other.messages);
}

const isSameList = (one: readonly object[], other: readonly object[]): boolean =>
  one.length === other.length && one.every((item, at) => item === other[at]);

/** Gemini is sent JSON objects as objects: white space between their tokens would not have reached it. */
function withoutLayout(outcome: CompressionOutcome, { freshTokens, historyTokens }: Saved): CompressionOutcome {
  return {
    ...outcome,
    originalTokens: outcome.originalTokens - freshTokens - historyTokens,
    savedTokens: outcome.savedTokens - freshTokens - historyTokens,
    freshTokens: outcome.freshTokens - freshTokens,
    historyTokens: outcome.historyTokens - historyTokens,
  };
}

interface Circumstances {
  readonly audit: boolean;
  readonly isKnown: boolean;
}

/** An earlier turn that this process has not sent so itself may stand otherwise in the provider's cache. */
function outcomeOf(made: Compressed, { audit, isKnown }: Circumstances): CompressionOutcome {
  const { originalTokens, compressedTokens, savedTokens, freshTokens, historyTokens, warnings } = made;
  return {
    originalTokens,
    compressedTokens,
    savedTokens,
    freshTokens,
    historyTokens,
    cacheRisk: historyTokens > 0 && (audit || !isKnown) ? "rewrite" : "none",
    warnings,
    ...(audit ? { audit } : {}),
  };
}
