import { createHash } from "node:crypto";
import { connect } from "node:net";
import { StatementSync } from "node:sqlite";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { makeKey, withId } from "../../packages/gateway/src/config/key-secret.ts";
import { testStores } from "../support/stores.ts";
import { objectIn, withHeaders } from "./routing-support.ts";
import { type Answer, ask, type Call, DIALECTS, PROVIDERS, type Rig, send, startRig } from "./support.ts";

const MEGABYTE = 1024 * 1024;

/** Where SDKs and people put a key. */
const places: Readonly<Record<string, (call: Call, key: string) => Call>> = {
  bearer: (call, key) => withHeaders(call, { authorization: `Bearer ${key}` }),
  basic: (call, key) => withHeaders(call, { authorization: `Basic ${key}` }),
  "no scheme": (call, key) => withHeaders(call, { authorization: key }),
  "x-api-key": (call, key) => withHeaders(call, { authorization: "", "x-api-key": key }),
  "x-goog-api-key": (call, key) => withHeaders(call, { authorization: "", "x-goog-api-key": key }),
  query: (call, key) => ({
    ...withHeaders(call, { authorization: "" }),
    path: `${call.path}${call.path.includes("?") ? "&" : "?"}key=${encodeURIComponent(key)}`,
  }),
};

/** Nobody was ever given one of these. */
const shapeless: Readonly<Record<string, string>> = {
  empty: "",
  spaces: "   ",
  short: "x",
  "a prefix": "sb_",
  "SQL that is always true": "' OR '1'='1",
  "SQL that drops": "sb_'; DROP TABLE keys; --",
  "SQL wildcards": "sb_%",
  "a path": "../../../../etc/passwd",
  JSON: '{"$ne":null}',
  words: "undefined",
  "a megabyte": `sb_${"A".repeat(MEGABYTE)}`,
  "a megabyte of quotes": "'".repeat(MEGABYTE / 4),
};

/** Only in a query: no header can carry them. */
const unspeakable: Readonly<Record<string, string>> = {
  NUL: "sb_\u0000",
  "control characters": "sb_\r\nx-evil: 1\u001b[31m\u007f",
  "another alphabet": "sb_ключ🔑",
  "half a character": "sb_%ED%A0%80",
};

/** One of these is sent to the database for every statement: its text and what it is told. */
type Statement = readonly unknown[];

