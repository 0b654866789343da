import { expect, test } from "vitest";
import { createCompressor } from "./compressor.ts";
import type { CompressionEngine } from "./engine.ts";

test("what one engine has sent of a conversation is not known to another, or to the same after a change", () => {
  let revision = 1;
  const other: CompressionEngine = {
    id: "llmlingua-2",
    compress: (texts) => texts.map(({ text }) => text),
    revision: () => revision,
  };
  const routers = new Map();
  const { eras, reconfigure } = createCompressor({ first: { routers }, remembers: true, engines: [other] });
  const isKnown = (sent: number) => eras.of({ conversation: "c", aggressiveness: 0.5, sent, now: 0 }).isKnown;
  expect([isKnown(0), isKnown(2)]).toEqual([true, true]);
  reconfigure({ routers, compression: { engine: "llmlingua-2", audit: false } });
  expect([isKnown(4), isKnown(6)]).toEqual([false, true]);
  revision = 2;
  expect([isKnown(8), isKnown(10)]).toEqual([false, true]);
});
