import { idAt } from "../catalogue/own-ids.ts";
import { ownersOfModel } from "../catalogue/owners.ts";
import type { Snapshot } from "../catalogue/snapshot.ts";
import type { SurfaceDialect } from "../config/quirks.ts";
import type { TargetSettings } from "../config/settings.ts";
import type { TimeoutOverrides, Timeouts } from "../config/timeouts.ts";
import type { ResolvedProvider } from "../providers/resolved.ts";
import { speaks } from "./serving.ts";
import type { Target } from "./target.ts";

/** Names under which Claude Code, which lists only `claude…` ids, sees models of other makers. */
export const CLAUDE_ALIAS_PREFIX = "claude-via-";

/** The targets of one name, and who put them in order. */
export interface Named {
  readonly targets: readonly Target[];
  /**
   * `operator`: a public name, whose order is meant. `client`: `provider/model`. `nobody`: a bare id that several providers
   * may have; those that speak the client's dialect stand first. `group`: as the priorities of its channels have it.
   */
  readonly orderedBy: "operator" | "client" | "nobody" | "group";
  /** Those of the targets that are no answer to the name alone: the request named their providers beside it. */
  readonly pinned?: readonly Target[];
}

export interface Asking {
  /** The client's. */
  readonly dialect: SurfaceDialect;
  /** The only providers that may answer a name that a person wrote. */
  readonly only?: readonly string[] | undefined;
}

/**
 * The targets that a model name stands for: an operator's public name, `provider/model`, a bare id that providers are known
 * to have, or, last, providers that accept any name. None when the name is unknown.
 */
export function resolveName(snapshot: Snapshot, name: string, { dialect, only }: Asking): Named {
  const listed = publicModel(snapshot, name);
  if (listed !== undefined) return listed;
  const found = qualified(snapshot, name) ?? {
    targets: preferOwnDialect(byBareName(snapshot, name), dialect),
    orderedBy: "nobody",
  };
  const pinned = only === undefined ? [] : pinnedTargets(snapshot, found.targets, { name, only });
  return pinned.length === 0 ? found : { ...found, targets: [...found.targets, ...pinned], pinned };
}

/** The name without what SDKs put before it: Gemini's `models/` and our alias for Claude Code. */
export function plainName(requested: string): string {
  const name = requested.startsWith("models/") ? requested.slice("models/".length) : requested;
  return name.startsWith(CLAUDE_ALIAS_PREFIX) ? name.slice(CLAUDE_ALIAS_PREFIX.length) : name;
}

export function withTimeouts(timeouts: Timeouts, overrides: TimeoutOverrides): Timeouts {
  return {
    connectMs: overrides.connectMs ?? timeouts.connectMs,
    firstTokenMs: overrides.firstTokenMs ?? timeouts.firstTokenMs,
    reasoningMs: overrides.reasoningMs ?? timeouts.reasoningMs,
    idleMs: overrides.idleMs ?? timeouts.idleMs,
    stallMs: overrides.stallMs ?? timeouts.stallMs,
    totalMs: overrides.totalMs ?? timeouts.totalMs,
    deadlineMs: overrides.deadlineMs ?? timeouts.deadlineMs,
  };
}

function preferOwnDialect(targets: readonly Target[], dialect: SurfaceDialect): readonly Target[] {
  return targets.toSorted((a, b) => Number(speaks(b, dialect)) - Number(speaks(a, dialect)));
}

function publicModel(snapshot: Snapshot, name: string): Named | undefined {
  const model = snapshot.models.get(name);
  if (model === undefined) return undefined;
  const targets = model.targets.flatMap((settings) => {
    const provider = snapshot.providers.get(settings.provider);
    if (provider === undefined) return [];
    return [
      target(snapshot, provider, {
        settings,
        overrides: model.timeouts,
        reason: `listed under the public name '${name}'`,
      }),
    ];
  });
  return { targets, orderedBy: "operator" };
}

function qualified(snapshot: Snapshot, name: string): Named | undefined {
  const slash = name.indexOf("/");
  if (slash <= 0) return undefined;
  const prefix = name.slice(0, slash);
  const provider = snapshot.providers.get(snapshot.providerAliases.get(prefix) ?? prefix);
  const asked = name.slice(slash + 1);
  if (provider === undefined || asked === "") return undefined;
  const model = idAt(provider, asked) ?? (provider.anyModel ? asked : undefined);
  if (model === undefined) return undefined;
  const found = target(snapshot, provider, {
    settings: plain(provider, model),
    reason: `the name asks for provider '${provider.id}'${as(model, asked)}`,
  });
  return { targets: [found], orderedBy: "client" };
}

/**
 * `openai/gpt-4-turbo` is OpenAI's, and also what OpenRouter calls it: who asks for one provider and names a maker means that
 * provider's model. https://anyrouter.dev/docs/features/routing
 */
function pinnedTargets(
  snapshot: Snapshot,
  targets: readonly Target[],
  { name, only }: { readonly name: string; readonly only: readonly string[] },
): readonly Target[] {
  const ids = only.map((id) => snapshot.providerAliases.get(id) ?? id);
  const isAllowed = ({ provider, model }: Target) =>
    ids.includes(provider.id) || ids.includes(`${provider.id}/${model}`);
  if (!name.includes("/") || targets.some(isAllowed)) return [];
  return ids.flatMap((id) => {
    const provider = snapshot.providers.get(id);
    const model = provider === undefined ? undefined : idUnderMaker(provider, name);
    if (provider === undefined || model === undefined) return [];
    const reason = `the request asks for provider '${id}'${as(model, name)}`;
    return [target(snapshot, provider, { settings: plain(provider, model), reason })];
  });
}

/** What a provider calls `maker/model`: as it lists it, or the whole name, where it is one that knows models by their makers. */
function idUnderMaker(provider: ResolvedProvider, name: string): string | undefined {
  const slash = name.indexOf("/");
  const listed = idAt(provider, name) ?? idAt(provider, name.slice(slash + 1));
  if (listed !== undefined || !provider.anyModel) return listed;
  const ids = [...provider.models.keys()];
  return ids.length === 0 || ids.some((id) => id.startsWith(name.slice(0, slash + 1))) ? name : undefined;
}

/** Providers that list the bare id, else the maker of its family, else servers of one's own that accept any name. */
function byBareName(snapshot: Snapshot, name: string): readonly Target[] {
  return ownersOfModel(snapshot, name).map(({ provider, model }) =>
    target(snapshot, provider, {
      settings: plain(provider, model),
      reason: `provider '${provider.id}' answers this name${as(model, name)}`,
    }),
  );
}

const as = (model: string, asked: string): string => (model === asked ? "" : `, as '${model}'`);

const plain = (provider: ResolvedProvider, model: string): TargetSettings => ({
  provider: provider.id,
  model,
  timeouts: {},
});

interface Found {
  readonly settings: TargetSettings;
  readonly overrides?: TimeoutOverrides;
  readonly reason: string;
}

function target(snapshot: Snapshot, provider: ResolvedProvider, { settings, overrides, reason }: Found): Target {
  const layers = [provider.timeouts, overrides ?? {}, settings.timeouts];
  const { priority, weight } = settings;
  return {
    provider,
    model: settings.model,
    timeouts: layers.reduce<Timeouts>(withTimeouts, snapshot.timeouts),
    reason,
    ...(priority === undefined ? {} : { priority }),
    ...(weight === undefined ? {} : { weight }),
  };
}
