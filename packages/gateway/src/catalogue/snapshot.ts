import type { ClientKey, PlainSettings, PublicModelSettings } from "../config/settings.ts";
import type { ResolvedProvider } from "../providers/resolved.ts";

/** Everything that a request is answered by. Immutable: a reload makes another one, requests under way keep theirs. */
export interface Snapshot extends PlainSettings {
  /** No provider was configured: the built-in simulator stands in. */
  readonly simulator: boolean;
  /** By SHA-256 (lower-case hex) of the key. */
  readonly keys: ReadonlyMap<string, ClientKey>;
  readonly providers: ReadonlyMap<string, ResolvedProvider>;
  /** Other names of providers: `google` → `google-ai-studio`. */
  readonly providerAliases: ReadonlyMap<string, string>;
  /** The public names that the operator made. */
  readonly models: ReadonlyMap<string, PublicModelSettings>;
  /** Which of the providers have a model of this bare id, best first. */
  readonly owners: ReadonlyMap<string, readonly string[]>;
}

export interface SnapshotHolder {
  readonly current: () => Snapshot;
  /** Called after each swap. Returns what ends the subscription. */
  readonly subscribe: (listener: (snapshot: Snapshot) => void) => () => void;
}
