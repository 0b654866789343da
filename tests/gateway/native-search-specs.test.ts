import { isObject, type JsonValue, parseJson } from "@signalbox/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadSchemas, specsFolder } from "../recorded/relaxed-schema.ts";
import { nativeCall, OWN_SEARCH, PAIRS, SEARCHERS, startNativeRig } from "./native-search-support.ts";
import { type Answer, DIALECTS, type Rig, send } from "./support.ts";
import type { DialectName } from "./web-search-support.ts";

const folder = specsFolder();
const schemas = folder === undefined ? undefined : loadSchemas(folder);

let rig: Rig;

beforeAll(async () => {
  rig = await startNativeRig();
});
afterAll(() => rig.close());

const jsonOf = (text: string): JsonValue => {
  const value = parseJson(text);
  return isObject(value) ? value : null;
};

/** What of an answer its vendor's own description does not allow. */
function problems(client: DialectName, stream: boolean, { text }: Answer): readonly string[] {
  const { answer, streamEvent } = schemas?.[client] ?? {};
  if (!stream) return [answer?.(jsonOf(text))].filter((problem) => problem !== undefined);
  const lines = text.split(/\r?\n/).filter((line) => line.startsWith("data: ") && line !== "data: [DONE]");
  const events = lines.map((line) => jsonOf(line.slice(6))).filter((event) => !isPing(event));
  expect(events.length).toBeGreaterThan(2);
  return events.flatMap((event) => streamEvent?.(event) ?? []);
}

/** Anthropic's description leaves pings out. */
const isPing = (event: JsonValue): boolean => isObject(event) && event["type"] === "ping";

describe.skipIf(schemas === undefined)("by the vendors' own descriptions", () => {
  it.each(DIALECTS.flatMap((vendor) => [false, true].map((stream) => ({ vendor, stream }))))(
    "the simulator's searches are $vendor's, stream $stream",
    async ({ vendor, stream }) => {
      const model = SEARCHERS[vendor];
      const call = nativeCall({
        client: vendor,
        model: model.slice(model.indexOf("/") + 1),
        stream,
        wish: OWN_SEARCH[vendor],
      });
      const answer = await send(rig.simulator.url, call);
      expect(answer.status).toBe(200);
      expect(problems(vendor, stream, answer)).toEqual([]);
    },
  );

  it.each(PAIRS)("$client reads and $upstream is sent what they allow, stream $stream", async (pair) => {
    const { client, upstream, stream } = pair;
    const asked = nativeCall({ client, model: SEARCHERS[upstream], stream, wish: OWN_SEARCH[client] });
    const call = { ...asked, headers: { ...asked.headers, "x-signalbox-metadata": "off" } };
    const answer = await send(rig.gateway.url, call);
    expect(answer.status).toBe(200);
    expect(problems(client, stream, answer)).toEqual([]);
    const sent = rig.simulator.journal.entries.at(-1)?.body.toString() ?? "";
    expect(schemas?.[upstream].request(jsonOf(sent))).toBeUndefined();
  });
});
