import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type BareRig, SECRET, startBareRig } from "./passthrough-support.ts";
import { KEY } from "./support.ts";

let bare: BareRig;
beforeAll(async () => {
  bare = await startBareRig();
});
afterAll(() => bare.close());
beforeEach(() => bare.reset());

const pass: BareRig["pass"] = (line, call) => bare.pass(line, call);

describe("the address", () => {
  test.each([
    ["openish/v1/files", "/v1/files"],
    ["openish/v1/files/", "/v1/files/"],
    ["openish/v1/files/file-1/content?x=1&y=%2F", "/v1/files/file-1/content?x=1&y=%2F"],
    ["deep/v1/files", "/team/openai/v1/files"],
    ["deep/v2/files", "/team/openai/v2/files"],
    ["claude/v1/messages/batches", "/v1/messages/batches"],
    ["both/models", "/models"],
    ["both/v1/messages/count_tokens", "/anthropic/v1/messages/count_tokens"],
    ["openish/v1/models/claude-x@20250514", "/v1/models/claude-x@20250514"],
    ["openish/v1/a%20b%C3%A4", "/v1/a%20b%C3%A4"],
  ])("of %s is the provider's root and %s", async (path, expected) => {
    const method = path.includes("count_tokens") ? "POST" : "GET";
    expect((await pass(`${method} /${path}`)).status).toBe(200);
    expect(bare.vendor.seen.map(({ line }) => line)).toEqual([`${method} ${expected}`]);
  });

  test.each([
    "openish/../v1/files",
    "openish/v1/../../admin",
    "openish/v1/./files",
    "openish/v1/%2e%2e/files",
    "openish/v1/%2E%2E/files",
    "openish/v1/.%2e/files",
    "openish/v1/..;/files",
    "openish/v1/..%3bx/files",
    "openish/v1/..%2ffiles",
    "openish/v1/%2ffiles",
    "openish/v1/a%5cb",
    "openish/v1/a\\b",
    "openish/v1/%252e%252e/files",
    "openish/v1/a%252fb",
    "openish//evil.example/v1",
    "openish///evil.example",
    "openish/http://evil.example/",
    "openish/https:%2f%2fevil.example",
    "openish/v1//files",
    "openish/v1/a%00b",
    "openish/v1/a%0d%0ab",
    "openish/v1/%ff",
    "openish/v1/%zz",
    "openish/v1/a#b",
    "deep/../../v1/files",
    "deep/%2e%2e/%2e%2e/v1/files",
  ])("%s is refused, and nobody is asked", async (path) => {
    const answer = await pass(`POST /${path}`, { body: {} });
    expect([400, 404]).toContain(answer.status);
    expect(bare.vendor.seen).toEqual([]);
  });

  test.each([
    "@evil.example/v1/files",
    "openish@evil.example/v1/files",
    "openish:80@evil.example/v1/files",
    "evil.example/v1/files",
    "127.0.0.1:9/v1/files",
    "http:%2f%2fevil.example/x",
    "__proto__/v1/files",
    "constructor/v1",
    "%6fpenish/v1/files",
    "openish",
    "openish/",
    "/v1/files",
  ])("of a provider called %s does not exist", async (path) => {
    expect((await pass(`GET /${path}`)).status).toBe(404);
    expect(bare.vendor.seen).toEqual([]);
  });

  test.each(["@evil.example", ".evil.example", ":1@evil.example", ":9"])(
    "stays at its host with %s behind it",
    async (tail) => {
      const answer = await pass(`GET /openish/${tail}/v1`);
      expect(answer.status).toBe(200);
      expect(bare.vendor.seen).toMatchObject([
        { line: `GET /${tail}/v1`, headers: { host: new URL(bare.vendor.url).host } },
      ]);
    },
  );
});

