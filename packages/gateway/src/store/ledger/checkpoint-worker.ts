import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";

/**
 * A thread of its own moves what stands in SQLite's write-ahead log to the database, and waits for the disk: on the thread that
 * serves requests that would be felt. https://www.sqlite.org/wal.html#ckpt
 */
const path: unknown = workerData;
const database = new DatabaseSync(String(path));
database.exec(
  "pragma busy_timeout = 0; pragma synchronous = full; pragma fullfsync = on; pragma checkpoint_fullfsync = on",
);

parentPort?.on("message", (message: unknown) => {
  if (message === "close") {
    database.close();
    parentPort?.close();
    return;
  }
  try {
    database.exec("pragma wal_checkpoint(passive)");
  } catch {
    // It is tried again when more was written.
  }
  parentPort?.postMessage("done");
});