describe.each(await testStores())("keys that open nothing, with $kind", ({ kind, available, makePlace }) => {
  describe.skipIf(!available)("", () => {
    let rig: Rig;
    let remove = async () => {};
    let bad: Readonly<Record<string, string>>;
    const statements: Statement[] = [];

    beforeAll(async () => {
      const place = await makePlace();
      remove = () => place.remove();
      // Each call comes from an address of its own: who guesses a lot is held off, in other words.
      rig = await startRig({
        store: place.options,
        server: { host: "127.0.0.1", port: 0, trustedProxies: ["127.0.0.1"] },
      });
      bad = await badKeys(rig);
      watch(kind, statements);
    });
    afterAll(async () => {
      vi.restoreAllMocks();
      await rig.close();
      await remove();
    });
    beforeEach(() => rig.simulator.journal.clear());

    const tell = (call: Call) =>
      send(rig.gateway.url, withHeaders(call, { "x-forwarded-for": `10.0.${count >> 8}.${count++ & 255}` }));
    let count = 0;

    /** What was said to the database that has to do with keys or with this one, while `work` was done. */
    async function said(key: string, work: () => Promise<unknown>): Promise<readonly Statement[]> {
      const before = statements.length;
      await work();
      const digest = createHash("sha256").update(key).digest("hex");
      return statements.slice(before).filter((statement) => {
        const text = statement.map((part) => JSON.stringify(part) ?? "").join(" ");
        return text.includes(digest) || /from "?keys"?/.test(text) || (key.length > 3 && text.includes(key));
      });
    }

    test.each(DIALECTS)("are 401 in the same bytes wherever they stand, in %s", async (dialect) => {
      const call = ask(dialect, `${PROVIDERS[dialect]}/m`, { text: "hello", stream: false });
      const expected = bytesOf(await tell(withHeaders(call, { authorization: "" })));
      expect(expected.status).toBe(401);
      for (const [what, key] of Object.entries({ ...shapeless, ...bad })) {
        for (const [where, put] of Object.entries(places))
          expect({ what, where, ...bytesOf(await tell(put(call, key))) }).toEqual({ what, where, ...expected });
      }
      for (const [what, key] of Object.entries(unspeakable))
        expect({ what, ...bytesOf(await tell(places["query"]?.(call, key) ?? call)) }).toEqual({ what, ...expected });
      const streamed = ask(dialect, `${PROVIDERS[dialect]}/m`, { text: "hello", stream: true });
      expect(bytesOf(await tell(withHeaders(streamed, { authorization: "Bearer nobody" })))).toEqual(expected);
      expect(rig.simulator.journal.entries).toEqual([]);
    });

    test.each([
      "GET /v1/models",
      "GET /v1/keys",
      "POST /v1/keys",
      "GET /v1/auth/key",
      "GET /v1/usage",
      "GET /v1beta/models",
    ])("are 401 in the same bytes at %s", async (line) => {
      const [method = "", path = ""] = line.split(" ");
      const call: Call = { method, path, ...(method === "POST" ? { body: { name: "x" } } : {}) };
      const expected = bytesOf(await tell(withHeaders(call, { authorization: "" })));
      expect(expected.status).toBe(401);
      for (const [what, key] of Object.entries({ ...shapeless, ...bad }))
        expect({ what, ...bytesOf(await tell(withHeaders(call, { authorization: `Bearer ${key}` }))) }).toEqual({
          what,
          ...expected,
        });
    });

    test("ask the database nothing where they have not the shape of a key", async () => {
      const call = ask("openai-chat", "chat/m", { text: "hello", stream: false });
      for (const [what, key] of Object.entries(shapeless)) {
        const told = await said(key, () => tell(withHeaders(call, { authorization: `Bearer ${key}` })));
        expect({ what, told }).toEqual({ what, told: [] });
      }
    });

    test("ask it once, for their digest, where they have", async () => {
      const call = ask("openai-chat", "chat/m", { text: "hello", stream: false });
      const { shown } = makeKey();
      const once = await said(shown, () => tell(withHeaders(call, { authorization: `Bearer ${shown}` })));
      const digest = createHash("sha256").update(shown).digest("hex");
      expect(once).toHaveLength(1);
      expect(JSON.stringify(once)).toContain(digest);
      expect(JSON.stringify(once)).not.toContain(shown);
      const [text] = once[0] ?? [];
      expect(JSON.stringify(text)).not.toContain(digest);
      expect(await said(shown, () => tell(withHeaders(call, { authorization: `Bearer ${shown}` })))).toEqual([]);
    });

    test("leave the tables as they were", async () => {
      const keys = await rig.store.accounts.keys.list({ limit: 100 });
      expect(keys.length).toBeGreaterThan(3);
    });
  });
});

