import { nearestName } from "../config/nearest.ts";
import type { Environment, Secret } from "../config/secret.ts";
import { secret } from "../config/secret.ts";
import type { Config, CredentialSettings, ProviderModel, ProviderSettings } from "../config/settings.ts";
import type { Problems } from "../config/source.ts";
import { type Address, addressOf, atAddress } from "./address-forms.ts";
import { checkAccounts } from "./check-accounts.ts";
import type { ProviderDefinition } from "./define.ts";
import { mergeEndpoints } from "./endpoints.ts";
import { definitionOf, providerDefinitions, providerNames } from "./index.ts";
import { atHost } from "./local-host.ts";
import { mergeOperations } from "./operations.ts";
import type { Credential, ResolvedProvider } from "./resolved.ts";

export interface ResolveContext {
  readonly environment: Environment;
  readonly problems: Problems;
  /** What the catalogue knows of a built-in provider's models. */
  readonly knownModels: (provider: string) => readonly ProviderModel[];
}

/** Lays the configuration over the built-in data, or takes what the environment has keys for. */
export function resolveProviders(config: Config, context: ResolveContext): ReadonlyMap<string, ResolvedProvider> {
  const resolved = config.providers === undefined ? fromKeys(context) : fromSettings(config.providers, context);
  return new Map(resolved.map((provider) => [provider.id, provider]));
}

function fromKeys(context: ResolveContext): readonly ResolvedProvider[] {
  return providerDefinitions.flatMap((definition) => {
    const found = definition.local === undefined ? keyed(definition, context) : hosted(definition, context);
    if (found === undefined) return [];
    const provider = merge({ id: definition.id, definition: found, settings: noSettings }, context);
    return provider === undefined ? [] : [provider];
  });
}

/** An address per customer cannot be found in the environment, so such a provider joins by configuration only. */
function keyed(definition: ProviderDefinition, context: ResolveContext): ProviderDefinition | undefined {
  if (definition.baseUrlExample !== undefined) return undefined;
  return environmentKey(definition, context.environment) === undefined ? undefined : definition;
}

function hosted(definition: ProviderDefinition, context: ResolveContext): ProviderDefinition | undefined {
  const variable = definition.local?.hostVariable;
  const host = variable === undefined ? undefined : context.environment[variable]?.trim();
  return host === undefined || host === "" ? undefined : atHost(definition, host);
}

function fromSettings(
  providers: ReadonlyMap<string, ProviderSettings>,
  context: ResolveContext,
): readonly ResolvedProvider[] {
  const taken = new Map<string, string>();
  return [...providers].flatMap(([written, settings]) => {
    const definition = definitionOf(written);
    const id = definition?.id ?? written;
    const earlier = taken.get(id);
    if (earlier !== undefined) {
      context.problems.add(["providers", written], `is the same provider as ${earlier}`, "key");
      return [];
    }
    taken.set(id, written);
    const provider = merge({ id, written, definition, settings }, context);
    return provider === undefined ? [] : [provider];
  });
}

const noSettings: ProviderSettings = { credentials: [], endpoints: {}, headers: new Map(), timeouts: {} };

interface Parts {
  readonly id: string;
  /** The name that the configuration uses for it. */
  readonly written?: string;
  readonly definition: ProviderDefinition | undefined;
  readonly settings: ProviderSettings;
}

