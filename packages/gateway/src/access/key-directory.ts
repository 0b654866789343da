import { GatewayError } from "@signalbox/protocol";
import type { ClientKey } from "../config/settings.ts";
import type { Logger } from "../observe/log.ts";
import type { AccountChanges, AccountStore } from "../store/accounts/accounts.ts";
import { StoreError } from "../store/errors.ts";
import { isOpen } from "./check-caller.ts";
import { createGuessLimit, type GuessLimit } from "./guess-limit.ts";
import { createRecentMap } from "./recent-map.ts";
import { toClientKey } from "./stored-key.ts";

/** The keys of the store. Those of the configuration and of the data folder are in the snapshot and never need it. */
export interface KeyDirectory {
  /**
   * The key that this digest (SHA-256, lower-case hex) opens now, else undefined. At once where it is known already. Throws, or
   * rejects with, GatewayError `overloaded` while the store is away and nothing is known that may still be trusted.
   */
  readonly find: (digest: string) => ClientKey | undefined | Promise<ClientKey | undefined>;
  /** The same without a look at the store: undefined where it is not known. */
  readonly known: (digest: string) => ClientKey | undefined;
  readonly guesses: GuessLimit;
  /** Looks whether anything has changed, and forgets what has. Never rejects: a store that is away is noted. */
  readonly refresh: () => Promise<void>;
  readonly forgetAll: () => void;
  /** Notes the last uses that are not noted yet. */
  readonly close: () => Promise<void>;
}

export interface KeyDirectoryOptions {
  readonly store: Pick<AccountStore, "revision" | "changedSince"> & {
    readonly keys: Pick<AccountStore["keys"], "find" | "touch">;
  };
  /** While the store is away, keys that were seen in it so lately keep working. */
  readonly keysMinutes: () => number;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
  /** Milliseconds since 1970: keys expire by it. */
  readonly now?: () => number;
  /** Milliseconds that only go forward: trust ends by it, whatever is done to the other clock. */
  readonly elapsed?: () => number;
}

/** Where no key was ever stored. */
export function emptyDirectory(): KeyDirectory {
  return {
    find: () => undefined,
    known: () => undefined,
    guesses: createGuessLimit({ now: () => performance.now() }),
    refresh: async () => undefined,
    forgetAll: () => undefined,
    close: async () => undefined,
  };
}

export function openKeyDirectory(options: KeyDirectoryOptions): KeyDirectory {
  return new StoredKeys(options);
}

const MINUTE_MS = 60_000;
const KNOWN_KEYS = 50_000;
const KNOWN_STRANGERS = 10_000;
const STRANGER_MS = 30_000;
/** What was seen so lately needs no second look, even where nobody refreshes and keys may not outlive the store at all. */
const FRESH_MS = 10_000;
/** A store that is away is not asked by every request: it is late with each answer. */
const ASK_AGAIN_MS = 1000;
const NOTE_USES_MS = 30_000;

interface Entry {
  readonly key: ClientKey;
  /** When the store was asked, by the clock that only goes forward. */
  readonly askedAt: number;
  /** Milliseconds since 1970; 0: not since it was last noted. */
  usedAt: number;
}

class StoredKeys implements KeyDirectory {
  readonly guesses: GuessLimit;
  readonly #options: Required<KeyDirectoryOptions>;
  readonly #entries = createRecentMap<Entry>(KNOWN_KEYS);
  /** Digests that open nothing, and until when that is believed. */
  readonly #strangers = createRecentMap<number>(KNOWN_STRANGERS);
  readonly #asked = new Map<string, Promise<ClientKey | undefined>>();
  readonly #used = new Set<Entry>();
  #notedAt: number;
  #revision: number | undefined;
  /** Everything that is known was so in the store at that time. */
  #checkedAt = Number.NEGATIVE_INFINITY;
  /** Since when the store is away, and when it was last asked. */
  #away: { readonly triedAt: number } | undefined;
  /** Grows when something was forgotten: what had been asked for before may be what it was forgotten for. */
  #generation = 0;
  #checking: Promise<void> | undefined;
  #checkingNext: Promise<void> | undefined;

  constructor({ now = Date.now, elapsed = () => performance.now(), ...options }: KeyDirectoryOptions) {
    this.#options = { ...options, now, elapsed };
    this.#notedAt = elapsed();
    this.guesses = createGuessLimit({ now: elapsed });
  }

  readonly known = (digest: string): ClientKey | undefined => {
    const entry = this.#entries.get(digest);
    return entry !== undefined && this.#isTrusted(entry) ? this.#use(entry) : undefined;
  };

