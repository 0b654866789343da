import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PREFIXES } from "../../packages/gateway/src/server/prefixes.ts";
import { testStores } from "../support/stores.ts";
import { type Rig, send, startRig } from "./support.ts";

const CANARY = "canary-of-a-prompt-3f9d1c";
const OTHER = "another-key-without-a-role";
const price = { input: 3, output: 15 };

describe.each(await testStores())("usage of the running gateway on $kind", ({ available, makePlace }) => {
  describe.skipIf(!available)("", () => {
    let rig: Rig;
    let remove = async () => {};

    beforeAll(async () => {
      const place = await makePlace();
      remove = () => place.remove();
      rig = await startRig({
        store: place.options,
        keys: [
          { name: "tests", key: "a-key-for-the-gateway-tests", role: "owner" },
          { name: "other", key: OTHER },
        ],
        moreProviders: (url: string) => ({
          priced: {
            auth: "none",
            models: [{ id: "priced-model", price }],
            endpoints: { "openai-chat": { baseUrl: `${url}/v1` }, "anthropic-messages": { baseUrl: url } },
          },
        }),
      });
    });
    afterAll(async () => {
      await rig.close();
      await remove();
    });

    const get = (path: string, key?: string) =>
      send(rig.gateway.url, {
        method: "GET",
        path,
        ...(key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } }),
      });

    async function ask(stream: boolean, key?: string) {
      const messages = [{ role: "user", content: CANARY }];
      const body = { model: "priced/priced-model", messages, user: "u-1", stream };
      const headers = key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } };
      const { status, headers: answered } = await send(rig.gateway.url, {
        path: "/v1/chat/completions",
        body,
        ...headers,
      });
      expect(status).toBe(200);
      return {
        requestId: String(answered["x-request-id"]),
        generationId: String(answered["x-signalbox-generation-id"]),
      };
    }

    test.each([true, false])("a generation is found right after its answer, streamed or not: %s", async (stream) => {
      const { requestId, generationId } = await ask(stream);
      for (const path of [generationId, requestId, `?id=${generationId}`].map((id) =>
        id.startsWith("?") ? id : `/${id}`,
      )) {
        const { status, text } = await get(`/v1/generation${path}`);
        expect(status).toBe(200);
        const { data } = JSON.parse(text);
        expect(data).toMatchObject({
          id: generationId,
          request_id: requestId,
          model: "priced/priced-model",
          provider_name: "priced",
          streamed: stream,
          state: "settled",
          unpriced: false,
        });
        const { tokens_prompt, tokens_completion, total_cost } = data;
        expect(tokens_prompt).toBeGreaterThan(0);
        const nano = tokens_prompt * price.input * 1_000 + tokens_completion * price.output * 1_000;
        expect(Math.round(total_cost * 1e9)).toBe(nano);
      }
    });

    test("sums are those of the exported lines, and of each request", async () => {
      await ask(false);
      await ask(true, OTHER);
      const { text } = await get("/v1/usage?group_by=key");
      const { totals, data } = JSON.parse(text);
      expect(totals.requests).toBeGreaterThanOrEqual(2);
      expect(data.map(({ key_name }: { key_name: string }) => key_name).sort()).toEqual(["other", "tests"]);
      for (const rows of ["requests", "attempts"]) {
        const { text: csv } = await get(`/v1/usage.csv?rows=${rows}`);
        const [head = "", ...lines] = csv.trimEnd().split("\r\n");
        const at = head.split(",").indexOf("cost_nano");
        expect(String(lines.reduce((sum, line) => sum + BigInt(line.split(",")[at] ?? 0), 0n))).toBe(totals.cost_nano);
      }
    });

    test("a key without a role sees itself and nobody else, under every prefix", async () => {
      const mine = await ask(false, OTHER);
      const theirs = await ask(false);
      for (const prefix of PREFIXES) {
        expect((await get(`${prefix}/v1/generation/${mine.generationId}`, OTHER)).status).toBe(200);
        expect((await get(`${prefix}/v1/generation/${theirs.generationId}`, OTHER)).status).toBe(404);
        const list = JSON.parse((await get(`${prefix}/v1/usage/requests`, OTHER)).text);
        expect(new Set(list.data.map(({ key_id }: { key_id: string }) => key_id))).toEqual(new Set(["config:other"]));
        const credits = JSON.parse((await get(`${prefix}/v1/credits`, OTHER)).text);
        expect(credits.total_usage).toBeGreaterThan(0);
      }
      expect((await get("/v1/usage", "a-key-that-nobody-has-made")).status).toBe(401);
    });

    test("no answer tells what was asked", async () => {
      const { generationId } = await ask(false);
      const paths = [
        "/v1/usage?group_by=session,model,key",
        "/v1/usage/requests?limit=200",
        `/v1/usage/requests/${generationId}`,
        `/v1/generation/${generationId}`,
        "/v1/usage.csv",
        "/v1/usage.csv?rows=attempts",
        "/v1/credits",
        "/v1/activity",
      ];
      for (const path of paths) {
        const { status, text } = await get(path);
        expect([path, status]).toEqual([path, 200]);
        expect(text).not.toContain(CANARY);
      }
    });
  });
});
