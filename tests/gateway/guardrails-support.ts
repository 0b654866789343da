import { DIALECTS, PROVIDERS, type Rig, startRig } from "./support.ts";

export const STRICT = "a-key-whose-words-stay-in-europe";

type Policy = Readonly<Record<string, unknown>>;

/** Guards by the names of routers: `redact-chat` leads to the provider `chat` and hides what is personal. */
const POLICIES: Readonly<Record<string, Policy>> = {
  redact: { pii: { action: "redact" } },
  "flag-pii": { pii: { action: "flag" } },
  "block-pii": { pii: { action: "block", kinds: ["email", "card"] } },
  "block-in": { moderation: { model: "judge/mod", input: "block" } },
  "flag-in": { moderation: { model: "judge/mod", input: "flag" } },
  "block-out": { moderation: { model: "judge/mod", output: "block" } },
  "flag-out": { moderation: { model: "judge/mod", output: "flag" } },
  hate: { moderation: { model: "judge/mod", input: "block", categories: ["hate"] } },
  "lax-in": { moderation: { model: "dead-judge/mod", input: "block", onFailure: "allow" } },
  "dead-in": { moderation: { model: "dead-judge/mod", input: "block" } },
  "dead-flag": { moderation: { model: "dead-judge/mod", input: "flag" } },
  "dead-out": { moderation: { model: "dead-judge/mod", output: "block" } },
  "no-judge": { moderation: { model: "messages/m", input: "block" } },
  "flag-all": { pii: { action: "flag" }, moderation: { model: "judge/mod", input: "flag", output: "flag" } },
  all: { pii: { action: "redact" }, moderation: { model: "judge/mod", input: "block", output: "block" } },
  off: { pii: { action: "off" }, moderation: { model: "judge/mod" } },
};

export const routerFor = (policy: string, dialect: (typeof DIALECTS)[number]): string =>
  `router/${policy}-${PROVIDERS[dialect]}`;

export function startGuardedRig(extra: Readonly<Record<string, unknown>> = {}): Promise<Rig> {
  const routers = Object.entries(POLICIES).flatMap(([name, guardrails]) =>
    DIALECTS.map((dialect) => ({
      name: `${name}-${PROVIDERS[dialect]}`,
      guardrails,
      defaultRoute: { variants: [{ variant: { variantId: "only", modelId: `${PROVIDERS[dialect]}/m` }, weight: 100 }] },
    })),
  );
  return startRig({
    routers,
    moreProviders: (url) => ({
      judge: {
        auth: "none",
        models: [{ id: "mod", price: { input: 1, output: 0 } }],
        operations: { moderation: { format: "openai", baseUrl: `${url}/v1` } },
      },
      "dead-judge": {
        auth: "none",
        models: ["mod"],
        operations: { moderation: { format: "openai", baseUrl: "http://127.0.0.1:9/v1" } },
      },
    }),
    ...extra,
  });
}
