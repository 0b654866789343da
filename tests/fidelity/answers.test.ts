import { join } from "node:path";
import {
  type AnswerContext,
  type CanonicalRequest,
  explode,
  GatewayError,
  isObject,
  type JsonValue,
  lossRecorder,
  runAll,
} from "@signalbox/protocol";
import { describe, expect, it } from "vitest";
import { CODECS, SPOKEN, type Spoken } from "../protocol/codecs.ts";
import { FORMS, type Form, originOf } from "../protocol/matrix.ts";
import { ANSWER_ROOTS, ANSWER_WORDS } from "./answer-roots.ts";
import { ANSWER_RULES, complaint } from "./equivalents.ts";
import { judge, type Outcome, type Verdict } from "./judge.ts";
import { type Probe, probesOf } from "./probes.ts";
import { reportCounts } from "./report.ts";
import type { Root } from "./request-roots.ts";
import { readDocument, specsFolder } from "./schema.ts";

interface Cell {
  readonly upstream: Spoken;
  readonly client: Spoken;
  readonly form: Form;
}

const folder = specsFolder();

const REQUEST: CanonicalRequest = {
  model: "public",
  stream: false,
  instructions: [],
  messages: [{ role: "user", content: [{ type: "text", text: "Hi." }] }],
  tools: [],
  sampling: {},
  reasoning: { summary: "auto" },
  streamUsage: true,
};

function outcome(root: Root, value: Probe["value"] | undefined, { upstream, client, form }: Cell): Outcome {
  const losses = lossRecorder();
  const context: AnswerContext = {
    request: { ...REQUEST, stream: form === "stream" },
    model: "public",
    uniqueId: "unique1",
    now: 1_700_000_000,
    estimatedInputTokens: 77,
    losses,
  };
  const response = CODECS[upstream].decodeResponse(root.embed(value), originOf(upstream));
  const body: JsonValue =
    form === "whole"
      ? CODECS[client].encodeResponse(response, context)
      : runAll(CODECS[client].encodeStream(context), explode(response)).map(({ data }) => parsed(data));
  return { body, losses: losses.report() };
}

function parsed(data: string): JsonValue {
  const value: unknown = data === "[DONE]" ? data : JSON.parse(data);
  return isObject(value) ? value : String(value);
}

function verdictOf(root: Root, probe: Probe, cell: Cell): Verdict {
  const empty = outcome(root, undefined, cell);
  try {
    const tried = outcome(root, probe.value, cell);
    const baseline = outcome(root, probe.baseline, cell);
    return judge({ probe, tried, baseline, empty }, cell.client === cell.upstream);
  } catch (error) {
    if (error instanceof GatewayError) return "refused";
    throw error;
  }
}

/** Every field that a vendor documents of its answers reaches the client, or is recorded as lost. */
describe("what the documentation lets an upstream answer", () => {
  it.skipIf(folder === undefined)("is known from the vendors' API descriptions (SIGNALBOX_SPECS)", () => {
    expect(folder).toBeDefined();
  });

  for (const upstream of folder === undefined ? [] : SPOKEN) {
    for (const root of ANSWER_ROOTS[upstream]) {
      describe(`${upstream}: ${root.name}`, () => {
        const document = readDocument(join(folder ?? "", root.file));
        const enumeration = { document, words: ANSWER_WORDS, skip: new Set(root.skip), sparse: true };
        const probes = probesOf(document.named(root.schema), enumeration);

        for (const form of FORMS) {
          it.each(SPOKEN)(`reaches %s or is recorded, ${form}`, (client) => {
            const verdicts = probes.map((probe) => verdictOf(root, probe, { upstream, client, form }));
            reportCounts(`answer ${upstream} -> ${client} (${form}): ${root.name}`, verdicts);
            const complaints = probes.map((probe, at) => complaint(probe, verdicts[at] ?? "lost", ANSWER_RULES));
            expect(complaints.filter((text) => text !== undefined)).toEqual([]);
          });
        }
      });
    }
  }
});
