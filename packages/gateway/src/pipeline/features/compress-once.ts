import type { CanonicalRequest } from "@signalbox/protocol";
import {
  type Compressed,
  type Job,
  prepareCompression,
  withoutWishes,
} from "../../features/compression/compress-conversation.ts";
import type { PlanFeatures } from "../../routing/target.ts";
import type { ClientRequest } from "../client-request.ts";
import type { CompressionOutcome } from "../exchange.ts";
import { type Compressing, shiftedEras } from "./compress-eras.ts";

/** What became of a request. */
export interface Made {
  readonly request: CanonicalRequest;
  readonly outcome: CompressionOutcome;
  /** It is sent otherwise than it was asked. */
  readonly isChanged: boolean;
  /** There is something to tell. */
  readonly isTold: boolean;
}

export interface Making {
  /** The same again costs nothing: fallbacks ask for it on every attempt. */
  readonly make: (request: CanonicalRequest) => Made;
  /** Gives an engine that takes its time these requests to do. Undefined: there is nothing to wait for. */
  readonly ahead: (requests: readonly CanonicalRequest[]) => Promise<void> | undefined;
}

type Results = readonly string[] | undefined;

const FAILED = "Compression failed, and texts were sent without it.";

/** For one request of a client. */
export function startMaking(exchange: Compressing, request: ClientRequest, features: PlanFeatures): Making {
  const { compression: settings } = exchange.snapshot;
  const { audit } = settings;
  const engine = exchange.services.compressor.engine(settings);
  const { erasFor, isKnown } = shiftedEras(exchange, request, features);
  const done: { readonly of: CanonicalRequest; readonly made: Compressed }[] = [];
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
  const compress = (given: CanonicalRequest): Compressed => {
    const known = done.find(({ of }) => isSameConversation(of, given));
    if (known !== undefined) return known.made;
    const { jobs, finish } = prepareCompression(given, { eras: erasFor(given) });
    const results = jobs.map(run);
    const finished = finish(results);
    const failures = results.includes(undefined) ? [FAILED] : [];
    const made = { ...finished, warnings: [...finished.warnings, ...told, ...failures] };
    done.push({ of: given, made });
    return made;
  };
  return {
    make(given) {
      const made = compress(given);
      const isChanged = audit ? made.hasWishes : made.hasWishes || made.savedTokens > 0;
      const sent = audit ? withoutWishes(given) : made.request;
      return {
        request: isChanged ? { ...given, instructions: sent.instructions, messages: sent.messages } : given,
        outcome: outcomeOf(made, { audit, isKnown }),
        isChanged,
        isTold: made.savedTokens > 0 || made.warnings.length > 0,
      };
    },
    ahead(requests) {
      for (const given of requests) compress(given);
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
