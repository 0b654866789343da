/**
 * Runs the codecs over recorded traffic of real providers and compares the pass rates with `expectations.json`, and what the
 * answers cost with `costs.tsv`: `npm run test:recorded`. `-- --failures` lists each failure, `-- --update` writes the expectations anew.
 * The recordings are looked for in `$SIGNALBOX_RECORDINGS`, the vendors' API descriptions in `$SIGNALBOX_SPECS`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkAnswer } from "./check-answers.ts";
import { checkCosts } from "./check-costs.ts";
import { checkRequest } from "./check-requests.ts";
import { nameOfFailure } from "./known-failures.ts";
import type { Outcome } from "./outcome.ts";
import { checkPassthrough } from "./passthrough.ts";
import { isOfClients, loadRecordings, recordingsFolder } from "./recordings.ts";
import { loadSchemas, specsFolder } from "./relaxed-schema.ts";
import { departures, type Failures, failuresOf, ofSchemaColumns, passRateTable } from "./report.ts";

const EXPECTATIONS = join(import.meta.dirname, "expectations.json");

async function run(flags: ReadonlySet<string>): Promise<number> {
  const folder = recordingsFolder();
  if (folder === undefined) {
    console.log("Skipped: no recordings here. Set SIGNALBOX_RECORDINGS to the folder of recordings.jsonl.gz.");
    return 0;
  }
  const specs = specsFolder();
  if (specs === undefined) console.log("No API descriptions here (SIGNALBOX_SPECS): the schema columns stay empty.");
  const schemas = specs === undefined ? undefined : loadSchemas(specs);
  const recordings = loadRecordings(folder);
  const spoken = recordings.filter(isOfClients);
  const outcomes = [
    ...spoken.flatMap((recording) => checkRequest(recording, schemas)),
    ...recordings.flatMap((recording) => checkAnswer(recording, schemas)),
    ...(await checkPassthrough(spoken)),
  ];
  console.log(passRateTable(outcomes));
  if (flags.has("--failures")) tellFailures(outcomes);
  const wrongCosts = checkCosts(spoken, flags.has("--update"));
  for (const problem of wrongCosts) console.error(problem);
  const actual = failuresOf(outcomes);
  if (flags.has("--update")) {
    writeFileSync(EXPECTATIONS, `${JSON.stringify(actual, null, 2)}\n`);
    return wrongCosts.length === 0 ? 0 : 1;
  }
  const expected: Failures = JSON.parse(readFileSync(EXPECTATIONS, "utf8"));
  const problems = departures(specs === undefined ? ofSchemaColumns(expected, false) : expected, actual);
  for (const problem of problems) console.error(problem);
  return problems.length + wrongCosts.length === 0 ? 0 : 1;
}

function tellFailures(outcomes: readonly Outcome[]): void {
  for (const { recording, column, failure } of outcomes) {
    if (failure === undefined) continue;
    console.log(`${nameOfFailure(column, failure)} | ${recording.dialect} | ${column} | ${recording.id} | ${failure}`);
  }
}

process.exitCode = await run(new Set(process.argv.slice(2)));
