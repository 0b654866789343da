import { join } from "node:path";
import { GatewayError } from "@signalbox/protocol";
import { describe, expect, it } from "vitest";
import { SPOKEN, type Spoken, UPSTREAMS, type Upstream } from "../protocol/codecs.ts";
import { received, sent } from "../protocol/matrix.ts";
import { complaint, REQUEST_RULES } from "./equivalents.ts";
import { judge, type Outcome, type Verdict } from "./judge.ts";
import { type Probe, probesOf } from "./probes.ts";
import { reportCounts } from "./report.ts";
import { ROOTS, type Root, WORDS } from "./request-roots.ts";
import { readDocument, specsFolder } from "./schema.ts";

type Pair = readonly [Spoken, Upstream];

const folder = specsFolder();

function outcome(root: Root, value: Probe["value"] | undefined, [client, upstream]: Pair): Outcome {
  const { body, headers = {}, dropped, adapted } = sent(received(client, root.embed(value)), upstream);
  return { body: { body, headers }, losses: { dropped, adapted } };
}

function verdictOf(root: Root, probe: Probe, pair: Pair): Verdict {
  const empty = outcome(root, undefined, pair);
  try {
    const tried = outcome(root, probe.value, pair);
    const baseline = outcome(root, probe.baseline, pair);
    return judge({ probe, tried, baseline, empty }, pair[0] === pair[1]);
  } catch (error) {
    if (error instanceof GatewayError) return "refused";
    throw error;
  }
}

/** Every field that a vendor documents reaches the upstream, or is reported as dropped or adapted. */
describe("what the documentation lets a client ask", () => {
  it.skipIf(folder === undefined)("is known from the vendors' API descriptions (SIGNALBOX_SPECS)", () => {
    expect(folder).toBeDefined();
  });

  for (const client of folder === undefined ? [] : SPOKEN) {
    for (const root of ROOTS[client]) {
      describe(`${client}: ${root.name}`, () => {
        const document = readDocument(join(folder ?? "", root.file));
        const probes = probesOf(document.named(root.schema), { document, words: WORDS, skip: new Set(root.skip) });

        it.each(UPSTREAMS)("reaches %s or is reported", (upstream) => {
          const verdicts = probes.map((probe) => verdictOf(root, probe, [client, upstream]));
          reportCounts(`request ${client} -> ${upstream}: ${root.name}`, verdicts);
          const complaints = probes.map((probe, at) => complaint(probe, verdicts[at] ?? "lost", REQUEST_RULES));
          expect(complaints.filter((text) => text !== undefined)).toEqual([]);
        });
      });
    }
  }
});
