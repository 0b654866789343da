import { GatewayError } from "@signalbox/protocol";

export interface Lease<T> {
  readonly value: T;
  /** Milliseconds since 1970; absent: it does not expire. */
  readonly expiresAt?: number;
}

export interface TokenCache<T> {
  /** A lease that is good for now. Whoever asks while one is being minted shares it, and its failure. */
  readonly get: (id: string, mint: () => Promise<Lease<T>>) => Promise<Lease<T>>;
  /** The upstream does not take this lease any more: the next who asks has another one minted. */
  readonly drop: (id: string, lease: Lease<T>) => void;
}

export interface TokenCacheOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly size: number;
}

interface Entry<T> {
  lease: Lease<T> | undefined;
  renewAt: number;
  badAt: number;
  minting: Promise<Lease<T>> | undefined;
  failure: { readonly error: GatewayError; readonly until: number; readonly waitMs: number } | undefined;
}

const SECOND = 1000;
/** Renewed so long before its end, while those who ask still get the old one; */
const AHEAD = 300 * SECOND;
/** and in its last moments it may be dead when it arrives. */
const TOO_LATE = 10 * SECOND;
const FIRST_WAIT = SECOND;
const LONGEST_WAIT = 30 * SECOND;

/** Tokens by account. What fails is asked for again after a wait that doubles: until then everybody hears of the failure. */
export function createTokenCache<T>({ now, size }: TokenCacheOptions): TokenCache<T> {
  const entries = new Map<string, Entry<T>>();

  const entryOf = (id: string): Entry<T> => {
    const known = entries.get(id);
    const entry = known ?? { lease: undefined, renewAt: 0, badAt: 0, minting: undefined, failure: undefined };
    entries.delete(id);
    entries.set(id, entry);
    const [oldest] = entries.keys();
    if (entries.size > size && oldest !== undefined) entries.delete(oldest);
    return entry;
  };

  const keep = (entry: Entry<T>, lease: Lease<T>) => {
    const { expiresAt = Number.POSITIVE_INFINITY } = lease;
    const lifetime = expiresAt - now();
    entry.lease = lease;
    entry.renewAt = expiresAt - Math.min(AHEAD, lifetime / 4);
    entry.badAt = expiresAt - Math.min(TOO_LATE, lifetime / 10);
    entry.failure = undefined;
  };

  const renew = (entry: Entry<T>, mint: () => Promise<Lease<T>>): Promise<Lease<T>> => {
    if (entry.minting !== undefined) return entry.minting;
    const { failure } = entry;
    if (failure !== undefined && now() < failure.until) return Promise.reject(failure.error);
    const minting = mint().then(
      (lease) => {
        keep(entry, lease);
        return lease;
      },
      (thrown: unknown) => {
        const waitMs = Math.min(LONGEST_WAIT, failure === undefined ? FIRST_WAIT : failure.waitMs * 2);
        entry.failure = { error: asAuthError(thrown), until: now() + waitMs, waitMs };
        throw entry.failure.error;
      },
    );
    entry.minting = minting;
    const done = () => {
      entry.minting = undefined;
    };
    minting.then(done, done);
    return minting;
  };

  return {
    async get(id, mint) {
      const entry = entryOf(id);
      const { lease } = entry;
      if (lease === undefined || now() >= entry.badAt) return renew(entry, mint);
      // The old one is still good, whatever becomes of this.
      if (now() >= entry.renewAt) renew(entry, mint).catch(() => undefined);
      return lease;
    },
    drop(id, lease) {
      const entry = entries.get(id);
      if (entry?.lease === lease) entry.lease = undefined;
    },
  };
}

function asAuthError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError && thrown.code === "upstream_auth") return thrown;
  const why = thrown instanceof GatewayError ? ` ${thrown.message}` : "";
  return new GatewayError("upstream_auth", `No access token could be had for the credential.${why}`, { cause: thrown });
}
