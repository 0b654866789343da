import type { SQLInputValue } from "node:sqlite";

export interface ReadQuery {
  readonly sql: string;
  readonly parameters: readonly SQLInputValue[];
}

/** What the thread is asked: to run a query, for the rows that it has left over of the last one, or to end. */
export type ReadRequest = ReadQuery | "more" | "close";

/** Or why there are none, in SQLite's words. */
export type ReadAnswer<Row> = { readonly rows: readonly Row[]; readonly more: boolean } | { readonly failure: string };
