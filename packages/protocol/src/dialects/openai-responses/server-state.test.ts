import { expect, test } from "vitest";
import { openaiResponses, serverStateFeatures } from "./index.ts";

const decode = (body: Record<string, string | readonly Record<string, string>[]>) =>
  openaiResponses.decodeRequest({ model: "m", ...body }, {});

test("a request that leans on what the vendor keeps says so", () => {
  expect(serverStateFeatures(decode({ previous_response_id: "resp_1", conversation: "conv_1" }))).toEqual([
    "previous-response-id",
    "conversation",
  ]);
  expect(serverStateFeatures(decode({ input: [{ type: "item_reference", id: "rs_1" }] }))).toEqual(["item-reference"]);
  expect(serverStateFeatures(decode({ input: "hi" }))).toEqual([]);
});
