import { DIALECTS, PROVIDERS, type Rig, startRig } from "./support.ts";

/** Which features the routers of the rig have, by name: `search-redact-chat` leads to the provider `chat`. */
const FEATURES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  plain: {},
  redact: { guardrails: { pii: { action: "redact" } } },
  "block-pii": { guardrails: { pii: { action: "block" } } },
  "flag-out": { guardrails: { moderation: { model: "judge/mod", output: "flag" } } },
  "block-out": { guardrails: { moderation: { model: "judge/mod", output: "block" } } },
  "lax-out": { guardrails: { moderation: { model: "judge/mod", output: "block", onFailure: "allow" } } },
  all: {
    guardrails: { pii: { action: "redact" }, moderation: { model: "judge/mod", input: "block", output: "block" } },
    cache: { enabled: true },
  },
};

export const routerOf = (features: string, dialect: (typeof DIALECTS)[number]): string =>
  `router/${features}-${PROVIDERS[dialect]}`;

/** A gateway with guards, a judge and search engines, whose models cost 1 and 2 dollars a million tokens. */
export function startFeatureRig(
  extra: Readonly<Record<string, unknown>> = {},
  search: Record<string, unknown> = {},
): Promise<Rig> {
  const routers = Object.entries(FEATURES).flatMap(([name, features]) =>
    DIALECTS.map((dialect) => ({
      name: `${name}-${PROVIDERS[dialect]}`,
      ...features,
      defaultRoute: { variants: [{ variant: { variantId: "only", modelId: `${PROVIDERS[dialect]}/m` }, weight: 100 }] },
    })),
  );
  return startRig({
    routers,
    ...extra,
    moreProviders: (url: string) => ({
      ...Object.fromEntries(
        DIALECTS.map((dialect) => [
          PROVIDERS[dialect],
          {
            auth: "none",
            models: ["m", "sim-model"].map((id) => ({ id, webSearch: false, price: { input: 1, output: 2 } })),
            endpoints: { [dialect]: { baseUrl: dialect.startsWith("openai") ? `${url}/v1` : url } },
          },
        ]),
      ),
      judge: {
        auth: "none",
        models: [{ id: "mod", price: { input: 1, output: 0 } }],
        operations: { moderation: { format: "openai", baseUrl: `${url}/v1` } },
      },
    }),
    moreConfig: (url: string) => ({
      webSearch: {
        engine: "brave",
        engines: { brave: { baseUrl: `${url}/brave`, key: "an-engine-key-of-the-tests", pricePerThousand: 5 } },
        maxSteps: 2,
        ...search,
      },
    }),
  });
}
