import { expect, test } from "vitest";
import { lossRecorder } from "../../ir/loss.ts";
import type { CanonicalRequest } from "../../ir/request.ts";
import { withoutBillingHeader } from "./billing-header.ts";

const request = (...texts: readonly string[]): CanonicalRequest => ({
  model: "m",
  stream: false,
  instructions: texts.map((text) => ({ type: "text", text })),
  messages: [],
  tools: [],
  sampling: {},
});

test("the billing header block is left out and reported as adapted", () => {
  const losses = lossRecorder();
  const cleaned = withoutBillingHeader(request("x-anthropic-billing-header: cc_version=1.2.3", "Be brief."), losses);
  expect(cleaned.instructions).toEqual([{ type: "text", text: "Be brief." }]);
  expect(losses.report().adapted.map((loss) => loss.feature)).toEqual(["billing-header"]);
  expect(losses.report().dropped).toEqual([]);
});

test("any other request is returned as it is", () => {
  const losses = lossRecorder();
  const plain = request("Explain the x-anthropic-billing-header: field.");
  expect(withoutBillingHeader(plain, losses)).toBe(plain);
  expect(losses.report().adapted).toEqual([]);
});
