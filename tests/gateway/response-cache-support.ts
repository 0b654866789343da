import { expect } from "vitest";
import { objectIn, withBody, withHeaders } from "./routing-support.ts";
import { type Answer, ask, type Call, DIALECTS, PROVIDERS, type Rig, send } from "./support.ts";

export type DialectName = (typeof DIALECTS)[number];

export const PRICE = { input: 3, output: 15, cacheRead: 0.3 };

/** A provider of each dialect whose answers have a price. */
export const pricedProviders = (url: string) =>
  Object.fromEntries(
    DIALECTS.map((dialect) => [
      `priced-${PROVIDERS[dialect]}`,
      {
        auth: "none",
        models: [{ id: "m", price: PRICE }],
        zeroRetention: true,
        endpoints: {
          [dialect]: { baseUrl: dialect === "anthropic-messages" || dialect === "gemini" ? url : `${url}/v1` },
        },
      },
    ]),
  );

let count = 0;

/** Words that nobody has said before. */
export const freshText = (): string => {
  count += 1;
  return `[[say Track ${count} is clear.]]`;
};

export interface Asked {
  readonly client?: DialectName;
  readonly model?: string;
  readonly text?: string;
  readonly stream?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly key?: string;
}

export function callOf({
  client = "openai-chat",
  model = "priced-chat/m",
  text = "hi",
  stream = false,
  ...more
}: Asked): Call {
  const authorization = more.key === undefined ? {} : { authorization: `Bearer ${more.key}` };
  const call = withHeaders(ask(client, model, { text, stream }), { ...more.headers, ...authorization });
  return more.body === undefined ? call : withBody(call, more.body);
}

export const asking =
  (rig: Rig) =>
  (asked: Asked): Promise<Answer> =>
    send(rig.gateway.url, callOf(asked));

export const statusOf = ({ headers }: Answer): string | undefined => headers["x-cache"]?.toString();

/** How often upstreams were asked. */
export const calls = ({ simulator }: Rig): number => simulator.journal.entries.length;

/** All text that a client of any dialect reads, of a whole answer and of a stream. */
export function textOf({ text }: Answer): string {
  const found: string[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      if (typeof inner === "string" && ["text", "content", "delta"].includes(name)) found.push(inner);
      else if (!["metadata", "signalbox_metadata", "response", "item", "part"].includes(name)) visit(inner);
    }
  };
  if (!text.startsWith("{")) {
    for (const line of text.split("\n"))
      if (line.startsWith("data: {") && !/"type":"response\.(?:output_text|content_part)\.done"/.test(line))
        visit(JSON.parse(line.slice("data: ".length)));
  } else visit(JSON.parse(text));
  return found.join("");
}

const OWN = ["metadata", "signalbox_metadata"];
/** Fields that the vendor's libraries know as optional, and that say nothing where the gateway leaves them out or puts them in. */
const OPTIONAL = [
  ...["annotations", "accepted_prediction_tokens", "rejected_prediction_tokens"],
  ...["frequency_penalty", "presence_penalty", "prompt_cache_retention", "cache_write_tokens"],
  ...["inference_geo", "promptTokensDetails"],
];
const COUNTED = /(?:_tokens|TokenCount|tokens)$/;

/** What a library reads of a whole answer, without what is of that one answer: ids, times, counts, and the gateway's own words. */
export function shapeOf({ text }: Answer): unknown {
  const shape = (value: unknown, name: string): unknown => {
    if (Array.isArray(value)) return value.map((one) => shape(one, name));
    if (typeof value === "object" && value !== null) {
      const entries = Object.entries(value).filter(([key]) => !OWN.includes(key) && !OPTIONAL.includes(key));
      return Object.fromEntries(entries.map(([key, inner]) => [key, shape(inner, key)]));
    }
    if (name === "id" || name === "responseId") return `${typeof value}`;
    return /^(?:created|completed)/.test(name) || COUNTED.test(name) ? typeof value : value;
  };
  return shape(JSON.parse(text), "");
}

export function metadataOf({ text }: Answer): Readonly<Record<string, unknown>> {
  const body = objectIn(JSON.parse(text));
  const told = objectIn(body["signalbox_metadata"] ?? body["metadata"]);
  expect(told).not.toEqual({});
  return told;
}
