import { formatDollars } from "../../../config/money.ts";
import type { AttemptsTable, RequestsTable } from "../../../store/ledger/tables.ts";
import type { ExportedRequest } from "../../../store/usage/export-rows.ts";
import { droppedOf, requestIdOf } from "./shapes.ts";

type Cell = string | number | boolean | null;

interface Column<Row> {
  readonly name: string;
  readonly of: (row: Row) => Cell;
}

/** One line an attempt; a request without any has one line too, on which what it cost itself stands. */
export interface AttemptLine {
  readonly request: RequestsTable;
  readonly attempt: AttemptsTable | undefined;
}

const column = <Row>(name: string, of: (row: Row) => Cell): Column<Row> => ({ name, of });

const ownerColumns: readonly Column<RequestsTable>[] = [
  column("id", ({ id }) => id),
  column("request_id", ({ id }) => requestIdOf(id)),
  column("created_at", ({ at }) => new Date(at).toISOString()),
  column("state", ({ state }) => state),
  column("key_id", ({ key_id }) => key_id),
  column("team_id", ({ team_id }) => team_id),
  column("org_id", ({ org_id }) => org_id),
  column("session", ({ session }) => session),
  column("agent", ({ agent }) => agent),
  column("parent_agent", ({ parent_agent }) => parent_agent),
  column("operation", ({ operation }) => operation),
  column("requested_model", ({ model }) => model),
  column("router", ({ router }) => router),
];

const requestColumns: readonly Column<RequestsTable>[] = [
  ...ownerColumns,
  column("dialect", ({ dialect }) => dialect),
  column("stream", ({ stream }) => stream === 1),
  column("provider", ({ provider }) => provider),
  column("model", ({ target_model }) => target_model),
  column("status", ({ status }) => status),
  column("error", ({ error }) => error),
  column("finish_reason", ({ finish_reason }) => finish_reason),
  column("attempts", ({ attempts }) => attempts),
  column("input_tokens", ({ input_tokens }) => input_tokens),
  column("cache_read_tokens", ({ cache_read_tokens }) => cache_read_tokens),
  column("cache_write_tokens", ({ cache_write_tokens }) => cache_write_tokens),
  column("output_tokens", ({ output_tokens }) => output_tokens),
  column("reasoning_tokens", ({ reasoning_tokens }) => reasoning_tokens),
  column("cost_nano", ({ cost_nano }) => cost_nano),
  column("cost_usd", ({ cost_nano }) => dollars(cost_nano)),
  column("unpriced", ({ unpriced }) => unpriced === 1),
  column("cache", ({ cache }) => cache),
  column("saved_cache_nano", ({ saved_cache_nano }) => saved_cache_nano),
  column("saved_compression_nano", ({ saved_compression_nano }) => saved_compression_nano),
  column("saved_routing_nano", ({ saved_routing_nano }) => saved_routing_nano),
  column("savings_unpriced", ({ savings_unpriced }) => savings_unpriced === 1),
  column("duration_ms", ({ duration_ms }) => duration_ms),
  column("first_token_ms", ({ first_token_ms }) => first_token_ms),
  column("overhead_ms", ({ overhead_ms }) => overhead_ms),
  column("dropped", (row) => droppedOf(row).join(" ")),
];