function merge(parts: Parts, context: ResolveContext): ResolvedProvider | undefined {
  const { id, settings } = parts;
  const path = ["providers", parts.written ?? id];
  const address = parts.definition === undefined ? {} : addressOf(parts.definition, settings, context.environment);
  const definition = parts.definition === undefined ? undefined : atAddress(parts.definition, address);
  const secrets = credentialsOf(parts, context.environment);
  const sources = { definition, settings, path, keyless: secrets.length === 0 };
  const endpoints = mergeEndpoints(sources, context.problems);
  const operations = mergeOperations(sources, endpoints);
  const places = [...Object.values(endpoints), ...Object.values(operations)].filter((place) => place !== undefined);
  if (places.length === 0) {
    context.problems.add(path, missingEndpointsMessage(definition, parts.written ?? id), "key");
    return undefined;
  }
  const needsKey = places.some(({ auth }) => auth.kind !== "none");
  const callersBring = settings.callersBring === true && needsKey;
  if (secrets.length === 0 && needsKey && !callersBring) {
    context.problems.add(path, missingKeyMessage(definition), "key");
    return undefined;
  }
  checkAccounts(secrets, places, { path, problems: context.problems });
  const listed = settings.models ?? (definition === undefined ? [] : context.knownModels(id));
  return {
    id,
    name: settings.name ?? definition?.name ?? id,
    builtIn: definition !== undefined,
    credentials: secrets.map((settings, index) => credential(id, index, settings)),
    ...(callersBring ? { callersBring } : {}),
    endpoints,
    operations,
    ...resourcesOf(settings, definition),
    models: new Map(listed.map((model) => [model.id, model])),
    anyModel: settings.models === undefined,
    timeouts: settings.timeouts,
    ...(settings.dataCollection === undefined ? {} : { dataCollection: settings.dataCollection }),
    ...regionOf(settings, address),
    ...(settings.zeroRetention === undefined ? {} : { zeroRetention: settings.zeroRetention }),
  };
}

function resourcesOf(
  settings: ProviderSettings,
  definition: ProviderDefinition | undefined,
): Pick<ResolvedProvider, "resources"> {
  const resources = settings.resources ?? definition?.resources;
  return resources === undefined ? {} : { resources };
}

/** Where a cloud's own address says it, it need not be written twice. */
function regionOf({ region }: ProviderSettings, address: Address): Pick<ResolvedProvider, "region"> {
  const known = region ?? address.region ?? address.location;
  return known === undefined ? {} : { region: known };
}

function credential(provider: string, index: number, settings: CredentialSettings): Credential {
  const { secret, name, priority = 0, weight = 1 } = settings;
  return { id: `${provider}#${name ?? index + 1}`, reveal: secret.reveal, priority, weight };
}

function missingEndpointsMessage(definition: ProviderDefinition | undefined, written: string): string {
  const example = definition?.baseUrlExample ?? "http://127.0.0.1:8000/v1";
  const [form] = (definition?.forms ?? []).toSorted((a, b) => a.needs.length - b.needs.length);
  const short = form === undefined ? "" : `${form.needs.join(" and ")}, or `;
  const needs = `needs ${short}endpoints, such as openai-chat: { baseUrl: ${example} }`;
  if (definition !== undefined) return needs;
  const meant = nearestName(written, providerNames);
  return `is no built-in provider${meant === undefined ? "" : ` (did you mean ${meant}?)`}: it ${needs}`;
}

function missingKeyMessage(definition: ProviderDefinition | undefined): string {
  const [variable] = definition?.keyVariables ?? [];
  if (variable === undefined) return "needs credentials, or auth: none";
  return `needs credentials: write credentials: [env:${variable}], or set ${variable}`;
}

function credentialsOf(parts: Parts, environment: Environment): readonly CredentialSettings[] {
  if (parts.settings.credentials.length > 0 || parts.settings.callersBring === true) return parts.settings.credentials;
  if (parts.definition === undefined || parts.settings.auth?.kind === "none") return [];
  const key = environmentKey(parts.definition, environment) ?? environmentAccount(parts.definition, environment);
  return key === undefined ? [] : [{ secret: key }];
}

function environmentAccount({ accountVariables }: ProviderDefinition, environment: Environment): Secret | undefined {
  if (accountVariables === undefined) return undefined;
  const valuesOf = (variables: Readonly<Record<string, string>>) =>
    Object.entries(variables).map(([field, variable]) => [field, environment[variable]?.trim() ?? ""] as const);
  const required = valuesOf(accountVariables.required);
  if (required.some(([, value]) => value === "")) return undefined;
  const optional = valuesOf(accountVariables.optional ?? {}).filter(([, value]) => value !== "");
  return secret(JSON.stringify(Object.fromEntries([...required, ...optional])));
}

function environmentKey(definition: ProviderDefinition, environment: Environment): Secret | undefined {
  for (const variable of definition.keyVariables) {
    const value = environment[variable]?.trim();
    if (value !== undefined && value !== "") return secret(value);
  }
  return undefined;
}
