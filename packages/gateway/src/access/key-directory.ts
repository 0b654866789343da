import type { ClientKey } from "../config/settings.ts";
import { createGuessLimit, type GuessLimit } from "./guess-limit.ts";

/** The keys of the store. Those of the configuration and of the data folder are in the snapshot and never need it. */
export interface KeyDirectory {
  /**
   * The key that this digest (SHA-256, lower-case hex) opens now, else undefined. At once where it is known already. Throws
   * GatewayError `overloaded` while the store is away and nothing is known that may still be trusted.
   */
  readonly find: (digest: string) => ClientKey | undefined | Promise<ClientKey | undefined>;
  /** The same without a look at the store: undefined where it is not known yet. */
  readonly known: (digest: string) => ClientKey | undefined;
  readonly guesses: GuessLimit;
  /** Looks whether anything has changed, and forgets what has. */
  readonly refresh: () => Promise<void>;
  readonly forgetAll: () => void;
  readonly close: () => void;
}

/** Where no key was ever stored. */
export function emptyDirectory(): KeyDirectory {
  return {
    find: () => undefined,
    known: () => undefined,
    guesses: createGuessLimit({ now: Date.now }),
    refresh: async () => undefined,
    forgetAll: () => undefined,
    close: () => undefined,
  };
}