/** Keys that were good, or nearly. */
async function badKeys(rig: Rig): Promise<Readonly<Record<string, string>>> {
  const api = async (line: string, body?: unknown) => {
    const [method = "", path = ""] = line.split(" ");
    const { text } = await send(rig.gateway.url, { method, path, ...(body === undefined ? {} : { body }) });
    return objectIn(JSON.parse(text === "" ? "{}" : text));
  };
  const make = async () => {
    const { key, data } = await api("POST /v1/keys", { name: "made" });
    return { secret: String(key), id: String(objectIn(data)["id"]) };
  };
  const [kept, disabled, expired, deleted, rotated] = await Promise.all([make(), make(), make(), make(), make()]);
  await api(`PATCH /v1/keys/${disabled.id}`, { disabled: true });
  await api(`PATCH /v1/keys/${expired.id}`, { expires_at: "2020-01-01T00:00:00Z" });
  await api(`DELETE /v1/keys/${deleted.id}`);
  await api(`POST /v1/keys/${rotated.id}/rotate`, { overlap_hours: 0 });
  const { secret, id } = kept;
  return {
    "made by nobody": makeKey().shown,
    "another secret of a key that there is": withId(id).shown,
    "the digest of a key": createHash("sha256").update(secret).digest("hex"),
    "the id of a key": id,
    "without its end": secret.slice(0, -1),
    "with one character more": `${secret}0`,
    "in other case": secret.toUpperCase(),
    "in quotes": `"${secret}"`,
    disabled: disabled.secret,
    expired: expired.secret,
    deleted: deleted.secret,
    "rotated away": rotated.secret,
  };
}

/** Without what is another in every answer. */
function bytesOf({ status, text, headers }: Answer) {
  const { date: _date, "x-request-id": id, "request-id": _id, ...rest } = headers;
  return { status, rest, text: text.replaceAll(String(id), "ID") };
}

/** From now on every statement of this process is noted. */
function watch(kind: "sqlite" | "postgres", statements: Statement[]): void {
  if (kind === "postgres") {
    const query = pg.Client.prototype.query;
    vi.spyOn(pg.Client.prototype, "query").mockImplementation(function (this: pg.Client, ...parameters: unknown[]) {
      statements.push(parameters);
      return Reflect.apply(query, this, parameters);
    });
    return;
  }
  for (const method of ["all", "get", "run", "iterate"] as const) {
    const original = StatementSync.prototype[method];
    vi.spyOn(StatementSync.prototype, method).mockImplementation(function (
      this: StatementSync,
      ...parameters: unknown[]
    ) {
      statements.push([this.sourceSQL, ...parameters]);
      return Reflect.apply(original, this, parameters);
    });
  }
}

describe("the head of a request", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig.close());

  /** Sends bytes as they are, and reads to the end of the connection. */
  function raw(head: string): Promise<string> {
    const { hostname, port } = new URL(rig.gateway.url);
    const socket = connect(Number(port), hostname);
    const chunks: Buffer[] = [];
    return new Promise((resolve, reject) => {
      socket.on("data", (chunk: Buffer) => chunks.push(chunk));
      socket.on("end", () => resolve(Buffer.concat(chunks).toString()));
      socket.on("error", reject);
      socket.write(Buffer.from(head, "latin1"));
    });
  }
  const get = (header: string, path = "/v1/models") =>
    `GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n${header}\r\n\r\n`;

  test("is refused beyond 1.25 MB, and its sender is told so", async () => {
    for (const head of [
      get(`authorization: Bearer ${"A".repeat(1.3 * MEGABYTE)}`),
      get("x: y", `/v1/models?key=${"A".repeat(1.3 * MEGABYTE)}`),
      get(`authorization: Bearer ${"A".repeat(8 * MEGABYTE)}`),
    ]) {
      const answer = await raw(head);
      expect(answer).toMatch(/^HTTP\/1\.1 431 /);
      expect(JSON.parse(answer.split("\r\n\r\n")[1] ?? "")).toMatchObject({ error: { type: "invalid_request_error" } });
    }
  });

  test.each(["\u0000", "\u0001", "\u001b", "\u007f", "a\rb", "a\nb"])(
    "with %j in a key is no request",
    async (character) => {
      const answer = await raw(get(`authorization: Bearer sb_${character}`));
      expect(answer).toMatch(/^HTTP\/1\.1 40[01] /);
      expect(answer).not.toContain("sb_");
    },
  );

  test("with bytes of another alphabet in a key is 401", async () => {
    expect(await raw(get(`authorization: Bearer ${Buffer.from("ключ").toString("latin1")}`))).toMatch(
      /^HTTP\/1\.1 401 /,
    );
  });
});
