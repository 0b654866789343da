import type { LoadedConfig } from "../config/load.ts";
import type { Router } from "../config/router.ts";
import type { Environment } from "../config/secret.ts";
import type { ClientKey, Config, PlainSettings, PublicModelSettings } from "../config/settings.ts";
import type { Problems } from "../config/source.ts";
import { providerAliases } from "../providers/index.ts";
import { resolveProviders } from "../providers/resolve.ts";
import type { ResolvedProvider } from "../providers/resolved.ts";
import { catalogueModels } from "./catalogue.ts";
import { indexOwners } from "./owner-index.ts";

/** Everything that a request is answered by. Immutable: a reload makes another one, requests under way keep theirs. */
export interface Snapshot extends PlainSettings {
  /** No provider was configured or found: the built-in simulator stands in. */
  readonly simulator: boolean;
  /** By SHA-256 (lower-case hex) of the key. */
  readonly keys: ReadonlyMap<string, ClientKey>;
  readonly providers: ReadonlyMap<string, ResolvedProvider>;
  /** Other names of providers: `google` → `google-ai-studio`. */
  readonly providerAliases: ReadonlyMap<string, string>;
  /** The public names that the operator made. */
  readonly models: ReadonlyMap<string, PublicModelSettings>;
  /** By name; those of the configuration, and those that were stored through the API. */
  readonly routers: ReadonlyMap<string, Router>;
  /** Which of the providers list a model of this very id, best first. */
  readonly owners: ReadonlyMap<string, readonly string[]>;
}

export interface SnapshotSources {
  readonly environment: Environment;
  /** Keys beside those in the configuration: the one of the data folder. */
  readonly keys: readonly ClientKey[];
}

/** The only way to a snapshot. Throws ConfigError for what could not be known before providers and models were merged. */
export function buildSnapshot(loaded: LoadedConfig, sources: SnapshotSources): Snapshot {
  const { config, problems } = loaded;
  const providers = resolveProviders(config, {
    environment: sources.environment,
    problems,
    knownModels: catalogueModels,
  });
  const {
    keys,
    providers: _written,
    models,
    routers,
    database: _database,
    redis: _redis,
    encryptionKey: _encryptionKey,
    ...plain
  } = config;
  checkTargets(config, providers, problems);
  problems.check();
  return {
    ...plain,
    simulator: providers.size === 0,
    keys: new Map([...sources.keys, ...keys].map((key) => [key.hash, key])),
    providers,
    providerAliases,
    models: withProviderIds(models),
    routers: new Map(routers.map(({ router }) => [router.name, router])),
    owners: indexOwners(providers),
  };
}

/** Aliases are for people; inside, a provider has one name. */
function withProviderIds(models: Config["models"]): Snapshot["models"] {
  return new Map(
    [...models].map(([name, model]) => [
      name,
      {
        ...model,
        targets: model.targets.map((target) => ({ ...target, provider: providerId(target.provider) })),
      },
    ]),
  );
}

function checkTargets(config: Config, providers: Snapshot["providers"], problems: Problems): void {
  for (const [name, { targets }] of config.models) {
    for (const [index, target] of targets.entries()) {
      const path = ["models", name, "targets", index];
      const provider = providers.get(providerId(target.provider));
      if (provider === undefined) {
        problems.add(path, `there is no provider ${JSON.stringify(target.provider)} here`);
      } else if (!provider.anyModel && !provider.models.has(target.model)) {
        problems.add(path, `the provider ${provider.id} lists no model ${JSON.stringify(target.model)}`);
      }
    }
  }
}

function providerId(name: string): string {
  return providerAliases.get(name) ?? name;
}
