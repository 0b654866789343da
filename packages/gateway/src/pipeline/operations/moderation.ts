import { type JsonValue, moderationUsage } from "@signalbox/protocol";
import type { Exchange } from "../exchange.ts";
import { parseBody, receive } from "../receive.ts";
import { forwardJson } from "./forwarded-json.ts";
import { tokensOfTexts } from "./json-operation.ts";
import type { Asked } from "./operation.ts";
import { relayJson } from "./relay.ts";

/** https://developers.openai.com/api/reference/resources/moderations/methods/create: what is taken where no model is named. */
export const DEFAULT_MODERATION = "omni-moderation-latest";
/** A picture is looked at for no more. */
const PICTURE_TOKENS = 1500;

/** `POST /v1/moderations`. */
export async function readModeration(exchange: Exchange): Promise<Asked> {
  const received = await receive(exchange, { model: DEFAULT_MODERATION });
  const body = parseBody(received.bytes);
  const worst = { inputTokens: tokensIn(body["input"]), outputTokens: 0 };
  return {
    operation: "moderation",
    model: received.model,
    stream: false,
    preferences: received.preferences,
    sent: received.sent,
    worst,
    estimate: () => worst,
    prepare: (planned) => ({
      ...forwardJson({ exchange, received, body, path: "/moderations" }, planned),
      relay: (attempt, answer) => relayJson(attempt, answer, (said) => ({ usage: moderationUsage(said) })),
    }),
  };
}

/** Text, several texts, or parts of which some are pictures. */
function tokensIn(input: JsonValue | undefined): number {
  if (typeof input === "string") return tokensOfTexts([input]);
  if (Array.isArray(input)) return input.reduce<number>((sum, item) => sum + tokensIn(item), 0);
  if (typeof input !== "object" || input === null) return 0;
  return "text" in input ? tokensIn(input["text"]) : PICTURE_TOKENS;
}
