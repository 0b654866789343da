import { DatabaseSync, type SQLOutputValue } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import type { ReadAnswer, ReadQuery, ReadRequest } from "./messages.ts";

/** So few that the thread which serves requests does not feel taking them over. */
const PAGE = 250;

type Row = Record<string, SQLOutputValue>;

const path: unknown = workerData;
const database = new DatabaseSync(String(path), { readOnly: true, timeout: 1000 });
let left: readonly Row[] = [];

parentPort?.on("message", (request: ReadRequest) => {
  if (request === "close") {
    database.close();
    parentPort?.close();
    return;
  }
  parentPort?.postMessage(answer(request));
});

function answer(request: ReadQuery | "more"): ReadAnswer<Row> {
  try {
    if (request !== "more") left = rowsOf(request);
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
  const rows = left.slice(0, PAGE);
  left = left.slice(PAGE);
  return { rows, more: left.length > 0 };
}

/** All at once: a statement that waits in its midst for somebody to take its rows would hold up the checkpoints of the log. */
function rowsOf({ sql, parameters }: ReadQuery): readonly Row[] {
  return database.prepare(sql).all(...parameters);
}
