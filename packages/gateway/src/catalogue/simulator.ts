import type { EndpointDialect } from "../config/quirks.ts";
import { resourceIds } from "../config/resources.ts";
import type { ProviderModel } from "../config/settings.ts";
import { everyOperation } from "../providers/operations.ts";
import type { ResolvedEndpoint, ResolvedProvider, UpstreamPlace } from "../providers/resolved.ts";
import { indexOwners } from "./owner-index.ts";
import type { Snapshot } from "./snapshot.ts";

/** The public name that always works where nothing is configured. */
export const simulatorModelName = "default";

/** As simulated as the answers: with it a newcomer can try budgets before there is a provider. */
const price = {
  input: 1,
  output: 10,
  cacheRead: 0.1,
  cacheWrite5m: 1.25,
  cacheWrite1h: 2,
  perImage: 0.01,
  perAudioMinute: 0.01,
  perMillionCharacters: 10,
  perThousandSearchUnits: 1,
};
const models: readonly ProviderModel[] = ["sim-gpt", "sim-claude", "sim-gemini"].map((id) => ({
  id,
  contextTokens: 1_048_576,
  maxOutputTokens: 65_536,
  price,
}));

/** Adds the running simulator to a snapshot that has no provider: every dialect, and any model name. */
export function withSimulator(snapshot: Snapshot, url: string): Snapshot {
  const provider = simulatorProvider(url);
  const providers = new Map([...snapshot.providers, [provider.id, provider] as const]);
  const target = { provider: provider.id, model: "sim-gpt", timeouts: {} };
  const name = simulatorModelName;
  return {
    ...snapshot,
    providers,
    owners: indexOwners(providers),
    models: new Map([[name, { name, displayName: "Simulator", targets: [target], timeouts: {} }], ...snapshot.models]),
  };
}

function simulatorProvider(url: string): ResolvedProvider {
  return {
    id: "simulator",
    name: "Built-in simulator",
    builtIn: false,
    credentials: [],
    endpoints: {
      "openai-chat": endpoint("openai-chat", `${url}/v1`),
      "openai-responses": endpoint("openai-responses", `${url}/v1`),
      "anthropic-messages": endpoint("anthropic-messages", url),
      gemini: endpoint("gemini", url),
    },
    operations: everyOperation(placeAt(`${url}/v1`)),
    resources: resourceIds,
    models: new Map(models.map((model) => [model.id, model])),
    anyModel: true,
    timeouts: {},
  };
}

function endpoint<D extends EndpointDialect>(
  dialect: D,
  baseUrl: string,
): Omit<ResolvedEndpoint<D>, "quirks"> & { readonly quirks: Record<never, never> } {
  return { ...placeAt(baseUrl), dialect, quirks: {}, paths: {} };
}

function placeAt(baseUrl: string): UpstreamPlace {
  return { baseUrl, auth: { kind: "none" }, headers: new Map(), privateAllowed: true };
}
