import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Simulator, type SimulatorOptions, startSimulator } from "@signalbox/simulator";
import type { Surface } from "./driver.ts";
import { type Gateway, gatewayKey, startGateway } from "./gateway.ts";

/** What the tests of features need to be there; they are left out where it is not. */
export const installed = existsSync(fileURLToPath(new URL("node_modules/openai", import.meta.url)));

export const SURFACES: readonly Surface[] = ["openai-chat", "openai-responses", "anthropic-messages", "gemini"];

/** Every surface, whole and streamed. */
export const WAYS = SURFACES.flatMap((surface) => [false, true].map((stream) => ({ surface, stream })));

/** Providers of one dialect each, whose models cannot search by themselves. */
export const upstreams: Readonly<Record<Surface, string>> = {
  "openai-chat": "chat",
  "openai-responses": "responses",
  "anthropic-messages": "claude",
  gemini: "own-gemini",
};

export interface FeatureRig {
  readonly simulator: Simulator;
  readonly gateway: Gateway;
  /** As the drivers want it. */
  readonly target: (
    model: string,
    key?: string,
  ) => { readonly root: string; readonly key: string; readonly model: string };
  readonly close: () => Promise<void>;
}

interface Options {
  readonly simulator?: SimulatorOptions;
  readonly more?: (simulator: string) => object;
  readonly providers?: (simulator: string) => object;
}

export async function startFeatureRig({ simulator: options = {}, more, providers }: Options = {}): Promise<FeatureRig> {
  const simulator = await startSimulator(options);
  const { url } = simulator;
  const provider = (dialect: Surface) => ({
    auth: "none",
    models: [{ id: "m", webSearch: false, price: { input: 1, output: 2 } }],
    endpoints: { [dialect]: { baseUrl: dialect.startsWith("openai") ? `${url}/v1` : url } },
  });
  const gateway = await startGateway(url, {
    keys: [{ name: "client-tests", key: gatewayKey, role: "owner" }],
    providers: {
      ...Object.fromEntries(SURFACES.map((dialect) => [upstreams[dialect], provider(dialect)])),
      ...providers?.(url),
    },
    ...more?.(url),
  });
  return {
    simulator,
    gateway,
    target: (model, key = gatewayKey) => ({ root: gateway.url, key, model }),
    close: async () => {
      await gateway.close();
      await simulator.close();
    },
  };
}

/** The simulator's engines. */
export const searchEngines = (url: string) => ({
  engine: "brave",
  maxSteps: 2,
  engines: {
    brave: { baseUrl: `${url}/brave`, key: "an-engine-key-of-the-tests" },
    exa: { baseUrl: `${url}/exa`, key: "another" },
  },
});

const ENGINE = /^\/(?:brave|exa)\//;

export const enginesAsked = ({ simulator }: FeatureRig) =>
  simulator.journal.entries.filter(({ url }) => ENGINE.test(url));
export const modelsAsked = ({ simulator }: FeatureRig) =>
  simulator.journal.entries.filter(({ url }) => !ENGINE.test(url));