  readonly find = (digest: string): ClientKey | undefined | Promise<ClientKey | undefined> => {
    const entry = this.#entries.get(digest);
    if (entry !== undefined && this.#isTrusted(entry)) return this.#use(entry);
    const { elapsed } = this.#options;
    if (elapsed() < (this.#strangers.get(digest) ?? 0)) return undefined;
    if (this.#away !== undefined && elapsed() - this.#away.triedAt < ASK_AGAIN_MS) throw storeIsAway();
    const asked = this.#asked.get(digest);
    if (asked !== undefined) return asked;
    const asking = this.#ask(digest).finally(() => this.#asked.delete(digest));
    this.#asked.set(digest, asking);
    return asking;
  };

  /** One that runs already may have looked before what its caller knows of: another one follows it. */
  readonly refresh = (): Promise<void> => {
    if (this.#checking === undefined) {
      this.#checking = this.#check().finally(() => {
        this.#checking = undefined;
      });
      return this.#checking;
    }
    this.#checkingNext ??= this.#checking.then(() => {
      this.#checkingNext = undefined;
      return this.refresh();
    });
    return this.#checkingNext;
  };

  readonly forgetAll = (): void => {
    this.#generation += 1;
    this.#entries.clear();
    this.#strangers.clear();
  };

  readonly close = (): Promise<void> => this.#noteUses();

  #isTrusted(entry: Entry): boolean {
    const { keysMinutes, elapsed } = this.#options;
    const lately = keysMinutes() * MINUTE_MS;
    const limit = this.#away === undefined ? Math.max(FRESH_MS, lately) : lately;
    return elapsed() - Math.max(entry.askedAt, this.#checkedAt) <= limit;
  }

  #use(entry: Entry): ClientKey | undefined {
    const now = this.#options.now();
    if (!isOpen(entry.key, now)) return undefined;
    if (entry.usedAt === 0) this.#used.add(entry);
    entry.usedAt = now;
    return entry.key;
  }

  async #ask(digest: string): Promise<ClientKey | undefined> {
    const { store, elapsed } = this.#options;
    const generation = this.#generation;
    const askedAt = elapsed();
    const found = await store.keys.find(digest).catch((error: unknown) => {
      throw this.#failure(error);
    });
    // What was revoked while the store was away is forgotten before anything that is known from before is trusted again.
    if (this.#away !== undefined) await this.refresh();
    const lasting = generation === this.#generation;
    if (found === undefined) {
      if (lasting) this.#strangers.set(digest, elapsed() + STRANGER_MS);
      return undefined;
    }
    const entry: Entry = { key: toClientKey(found, digest), askedAt, usedAt: 0 };
    if (lasting) this.#entries.set(digest, entry);
    return this.#use(entry);
  }

  async #check(): Promise<void> {
    const { store, elapsed, log } = this.#options;
    const askedAt = elapsed();
    try {
      await this.#forgetChanged(await store.revision());
    } catch (error) {
      this.#failure(error);
      return;
    }
    this.#checkedAt = askedAt;
    if (this.#away !== undefined) log.info("the store of keys is back");
    this.#away = undefined;
    if (elapsed() - this.#notedAt >= NOTE_USES_MS) await this.#noteUses();
  }

  async #forgetChanged(revision: number): Promise<void> {
    if (revision === this.#revision) return;
    // Nothing is known of before the first look; and what went back was restored from a copy.
    if (this.#revision === undefined || revision < this.#revision) {
      this.forgetAll();
      this.#revision = revision;
      return;
    }
    const changes = await this.#options.store.changedSince(this.#revision);
    this.#forget(changes);
    this.#revision = changes.revision;
  }

  #forget({ changed }: AccountChanges): void {
    if (changed === "much") {
      this.forgetAll();
      return;
    }
    this.#generation += 1;
    this.#strangers.clear();
    for (const [digest, { key }] of this.#entries.entries()) {
      const { id, team = "", org = "", group } = key;
      const own = changed.key.has(id) || changed.group.has(group?.id ?? "");
      if (own || changed.team.has(team) || changed.org.has(org)) this.#entries.delete(digest);
    }
  }

  #failure(error: unknown): GatewayError {
    const { log, elapsed } = this.#options;
    if (error instanceof StoreError && error.code !== "unavailable") {
      log.error({ err: error }, "a key cannot be read");
      return new GatewayError("internal", "This key cannot be read.", { cause: error });
    }
    if (this.#away === undefined)
      log.warn({ err: error }, "the store of keys is away: keys that were seen lately keep working");
    this.#away = { triedAt: elapsed() };
    return storeIsAway(error);
  }

  /** Best effort: nothing depends on it. */
  async #noteUses(): Promise<void> {
    const { store, elapsed, log } = this.#options;
    this.#notedAt = elapsed();
    if (this.#used.size === 0) return;
    const uses = new Map<string, Date>();
    for (const entry of this.#used) {
      const before = uses.get(entry.key.id);
      if (before === undefined || +before < entry.usedAt) uses.set(entry.key.id, new Date(entry.usedAt));
      entry.usedAt = 0;
    }
    this.#used.clear();
    await store.keys.touch(uses).catch((error: unknown) => {
      log.warn({ err: error }, "when keys were last used could not be noted");
    });
  }
}

function storeIsAway(cause?: unknown): GatewayError {
  return new GatewayError("overloaded", "Keys cannot be looked up at the moment. Try again shortly.", {
    retryAfterMs: ASK_AGAIN_MS,
    ...(cause === undefined ? {} : { cause }),
  });
}
