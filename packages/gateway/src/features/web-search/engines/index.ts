import type { SearchEngineId } from "../../../config/features.ts";
import type { SearchEngineSettings, WebSearchSettings } from "../../../config/settings.ts";
import type { SearchEngine } from "../engine.ts";
import { brave } from "./brave.ts";
import { exa } from "./exa.ts";
import { searxng } from "./searxng.ts";
import { tavily } from "./tavily.ts";

const ENGINES: Readonly<Record<SearchEngineId, SearchEngine>> = { searxng, brave, tavily, exa };

/** An engine with the operator's account at it. */
export interface ConfiguredEngine {
  readonly engine: SearchEngine;
  readonly settings: SearchEngineSettings;
  /** The operator wrote its address: it may be private. */
  readonly privateAllowed: boolean;
}

/** The engines to ask, the wanted one first; the others follow where it fails. Empty: none is configured, or not this one. */
export function enginesFor(
  { engine: preferred, engines }: WebSearchSettings,
  wanted: SearchEngineId | undefined,
): readonly ConfiguredEngine[] {
  const first = wanted ?? preferred ?? engines.keys().next().value;
  if (first === undefined || !engines.has(first)) return [];
  return [first, ...[...engines.keys()].filter((id) => id !== first)].flatMap((id) => {
    const settings = engines.get(id);
    return settings === undefined ? [] : [configured(ENGINES[id], settings)];
  });
}

function configured(engine: SearchEngine, settings: SearchEngineSettings): ConfiguredEngine {
  const baseUrl = settings.baseUrl ?? engine.baseUrl;
  return {
    engine,
    settings: baseUrl === undefined ? settings : { ...settings, baseUrl },
    privateAllowed: settings.baseUrl !== undefined,
  };
}
