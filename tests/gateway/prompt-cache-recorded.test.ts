import type { JsonValue } from "@signalbox/protocol";
import { describe, expect, test } from "vitest";
import { withBreakpoints } from "../../packages/gateway/src/features/prompt-cache/breakpoints.ts";
import { CODECS } from "../protocol/codecs.ts";
import { decodeRequest } from "../recorded/check-requests.ts";
import { isOfClients, loadRecordings, recordingsFolder } from "../recorded/recordings.ts";
import { loadSchemas, specsFolder } from "../recorded/relaxed-schema.ts";

/** Real clients' requests with breakpoints wherever one could stand: Anthropic's own description takes them. */

const recordings = recordingsFolder();
const specs = specsFolder();

function withoutControls(value: unknown): unknown {
  // A text of one block may be written as a string.
  return JSON.parse(
    JSON.stringify(value, (name, inner: unknown) => (name === "cache_control" ? undefined : inner)),
    (_, inner: unknown) => (isOnlyText(inner) ? inner[0].text : inner),
  );
}

const isOnlyText = (value: unknown): value is [{ type: "text"; text: string }] => {
  if (!Array.isArray(value) || value.length !== 1) return false;
  const keys = Object.keys(Object(value[0]));
  return keys.length === 2 && keys.includes("text") && keys.includes("type");
};

describe.skipIf(recordings === undefined || specs === undefined)("recorded requests with breakpoints", () => {
  test("are valid, hold at most four, and say nothing else than without", () => {
    if (recordings === undefined || specs === undefined) return;
    const { request: problemOf } = loadSchemas(specs)["anthropic-messages"];
    const target = { provider: "anthropic", model: "claude-sonnet-4-6" };
    let marked = 0;
    for (const recording of loadRecordings(recordings)) {
      if (!isOfClients(recording) || recording.request === undefined || recording.status >= 400) continue;
      const asked = decodeRequest(recording);
      const plain = CODECS["anthropic-messages"].encodeRequest(asked, target).body;
      const set = withBreakpoints(asked, { minimumTokens: 1, most: 4 });
      if (set === asked) continue;
      marked += 1;
      const { body } = CODECS["anthropic-messages"].encodeRequest(set, target);
      const controls = JSON.stringify(body).split('"cache_control":{').length - 1;
      expect(controls, recording.id).toBeLessThanOrEqual(
        Math.max(4, JSON.stringify(plain).split('"cache_control":{').length - 1),
      );
      expect(withoutControls(body), recording.id).toEqual(withoutControls(plain));
      if (problemOf(jsonOf(plain)) === undefined) expect(problemOf(jsonOf(body)), recording.id).toBeUndefined();
    }
    expect(marked).toBeGreaterThan(200);
  });
});

const jsonOf = (value: unknown): JsonValue => JSON.parse(JSON.stringify(value));
