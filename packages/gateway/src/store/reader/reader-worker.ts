import { DatabaseSync, type SQLOutputValue } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import type { ReadAnswer, ReadQuery, ReadRequest } from "./messages.ts";

/** So few that the thread which serves requests does not feel taking them over. */
const PAGE = 250;

type Row = Record<string, SQLOutputValue>;

const path: unknown = workerData;
let database = open();
let left: readonly Row[] = [];

parentPort?.on("message", (request: ReadRequest) => {
  if (request === "close") {
    database.close();
    parentPort?.close();
    return;
  }
  parentPort?.postMessage(answer(request));
});

function open(): DatabaseSync {
  return new DatabaseSync(String(path), { readOnly: true, timeout: 1000 });
}

function answer(request: ReadQuery | "more"): ReadAnswer<Row> {
  try {
    if (request !== "more") left = rowsOf(request);
  } catch (error) {
    // A row that cannot be read leaves its statement in the midst: what is read later would be as old.
    database.close();
    database = open();
    return { failure: error instanceof Error ? error.message : String(error) };
  }
  const rows = left.slice(0, PAGE);
  left = left.slice(PAGE);
  return { rows, more: left.length > 0 };
}

/**
 * All before any is handed over: a statement that waits for somebody to take its rows would hold up the checkpoints of the log. One by one,
 * and not by `all`, in the midst of which a thread without memory cannot be ended.
 */
function rowsOf({ sql, parameters }: ReadQuery): readonly Row[] {
  const rows: Row[] = [];
  for (const row of database.prepare(sql).iterate(...parameters)) rows.push(row);
  return rows;
}