const attemptColumns: readonly Column<AttemptLine>[] = [
  ...ownerColumns.map(({ name, of }) => column(name, ({ request }: AttemptLine) => of(request))),
  column("position", ({ attempt }) => attempt?.position ?? null),
  column("provider", ({ request, attempt }) => (attempt ?? request).provider),
  column("model", ({ request, attempt }) => (attempt === undefined ? request.target_model : attempt.model)),
  column("credential", ({ attempt }) => attempt?.credential ?? null),
  column("dialect", ({ attempt }) => attempt?.dialect ?? null),
  column("lane", ({ attempt }) => attempt?.lane ?? null),
  column("started_after_ms", ({ attempt }) => attempt?.started_after_ms ?? null),
  column("duration_ms", ({ request, attempt }) => (attempt ?? request).duration_ms),
  column("first_token_ms", ({ request, attempt }) => (attempt ?? request).first_token_ms),
  column("error", ({ request, attempt }) => (attempt ?? request).error),
  column("input_tokens", ({ request, attempt }) => (attempt ?? request).input_tokens),
  column("cache_read_tokens", ({ request, attempt }) => (attempt ?? request).cache_read_tokens),
  column("cache_write_5m_tokens", ({ attempt }) => attempt?.cache_write_5m_tokens ?? null),
  column("cache_write_1h_tokens", ({ attempt }) => attempt?.cache_write_1h_tokens ?? null),
  column("output_tokens", ({ request, attempt }) => (attempt ?? request).output_tokens),
  column("reasoning_tokens", ({ request, attempt }) => (attempt ?? request).reasoning_tokens),
  column("audio_input_tokens", ({ attempt }) => attempt?.audio_input_tokens ?? null),
  column("audio_output_tokens", ({ attempt }) => attempt?.audio_output_tokens ?? null),
  column("image_input_tokens", ({ attempt }) => attempt?.image_input_tokens ?? null),
  column("image_output_tokens", ({ attempt }) => attempt?.image_output_tokens ?? null),
  column("web_searches", ({ attempt }) => attempt?.web_searches ?? null),
  column("audio_cache_read_tokens", ({ attempt }) => attempt?.audio_cache_read_tokens ?? null),
  column("image_cache_read_tokens", ({ attempt }) => attempt?.image_cache_read_tokens ?? null),
  column("images", ({ attempt }) => attempt?.images ?? null),
  column("audio_seconds", ({ attempt }) => attempt?.audio_seconds ?? null),
  column("characters", ({ attempt }) => attempt?.characters ?? null),
  column("search_units", ({ attempt }) => attempt?.search_units ?? null),
  column("other_charges", ({ attempt }) => attempt?.other_charges ?? null),
  column("estimated", ({ attempt }) => (attempt === undefined ? null : attempt.estimated === 1)),
  column("cost_nano", ({ request, attempt }) => (attempt ?? request).cost_nano),
  column("cost_usd", ({ request, attempt }) => dollars((attempt ?? request).cost_nano)),
  column("unpriced", ({ request, attempt }) => (attempt ?? request).unpriced === 1),
  column("price_id", ({ attempt }) => attempt?.price ?? null),
  column("service_tier", ({ attempt }) => attempt?.service_tier ?? null),
];

export type ExportedRows = "requests" | "attempts";

export const csvColumns: { readonly [rows in ExportedRows]: readonly string[] } = {
  requests: requestColumns.map(({ name }) => name),
  attempts: attemptColumns.map(({ name }) => name),
};

/** https://www.rfc-editor.org/rfc/rfc4180, with a header and one piece of text a page. */
export async function* csvOf(
  pages: AsyncIterable<readonly ExportedRequest[]>,
  rows: ExportedRows,
): AsyncGenerator<string, void, undefined> {
  yield `${csvColumns[rows].join(",")}\r\n`;
  for await (const page of pages) {
    yield rows === "requests"
      ? page.map(({ request }) => lineOf(requestColumns, request)).join("")
      : page.map((exported) => attemptLines(exported)).join("");
  }
}

function attemptLines({ request, attempts }: ExportedRequest): string {
  const lines: readonly AttemptLine[] =
    attempts.length === 0 ? [{ request, attempt: undefined }] : attempts.map((attempt) => ({ request, attempt }));
  return lines.map((line) => lineOf(attemptColumns, line)).join("");
}

function lineOf<Row>(columns: readonly Column<Row>[], row: Row): string {
  return `${columns.map(({ of }) => cell(of(row))).join(",")}\r\n`;
}

function cell(value: Cell): string {
  if (value === null) return "";
  if (typeof value !== "string") return String(value);
  const safe = harmless(value);
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * Spreadsheets run what begins like a formula (https://owasp.org/www-community/attacks/CSV_Injection). Clients choose the names of models and
 * sessions. An apostrophe before it takes that away; before one that is there already too, so that none is ever lost.
 */
function harmless(text: string): string {
  return /^[=+\-@\t\r\n'＝＋－＠]/.test(text) ? `'${text}` : text;
}

/** A number for spreadsheets. It is exact in text, and `cost_nano` is where a spreadsheet rounds. */
function dollars(nano: number | null): Cell {
  return nano === null ? null : formatDollars(nano);
}
