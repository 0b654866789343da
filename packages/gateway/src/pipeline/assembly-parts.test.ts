import type { StreamEvent } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { startHearing, startSums } from "./assembly-parts.ts";

const START: StreamEvent = { type: "response-start" };
const END: StreamEvent = { type: "response-end", finishReason: { unified: "stop" } };
const part = (index: number): StreamEvent => ({ type: "part-start", index, part: { type: "text", text: "" } });

const hearing = (hasContent: () => boolean) => {
  const kept: StreamEvent[] = [];
  const keeper = {
    events: (events: readonly StreamEvent[]) => void kept.push(...events),
    whole: () => {},
    end: () => {},
  };
  return { kept, heard: startHearing(keeper, { hasContent }) };
};

describe("what is kept of an answer", () => {
  test("is nothing of an attempt that failed before the client was told of it", () => {
    const { heard, kept } = hearing(() => false);
    heard.push([START, part(0)]);
    heard.reset();
    heard.push([START, part(0)]);
    heard.push([END]);
    expect(kept).toEqual([START, part(0), END]);
  });

  test("is what was said before upstreams were asked again", () => {
    const { heard, kept } = hearing(() => false);
    heard.push([START, part(0)]);
    heard.keep();
    heard.push([part(1)]);
    heard.reset();
    heard.push([part(1), END]);
    expect(kept).toEqual([START, part(0), part(1), END]);
  });

  test("is all that the client has read", () => {
    const { heard, kept } = hearing(() => true);
    heard.push([START]);
    heard.reset();
    expect(kept).toEqual([START]);
  });
});

test("what is summed up is what was kept and what comes now, and what failed in between is not", () => {
  const sums = startSums();
  const none = { dropped: [], adapted: [] };
  sums.begin(none, () => ({ inputTokens: 5 }));
  sums.begin(none, () => ({ inputTokens: 1, outputTokens: 2 }));
  sums.keep();
  expect(sums.usage()).toEqual({ usage: { inputTokens: 1, outputTokens: 2 } });
  sums.begin({ dropped: [{ feature: "top-k", detail: "d" }], adapted: [] }, () => ({ inputTokens: 10 }));
  expect(sums.usage()).toEqual({ usage: { inputTokens: 11, outputTokens: 2 } });
  expect(sums.losses().dropped).toEqual([{ feature: "top-k", detail: "d" }]);
});