describe("headers", () => {
  test("go on where they are the vendor's, and never where they are the client's own", async () => {
    const forwarded = {
      accept: "application/json",
      "anthropic-beta": "files-api-2025-04-14",
      "anthropic-something-new": "1",
      "openai-beta": "assistants=v2",
      "x-goog-upload-protocol": "multipart",
      range: "bytes=0-9",
      "if-none-match": '"x"',
      "user-agent": "tests/1",
      "content-type": "text/plain",
    };
    const kept = {
      cookie: "session=1",
      "x-api-key": KEY,
      "x-goog-user-project": "mine",
      "x-goog-iam-authorization-token": "mine",
      "openai-organization": "org-mine",
      "openai-project": "mine",
      "x-forwarded-for": "10.0.0.1",
      forwarded: "for=10.0.0.1",
      "x-forwarded-host": "evil.example",
      "proxy-authorization": "Basic eA==",
      te: "trailers",
      "idempotency-key": "mine",
      "x-signalbox-metadata": "headers",
      "openai-hop": "for one hop",
      connection: "close, openai-hop",
      "accept-encoding": "gzip",
      "x-http-method-override": "DELETE",
    };
    const answer = await pass("POST /openish/v1/files", { raw: "hello", headers: { ...forwarded, ...kept } });
    expect(answer.status).toBe(200);
    const [seen] = bare.vendor.seen;
    expect(seen?.headers).toMatchObject({ ...forwarded, authorization: `Bearer ${SECRET}`, "content-length": "5" });
    expect(seen?.headers.host).toBe(new URL(bare.vendor.url).host);
    for (const name of Object.keys(kept).filter((one) => one !== "connection"))
      expect([name, seen?.headers[name]]).toEqual([name, undefined]);
    expect(JSON.stringify(seen?.headers)).not.toContain(KEY);
  });

  test("come back without cookies, limits and organisations", async () => {
    bare.vendor.answer = (_request, response) => {
      response.writeHead(206, {
        "content-type": "application/x-thing",
        "content-range": "bytes 0-3/9",
        "content-length": "4",
        "content-disposition": 'attachment; filename="a"',
        etag: '"1"',
        "set-cookie": "a=b",
        "openai-organization": "org-theirs",
        "anthropic-organization-id": "theirs",
        "x-ratelimit-remaining-requests": "1",
        "x-goog-upload-url": `http://vendor/?key=${SECRET}`,
        "x-request-id": "req_theirs",
        server: "vendor",
      });
      response.end("0123");
    };
    const { status, headers, text } = await pass("GET /openish/v1/files/1/content");
    expect([status, text]).toEqual([206, "0123"]);
    expect(headers).toMatchObject({
      "content-type": "application/x-thing",
      "content-range": "bytes 0-3/9",
      "content-disposition": 'attachment; filename="a"',
      "content-length": "4",
      etag: '"1"',
      "x-upstream-request-id": "req_theirs",
      "x-signalbox-provider": "openish",
      "x-signalbox-lane": "passthrough",
    });
    const names = ["set-cookie", "openai-organization", "anthropic-organization-id", "x-goog-upload-url", "server"];
    for (const name of [...names, "x-ratelimit-remaining-requests"])
      expect([name, headers[name]]).toEqual([name, undefined]);
  });

  test.each([
    ["openish/v1/files", { authorization: `Bearer ${SECRET}` }, ""],
    ["claude/v1/files", { "x-api-key": SECRET }, ""],
    ["google/v1beta/files", {}, `?key=${SECRET}`],
    ["both/anthropic/v1/messages/count_tokens", { "x-api-key": SECRET }, ""],
  ])("let the operator in at %s", async (path, headers, query) => {
    await pass(`POST /${path}?key=${KEY}&access_token=mine&api_key=mine`, {
      body: { model: "m" },
      headers: { authorization: "" },
    });
    const [seen] = bare.vendor.seen;
    expect(seen?.headers).toMatchObject(headers);
    expect(seen?.line).toBe(`POST /${path.replace(/^[^/]+\//, "")}${query}`);
  });

  test("are always those of the same account, whichever was used last", async () => {
    for (let times = 0; times < 4; times += 1) await pass("GET /two/v1/files");
    const accounts = new Set(bare.vendor.seen.map(({ headers }) => headers.authorization));
    expect([...accounts]).toEqual(["Bearer the-first-of-two-accounts"]);
  });
});
