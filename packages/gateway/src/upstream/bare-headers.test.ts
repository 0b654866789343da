import { expect, test } from "vitest";
import { bareRequestHeaders, bareResponseHeaders } from "./bare-headers.ts";

test("credentials, cookies and hops of the client stay here, and the vendors' own headers go on", () => {
  const kept = {
    authorization: "Bearer x",
    "x-api-key": "x",
    "x-goog-api-key": "x",
    "api-key": "x",
    cookie: "x",
    host: "x",
    connection: "keep-alive, Anthropic-Hop",
    "anthropic-hop": "x",
    "transfer-encoding": "chunked",
    "content-length": "1",
    upgrade: "websocket",
    "x-goog-user-project": "x",
    "openai-organization": "x",
    "x-signalbox-user": "x",
    "x-forwarded-for": "x",
    "idempotency-key": "x",
    origin: "x",
    referer: "x",
  };
  const forwarded = { "content-type": "a/b", "anthropic-new": "1", "openai-new": "1", "x-goog-new": "1", range: "b" };
  expect(bareRequestHeaders({ ...kept, ...forwarded })).toEqual(forwarded);
});

test("of an answer only what describes it comes back", () => {
  const returned = bareResponseHeaders({
    "content-type": "a/b",
    etag: "x",
    "set-cookie": ["a=b"],
    location: "x",
    "x-request-id": "theirs",
    "openai-organization": "x",
    "anthropic-ratelimit-requests-limit": "1",
    "x-goog-upload-url": "x",
    "strict-transport-security": "x",
    connection: "close",
  });
  expect(returned).toEqual({ "content-type": "a/b", etag: "x", "x-upstream-request-id": "theirs" });
});
