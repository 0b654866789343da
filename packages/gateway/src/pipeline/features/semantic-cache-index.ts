import { openMemoryIndex } from "../../features/response-cache/semantic/memory-index.ts";
import { openSemanticCache, type SemanticCache } from "../../features/response-cache/semantic/semantic-cache.ts";
import { storedIndex } from "../../features/response-cache/semantic/stored-index.ts";
import type { Logger } from "../../observe/log.ts";
import type { SemanticEntryStore } from "../../store/semantic-cache/semantic-entries.ts";

/** Of questions in this process; their answers are bounded by the response cache itself. */
const ENTRIES = 10_000;
const BYTES = 64 * 1024 * 1024;

export interface SemanticPlace {
  /** Absent: the store is no PostgreSQL. */
  readonly entries: SemanticEntryStore | undefined;
  readonly log: Logger;
}

export interface PlacedCache {
  readonly cache: SemanticCache;
  /** Other processes keep their questions there, too. */
  readonly isShared: boolean;
}

/** In PostgreSQL where pgvector is there or can be put there, else in this process. Nothing is done before the first request needs it. */
export function semanticCacheAt({ entries, log }: SemanticPlace): {
  readonly get: () => Promise<PlacedCache>;
  /** Undefined: no request has needed it yet. */
  readonly peek: () => Promise<PlacedCache> | undefined;
} {
  const inProcess = (): PlacedCache => ({
    cache: openSemanticCache(openMemoryIndex({ entries: ENTRIES, bytes: BYTES, now: Date.now })),
    isShared: false,
  });
  const open = async (): Promise<PlacedCache> => {
    if (entries === undefined) return inProcess();
    const state = await entries.ready();
    if (state.ready) return { cache: openSemanticCache(storedIndex(entries)), isShared: true };
    log.warn(
      { why: state.why },
      "the semantic cache compares questions in this process, each replica its own, and not in PostgreSQL",
    );
    return inProcess();
  };
  let opened: Promise<PlacedCache> | undefined;
  return {
    get: () => {
      opened ??= open();
      return opened;
    },
    peek: () => opened,
  };
}
