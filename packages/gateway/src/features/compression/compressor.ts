import type { CompressionSettings } from "../../config/features.ts";
import type { Router } from "../../config/router.ts";
import type { CompressionEngine } from "./engine.ts";
import { createEras, type Eras } from "./eras.ts";
import { extractive } from "./extractive.ts";

/** What of compression outlives a request. */
export interface Compressor {
  readonly engine: (settings: CompressionSettings) => CompressionEngine;
  readonly eras: Eras;
  /** Which routers compress otherwise than before is noticed. */
  readonly reconfigure: (configuration: Configuration) => void;
  /** When one of these routers was last told to compress otherwise, on the clock of `performance.now()`. */
  readonly changedAt: (routers: readonly string[]) => number | undefined;
}

interface Configuration {
  readonly routers: ReadonlyMap<string, Pick<Router, "promptCompression">>;
  readonly compression?: CompressionSettings;
}

export interface CompressorOptions {
  readonly first: Configuration;
  /** False where several processes serve one conversation. */
  readonly remembers: boolean;
  readonly now?: () => number;
  /** Beside the one that needs nothing installed. */
  readonly engines?: readonly CompressionEngine[];
}

/**
 * A router that is new is no change: at the start of a process all are, and conversations that were compressed before would lose what
 * their provider's cache holds of them.
 */
export function createCompressor(options: CompressorOptions): Compressor {
  const { first, remembers, now = () => performance.now(), engines = [] } = options;
  const levels = new Map<string, string>();
  const changes = new Map<string, number>();
  let settings: CompressionSettings | undefined;
  const engineFor = (id: string | undefined) => engines.find((engine) => engine.id === id) ?? extractive;
  const reconfigure = ({ routers, compression }: Configuration) => {
    settings = compression;
    for (const name of levels.keys()) if (!routers.has(name)) forget(name);
    for (const [name, router] of routers) {
      const level = levelOf(router);
      const before = levels.get(name);
      if (before !== undefined && before !== level) changes.set(name, now());
      levels.set(name, level);
    }
  };
  const forget = (name: string) => {
    levels.delete(name);
    changes.delete(name);
  };
  reconfigure(first);
  const eras = createEras({ remembers });
  // What another engine has sent of a conversation, this one has not.
  const byEngine = (conversation: string): string => {
    const { id, revision }: CompressionEngine = engineFor(settings?.engine);
    return `${id} ${revision?.() ?? 0} ${conversation}`;
  };
  return {
    engine: ({ engine }) => engineFor(engine),
    eras: { ...eras, of: (turn) => eras.of({ ...turn, conversation: byEngine(turn.conversation) }) },
    reconfigure,
    changedAt: (routers) =>
      routers.reduce<number | undefined>((latest, name) => later(latest, changes.get(name)), undefined),
  };
}

const levelOf = ({ promptCompression }: Pick<Router, "promptCompression">): string =>
  promptCompression?.enabled === true ? String(promptCompression.aggressiveness ?? "default") : "off";

const later = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);
