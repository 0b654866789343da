import { OWNER, send } from "./asking.ts";
import type { Row, Site } from "./site.ts";

/** What the ledger has of one request. */
export interface LedgerRow {
  readonly id: string;
  readonly session: string;
  readonly state: string;
  readonly reserved: bigint;
  readonly cost: bigint;
  readonly input: number;
  readonly output: number;
  readonly attempts: number;
  readonly durationMs: number;
}

export async function readLedger({ query }: Pick<Site, "query">): Promise<readonly LedgerRow[]> {
  const rows = await query(
    `select id, session, state, reserved_nano, cost_nano, input_tokens, cache_read_tokens, cache_write_tokens,
      output_tokens, attempts, duration_ms from requests order by id`,
  );
  return rows.map((row) => ({
    id: String(row["id"]),
    session: String(row["session"]),
    state: String(row["state"]),
    reserved: BigInt(String(row["reserved_nano"])),
    cost: BigInt(String(row["cost_nano"])),
    input: numberIn(row, "input_tokens") + numberIn(row, "cache_read_tokens") + numberIn(row, "cache_write_tokens"),
    output: numberIn(row, "output_tokens"),
    attempts: numberIn(row, "attempts"),
    durationMs: numberIn(row, "duration_ms"),
  }));
}

export interface Sums {
  readonly requests: number;
  /** Of these. */
  readonly unknown: number;
  readonly input: number;
  readonly output: number;
  readonly cost: bigint;
}

export function sumOf(rows: readonly Pick<LedgerRow, "state" | "input" | "output" | "cost">[]): Sums {
  return rows.reduce<Sums>(
    ({ requests, unknown, input, output, cost }, row) => ({
      requests: requests + 1,
      unknown: unknown + (row.state === "unknown" ? 1 : 0),
      input: input + row.input,
      output: output + row.output,
      cost: cost + row.cost,
    }),
    { requests: 0, unknown: 0, input: 0, output: 0, cost: 0n },
  );
}

/** The same sums as four others tell them: the usage API, the daily totals, and the two exports. */
export async function otherSums(url: string, site: Pick<Site, "query">): Promise<Readonly<Record<string, Sums>>> {
  const { totals } = Object(JSON.parse((await get(url, "/v1/usage")).text));
  const [daily = {}] = await site.query(
    `select sum(requests) as requests, sum(unknown) as unknown, sum(input_tokens) as input_tokens, sum(cache_read_tokens) as cache_read_tokens,
      sum(cache_write_5m_tokens) + sum(cache_write_1h_tokens) as cache_write_tokens, sum(output_tokens) as output_tokens,
      cast(sum(cost_nano) as text) as cost_nano from daily_usage`,
  );
  return {
    usage: sumsIn(totals),
    daily: sumsIn(daily),
    "requests.csv": sumOfLines((await get(url, "/v1/usage.csv?rows=requests")).text),
    "attempts.csv": sumOfLines((await get(url, "/v1/usage.csv?rows=attempts")).text),
  };
}

async function get(url: string, path: string) {
  const answer = await send(url, { path, headers: { authorization: `Bearer ${OWNER}` } });
  if (answer.status !== 200 || !answer.ended) throw new Error(`${path} was answered ${answer.status}: ${answer.text}`);
  return answer;
}

function sumsIn(row: Row): Sums {
  const input =
    numberIn(row, "input_tokens") + numberIn(row, "cache_read_tokens") + numberIn(row, "cache_write_tokens");
  const cost = BigInt(String(row["cost_nano"]));
  const [requests, unknown] = [numberIn(row, "requests"), numberIn(row, "unknown")];
  return { requests, unknown, input, output: numberIn(row, "output_tokens"), cost };
}

/** Every request once, whatever the number of its lines. */
function sumOfLines(csv: string): Sums {
  const [head = "", ...lines] = csv.trimEnd().split("\r\n");
  const names = head.split(",");
  const [ids, unknown] = [new Set<string>(), new Set<string>()];
  let sums = { input: 0, output: 0, cost: 0n };
  for (const line of lines) {
    const cells = line.split(",");
    const cell = (name: string) => cells[names.indexOf(name)] ?? "";
    const count = (name: string) => (names.includes(name) ? Number(cell(name)) : 0);
    const written = count("cache_write_tokens") + count("cache_write_5m_tokens") + count("cache_write_1h_tokens");
    ids.add(cell("id"));
    if (cell("state") === "unknown") unknown.add(cell("id"));
    sums = {
      input: sums.input + count("input_tokens") + count("cache_read_tokens") + written,
      output: sums.output + count("output_tokens"),
      cost: sums.cost + BigInt(cell("cost_nano")),
    };
  }
  return { requests: ids.size, unknown: unknown.size, ...sums };
}

function numberIn(row: Row, name: string): number {
  return Number(row[name] ?? 0);
}
