import { expect, test } from "vitest";
import { testStores } from "../../../../../../tests/support/stores.ts";
import { OWNER_SECRET } from "../testing/api-server.ts";
import { csvColumns } from "./csv.ts";
import { entry, NOW, totalsOf } from "./testing/ledger.ts";
import { as, serveUsage } from "./testing/usage-api.ts";

const [sqlite] = await testStores();
const ROWS = 100_000;
const BATCH = 2_000;

test("100,000 requests are exported line by line, and add up to the nano-dollar", { timeout: 120_000 }, async () => {
  const api = await serveUsage(sqlite, { entries: [] });
  try {
    for (let written = 0; written < ROWS; written += BATCH) {
      await api.write(Array.from({ length: BATCH }, (_, index) => entry({ at: NOW - 7_200_000 + written + index })));
    }
    const { body } = await api.call("GET /v1/usage?from=2026-11-21");
    const totals = totalsOf(body);
    expect(totals["requests"]).toBe(ROWS);
    const response = await fetch(`${api.url}/v1/usage.csv?from=2026-11-21`, { headers: as(OWNER_SECRET) });
    const at = csvColumns.requests.indexOf("cost_nano");
    const decoder = new TextDecoder();
    let [rest, lines, cost, largest] = ["", -1, 0n, 0];
    for await (const piece of response.body ?? []) {
      largest = Math.max(largest, piece.length);
      const whole = (rest + decoder.decode(piece, { stream: true })).split("\r\n");
      rest = whole.pop() ?? "";
      for (const line of whole) {
        // No cell of these has a comma in it.
        if (lines >= 0) cost += BigInt(line.split(",")[at] ?? 0);
        lines += 1;
      }
    }
    expect(rest).toBe("");
    expect(lines).toBe(ROWS);
    expect(String(cost)).toBe(totals["cost_nano"]);
    // It came in pieces, and never as one.
    expect(largest).toBeLessThan(1_000_000);
  } finally {
    await api.close();
  }
});
