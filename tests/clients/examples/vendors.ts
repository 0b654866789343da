/** The gateway of the examples: providers under the names that the vendors' pages use, all of them the simulator. */

export const KEY = "a-key-for-the-examples";
/** Inworld's keys are base64 already, and are sent as they are behind `Basic`. */
export const BASIC_KEY = Buffer.from("key-of-the-examples:secret").toString("base64");

/** Of keys with limits. */
export const LIMITED_KEY = "a-key-with-room-for-the-examples";
export const ONCE_A_MINUTE_KEY = "a-key-for-one-example-a-minute";
export const CAPPED_KEY = "a-key-without-money-for-examples";
/** Of a client that is given the same answer again. */
export const CACHED_KEY = "a-key-whose-answers-are-kept-here";

export const vendorKeys: readonly object[] = [
  { name: "examples", key: KEY, role: "owner" },
  { name: "examples-basic", key: BASIC_KEY, role: "owner" },
  {
    name: "limited",
    key: LIMITED_KEY,
    limits: [
      { unit: "requests", per: "minute", limit: 600 },
      { unit: "requests", per: "day", limit: 10_000 },
      { unit: "requests", per: "5h", limit: 5_000 },
      { unit: "requests", per: "7d", limit: 50_000 },
    ],
  },
  { name: "once-a-minute", key: ONCE_A_MINUTE_KEY, limits: [{ unit: "requests", per: "minute", limit: 1 }] },
  { name: "capped", key: CAPPED_KEY, budgets: [{ window: "total", limit: 0.000001 }] },
  { name: "cached", key: CACHED_KEY, cache: { enabled: true } },
];

type Endpoints = Readonly<Record<string, { readonly baseUrl: string }>>;

const provider = (endpoints: Endpoints, more: object = { credentials: ["upstream-key"] }) => ({ endpoints, ...more });

/** Every endpoint that a built-in provider has is led to the simulator, so that none is asked by mistake. */
export function vendorProviders(simulator: string): Readonly<Record<string, unknown>> {
  const openai = { baseUrl: `${simulator}/v1` };
  const host = { baseUrl: simulator };
  const chat = provider({ "openai-chat": openai });
  const chatAndResponses = provider({ "openai-chat": openai, "openai-responses": openai });
  const three = provider({ "openai-chat": openai, "openai-responses": openai, "anthropic-messages": host });
  return {
    openai: chatAndResponses,
    anthropic: provider({ "anthropic-messages": host }),
    "google-ai-studio": provider({ gemini: host, "openai-chat": { baseUrl: `${simulator}/v1beta/openai` } }),
    groq: chatAndResponses,
    cerebras: chat,
    fireworks: three,
    openrouter: three,
    // The vendors' pages have models of Black Forest Labs under names of their own.
    "flux-lab": provider(
      { "openai-chat": openai },
      { auth: "none", models: ["flux-1-schnell", "flux-1-dev", "flux-kontext-max"] },
    ),
    // Who asks nothing has said so: a price of 0 is never assumed.
    "free-lab": provider(
      { "openai-chat": openai },
      { auth: "none", models: [{ id: "llama-3.3-70b-instruct", price: { input: 0, output: 0 } }] },
    ),
  };
}

/** Inworld's engine, which is the simulator as well. */
export const vendorSearch = (simulator: string) => ({
  webSearch: { engines: { exa: { baseUrl: `${simulator}/exa`, key: "engine-key" } } },
});

export const vendorConfiguration = (simulator: string) => ({
  server: { host: "127.0.0.1", port: 0 },
  keys: vendorKeys,
  providers: vendorProviders(simulator),
  ...vendorSearch(simulator),
});
