import type { KeyDirectory } from "../access/key-directory.ts";
import { createAccounts } from "../accounting/create-accounts.ts";
import type { Ledger } from "../accounting/ledger/ledger.ts";
import { openLedger } from "../accounting/ledger/open-ledger.ts";
import type { SnapshotHolder } from "../catalogue/snapshot-holder.ts";
import type { Secret } from "../config/secret.ts";
import { createCompressor } from "../features/compression/compressor.ts";
import { createLlmlingua } from "../features/compression/llmlingua/llmlingua.ts";
import { createCachedContents } from "../features/prompt-cache/cached-contents.ts";
import { createKnownPrompts } from "../features/prompt-cache/known-prompts.ts";
import { createResponseCache } from "../features/response-cache/response-cache.ts";
import type { Logger } from "../observe/log.ts";
import type { Services } from "../pipeline/exchange.ts";
import { expireStored } from "../pipeline/expire-stored.ts";
import { openSemanticAnswers } from "../pipeline/features/semantic-cache.ts";
import { createBodyKeeper } from "../pipeline/keep-bodies-queue.ts";
import { createLearnedFields } from "../pipeline/learned-fields.ts";
import { createBackgroundRuns } from "../pipeline/responses/background-runs.ts";
import { createHealth } from "../routing/health/health.ts";
import { createSessionMemory } from "../routing/stickiness.ts";
import { StoreError } from "../store/errors.ts";
import type { LedgerStore, SpendOwner } from "../store/ledger/ledger-rows.ts";
import type { Store } from "../store/open.ts";
import { openSharedState } from "../store/shared-state/open.ts";
import { openValues } from "../store/shared-state/open-values.ts";
import { createAgents } from "../upstream/agents.ts";
import { openStoredKeys } from "./stored-keys.ts";
import { VERSION } from "./version.ts";

export interface ServicesOptions {
  readonly snapshots: SnapshotHolder;
  readonly store: Store;
  /** Where limits and budgets are counted; absent: in this process. */
  readonly redis: Secret | undefined;
  readonly log: Logger;
}

export interface OpenServices {
  readonly services: Services;
  readonly keys: KeyDirectory;
  readonly ledger: Ledger;
  readonly spending: Pick<LedgerStore, "spentNano">;
  /** After the last request: what is still to be said is said, then the pools are closed. The store is left open. */
  readonly close: () => Promise<void>;
}

/** What each process learns for itself, and forgets with its end. */
const createMemories = () => ({
  sessions: createSessionMemory(),
  learned: createLearnedFields(),
  cachedContents: createCachedContents(),
  knownPrompts: createKnownPrompts(),
});

/** Everything that outlives a request. Rejects with StoreError where it cannot be had. */
export async function openServices({ snapshots, store, redis, log }: ServicesOptions): Promise<OpenServices> {
  const first = snapshots.current();
  const ledger = await openLedger({ folder: first.data, store: store.ledger, settings: first.ledger, log });
  // What this process has settled counts, whether the database has it yet or not.
  const spentNano = async (owner: SpendOwner, since: number) => {
    if (!(await ledger.flush())) throw new StoreError("unavailable", "The ledger's database is away.");
    return store.ledger.spentNano(owner, since);
  };
  const shared = await openSharedState({ redis, log });
  const limitBytes = () => snapshots.current().cache.memoryBytes;
  const cache = createResponseCache(await openValues({ redis, sealer: store.sealer, log, limitBytes }), VERSION);
  const accounts = createAccounts({ shared, spent: spentNano, settings: first.outage, log });
  const keys = openStoredKeys(store.accounts, { snapshots, log });
  const health = createHealth(first);
  const forget = snapshots.subscribe(health.reconfigure);
  const llmlingua = createLlmlingua({ first, log });
  // Processes that share their state serve the same conversations, and must treat them alike.
  const compressor = createCompressor({ first, remembers: redis === undefined, engines: [llmlingua.engine] });
  const forgetLevels = snapshots.subscribe(compressor.reconfigure);
  const forgetModel = snapshots.subscribe(llmlingua.reconfigure);
  const agents = createAgents();
  const bodies = createBodyKeeper({ store: store.bodies, log });
  const runs = createBackgroundRuns({ store: store.responses, log });
  const { idempotency, responses, conversations, objects, semanticEntries } = store;
  const similar = openSemanticAnswers({ entries: semanticEntries, log });
  const expiring = [idempotency, store.bodies, responses, conversations, objects];
  const stopExpiring = expireStored(semanticEntries === undefined ? expiring : [...expiring, semanticEntries], log);
  return {
    services: {
      agents,
      keys,
      accounts,
      ledger,
      log,
      health,
      ...createMemories(),
      compressor,
      idempotency,
      bodies,
      responses,
      conversations,
      objects,
      cache,
      similar,
      runs,
    },
    keys,
    ledger,
    spending: { spentNano },
    close: async () => {
      forget();
      forgetLevels();
      forgetModel();
      llmlingua.close();
      stopExpiring();
      await runs.close();
      await similar.close();
      await keys.close();
      await bodies.close();
      await accounts.close();
      cache.close();
      await ledger.close();
      await agents.close();
    },
  };
}
