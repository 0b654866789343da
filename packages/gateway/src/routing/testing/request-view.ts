import type { Caller, RequestFeatures, RequestView } from "../request-view.ts";

const features: RequestFeatures = {
  tools: false,
  images: false,
  documents: false,
  audio: false,
  jsonSchema: false,
  reasoning: false,
  inputTokens: 100,
  maxOutputTokens: undefined,
};

export interface ViewWish extends Partial<Omit<RequestView, "features" | "caller">> {
  readonly metadata?: RequestView["preferences"]["metadata"];
  readonly features?: Partial<RequestFeatures>;
  readonly caller?: Partial<Caller>;
}

/** A request as routing sees it, for tests: plain but for what is wished. */
export function requestView({ metadata = {}, features: wished, caller, ...view }: ViewWish = {}): RequestView {
  return {
    model: "router/support",
    dialect: "openai-chat",
    stream: false,
    preferences: { metadata, promptVariables: {}, unserved: [] },
    caller: {
      id: "config:ci",
      name: "ci",
      policies: [],
      credentials: [],
      metadata: {},
      reach: () => undefined,
      thrift: () => undefined,
      refusesUnpriced: false,
      ...caller,
    },
    user: undefined,
    headers: {},
    session: () => "session-1",
    features: () => ({ ...features, ...wished }),
    hasTools: () => wished?.tools ?? features.tools,
    sample: () => ({ system: "", firstUser: "", lastUser: "", turns: 1 }),
    messages: () => [],
    ...view,
  };
}
