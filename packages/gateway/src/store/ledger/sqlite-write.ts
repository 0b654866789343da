import type { DatabaseSync, StatementSync } from "node:sqlite";
import { dailyChanges, dailyKeyColumns, dailySumColumns } from "./daily.ts";
import { type BatchEntry, mayBecome } from "./merge.ts";
import {
  attemptColumns,
  attemptValues,
  type EndedEntry,
  requestColumns,
  requestValues,
  settlementColumns,
  settlementValues,
} from "./rows.ts";

/** Writes a batch in one synchronous transaction. Throws what SQLite throws; then nothing was written. */
export type BatchWriter = (batch: readonly BatchEntry[], instance: string) => void;

/** Statements are prepared once: compiling them would cost more than running them. */
export function batchWriter(database: DatabaseSync): BatchWriter {
  const begin = database.prepare("begin immediate");
  const commit = database.prepare("commit");
  const statements = prepare(database);
  return (batch, instance) => {
    begin.run();
    try {
      write(batch, { instance, statements });
      commit.run();
    } catch (error) {
      if (database.isTransaction) database.exec("rollback");
      throw error;
    }
  };
}

interface Statements {
  readonly insertRequest: StatementSync;
  readonly findRequest: StatementSync;
  readonly finishRequest: StatementSync;
  readonly insertAttempt: StatementSync;
  readonly addDaily: StatementSync;
}

function prepare(database: DatabaseSync): Statements {
  const requests = requestColumns.map(([name]) => name);
  const attempts = attemptColumns.map(([name]) => name);
  const daily = [...dailyKeyColumns, ...dailySumColumns];
  const finish = settlementColumns.map(([name]) => `${name} = ?`);
  const add = dailySumColumns.map((name) => `${name} = ${name} + excluded.${name}`);
  return {
    insertRequest: database.prepare(`${insertInto("requests", requests)} on conflict do nothing`),
    findRequest: database.prepare("select state, cost_nano from requests where id = ?"),
    finishRequest: database.prepare(`update requests set ${finish.join(", ")} where id = ?`),
    insertAttempt: database.prepare(`${insertInto("attempts", attempts)} on conflict do nothing`),
    addDaily: database.prepare(
      `${insertInto("daily_usage", daily)} on conflict (${dailyKeyColumns.join(", ")}) do update set ${add.join(", ")}`,
    ),
  };
}

function insertInto(table: string, columns: readonly string[]): string {
  return `insert into ${table} (${columns.join(", ")}) values (${columns.map(() => "?").join(", ")})`;
}

interface Writing {
  readonly instance: string;
  readonly statements: Statements;
}

function write(batch: readonly BatchEntry[], { instance, statements }: Writing): void {
  const changes = dailyChanges();
  for (const { entry, end } of batch) {
    const isNew = statements.insertRequest.run(...requestValues(entry, end, instance)).changes === 1;
    if (end === undefined || !(isNew || finish(end, { statements, changes }))) continue;
    changes.addEnded(end);
    end.attempts.forEach((attempt, position) => {
      statements.insertAttempt.run(...attemptValues(end.admission, position, attempt));
    });
  }
  for (const row of changes.rows()) statements.addDaily.run(...row);
}

/** False: the row has ended before, and stays as it is. */
function finish(
  end: EndedEntry,
  { statements, changes }: { readonly statements: Statements; readonly changes: ReturnType<typeof dailyChanges> },
): boolean {
  const { id } = end.admission;
  const row = statements.findRequest.get(id);
  if (row === undefined || !mayBecome(String(row["state"]), end)) return false;
  if (row["state"] === "unknown") changes.removeUnknown(end.admission, Number(row["cost_nano"]));
  statements.finishRequest.run(...settlementValues(end), id);
  return true;
}
