import { createHash } from "node:crypto";
import { isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CompressionSettings } from "../../../config/features.ts";
import type { CompressibleText, CompressionEngine } from "../engine.ts";
import { extractive } from "../extractive.ts";
import { keptShare } from "../levels.ts";
import { hasWords } from "./kept-words.ts";
import { createMemory } from "./memory.ts";
import { LIMIT_MS, type ModelHost, type ModelHostOptions, startModelHost } from "./model-host.ts";
import type { Answer, Failure } from "./model-queue.ts";

/** The engine, and the process that it asks. */
export interface Llmlingua {
  readonly engine: CompressionEngine;
  /** Loads the model where it is wanted and is not loaded, and lets it go where it is not. */
  readonly reconfigure: (configuration: Configuration) => void;
  readonly close: () => void;
}

interface Configuration {
  readonly compression: CompressionSettings;
}

export interface LlmlinguaOptions extends Pick<ModelHostOptions, "log" | "start"> {
  readonly first: Configuration & { readonly data: string };
}

/** What a group of texts becomes. */
type Made =
  | { readonly by: "model"; readonly texts: readonly string[] }
  | { readonly by: "extractive"; readonly because?: Failure };

const isMade = (made: Made | Promise<Made>): made is Made => !(made instanceof Promise);

interface Group {
  /** The same for the same texts at the same level by the same model. */
  readonly key: string;
  readonly places: readonly number[];
  readonly texts: readonly CompressibleText[];
}

/** In characters of what was made. */
const REMEMBERED = 32_000_000;
const LEAST_WEIGHT = 200;

/**
 * Leaves out words: those that a model of the user's finds superfluous (https://arxiv.org/abs/2403.12968), whatever is asked about them.
 * Where the model does not answer, the extractive engine does, and for the same texts again: what was sent once is sent the same again.
 */
export function createLlmlingua(options: LlmlinguaOptions): Llmlingua {
  const memory = createMemory<Made>(REMEMBERED);
  const asking = new Map<string, Promise<Made>>();
  let settings: CompressionSettings | undefined;
  let host: ModelHost | undefined;
  let revision = 0;

  const remember = (key: string, made: Made): Made => {
    memory.set(key, made, LEAST_WEIGHT + (made.by === "model" ? made.texts.join("").length : 0));
    return made;
  };
  const ask = (available: ModelHost, { key, texts }: Group, share: number): Promise<Made> => {
    const before = asking.get(key);
    if (before !== undefined) return before;
    const asked = available.ask(textsOf(texts), share).then((answer) => {
      asking.delete(key);
      return remember(key, madeOf(texts, answer));
    });
    asking.set(key, asked);
    return asked;
  };
  const askHost = (group: Group, share: number): Made | Promise<Made> => {
    const state = host?.state();
    if (host !== undefined && state === "ready") return ask(host, group, share);
    return remember(group.key, { by: "extractive", because: state === "loading" ? state : "absent" });
  };
  const reconfigure = ({ compression }: Configuration) => {
    if (compression === settings) return;
    const isSame = isSameModel(compression, settings) && host?.state() !== "absent";
    settings = compression;
    if (isSame) return;
    host?.close();
    host = startHost(compression, options);
    // Who changes it wants to see what it does.
    revision += 1;
  };
  reconfigure(options.first);

  return {
    engine: {
      id: "llmlingua-2",
      revision: () => revision,
      compress(texts, aggressiveness, warn) {
        const groups = groupsOf(texts, [revision, aggressiveness]);
        const share = keptShare(aggressiveness);
        const made = groups.map((group) => memory.get(group.key) ?? wordless(group) ?? askHost(group, share));
        const all = { texts, aggressiveness, warn };
        return made.every(isMade)
          ? assembled(all, groups, made)
          : Promise.all(made).then((settled) => assembled(all, groups, settled));
      },
    },
    reconfigure,
    close: () => host?.close(),
  };
}

const isSameModel = (one: CompressionSettings, other: CompressionSettings | undefined): boolean =>
  one.engine === other?.engine && one.model === other.model && one.folder === other.folder;

function startHost(
  { engine, model, folder }: CompressionSettings,
  { first, log, start }: LlmlinguaOptions,
): ModelHost | undefined {
  if (engine !== "llmlingua-2" || model === undefined) return undefined;
  const folders = [folder ?? [], first.data, process.cwd(), fileURLToPath(new URL(".", import.meta.url))].flat();
  const order = { model, isFolder: isAbsolute(model), folders, downloads: join(first.data, "models") };
  return startModelHost({ order, log, ...(start === undefined ? {} : { start }) });
}

function groupsOf(texts: readonly CompressibleText[], level: readonly unknown[]): readonly Group[] {
  return [...Map.groupBy(texts.keys(), (at) => texts[at]?.group).values()].map((places) => {
    const own = places.flatMap((at) => texts[at] ?? []);
    const key = createHash("sha256")
      .update(JSON.stringify([...level, textsOf(own)]))
      .digest("base64");
    return { key, places, texts: own };
  });
}

const textsOf = (texts: readonly CompressibleText[]): readonly string[] => texts.map(({ text }) => text);

const wordless = ({ texts }: Group): Made | undefined =>
  texts.every(({ text }) => hasWords(text)) ? undefined : { by: "extractive" };

function madeOf(texts: readonly CompressibleText[], answer: Answer): Made {
  if ("failure" in answer) return { by: "extractive", because: answer.failure };
  const isWhole = answer.texts.length === texts.length;
  return isWhole ? { by: "model", texts: answer.texts } : { by: "extractive", because: "failed" };
}

interface Asked {
  readonly texts: readonly CompressibleText[];
  readonly aggressiveness: number;
  readonly warn: ((warning: string) => void) | undefined;
}

function assembled(asked: Asked, groups: readonly Group[], made: readonly Made[]): readonly string[] {
  const compressed = [...textsOf(asked.texts)];
  for (const [index, { places, texts }] of groups.entries()) {
    const one = made[index];
    if (one === undefined) continue;
    const own = one.by === "model" ? one.texts : byExtractive({ ...asked, texts }, one.because);
    for (const [at, place] of places.entries()) {
      const text = own[at];
      if (text !== undefined) compressed[place] = text;
    }
  }
  return compressed;
}

function byExtractive({ texts, aggressiveness, warn }: Asked, because: Failure | undefined): readonly string[] {
  if (because !== undefined)
    warn?.(`Texts were compressed by the extractive engine: llmlingua-2 ${FAILURES[because]}.`);
  return extractive.compress(texts, aggressiveness);
}

const FAILURES: Readonly<Record<Failure, string>> = {
  absent: "has no model running, and the log says why",
  loading: "was still loading its model",
  busy: "had too much to do",
  late: `took longer than ${LIMIT_MS / 1_000} seconds`,
  failed: "could not compress them",
};
