import { hash } from "node:crypto";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { expect, test } from "vitest";
import { emptyDirectory } from "../access/key-directory.ts";
import { plainKey } from "../config/client-key.ts";
import { defaultSettings } from "../config/defaults.ts";
import { type AuthenticateContext, authenticate } from "./authenticate.ts";

const SECRET = "a-key-of-more-than-16-characters";
const digest = hash("sha256", SECRET, "hex");
const context: AuthenticateContext = {
  snapshot: {
    server: defaultSettings.server,
    keys: new Map([[digest, plainKey({ id: "config:ci", name: "ci", hash: digest })]]),
  },
  keys: emptyDirectory(),
};

function request(headers: Readonly<Record<string, string>>, url = "/v1/messages"): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  message.url = url;
  message.headers = { ...headers };
  message.rawHeaders = Object.entries(headers).flat();
  return message;
}

test.each([
  [{ authorization: `Bearer ${SECRET}` }, "/"],
  [{ authorization: `bearer ${SECRET}` }, "/"],
  [{ authorization: `Basic ${SECRET}` }, "/"],
  [{ "x-api-key": SECRET }, "/"],
  [{ "x-goog-api-key": SECRET }, "/"],
  [{}, `/v1beta/models/m:generateContent?alt=sse&key=${SECRET}`],
  [{ authorization: `Bearer ${SECRET}`, "x-api-key": SECRET }, "/"],
])("%j at %s names the key", (headers, url) => {
  expect(authenticate(request(headers, url), context)).toMatchObject({ name: "ci" });
});

test.each([
  [{}, "No valid API key"],
  [{ authorization: "Bearer ' OR '1'='1" }, "No valid API key"],
  [{ authorization: `Bearer ${SECRET}`, "x-api-key": "another-key-of-16-characters" }, "conflicting"],
  [{ authorization: `Digest ${SECRET}` }, "No valid API key"],
  [{ authorization: `Bearer${SECRET}` }, "No valid API key"],
  [{ authorization: "Bearer " }, "No valid API key"],
])("%j is refused", (headers, message) => {
  expect(() => authenticate(request(headers), context)).toThrow(message);
});

test("a repeated credential header is refused even where both are equal", () => {
  const repeated = request({ authorization: `Bearer ${SECRET}` });
  repeated.rawHeaders = ["Authorization", `Bearer ${SECRET}`, "authorization", `Bearer ${SECRET}`];
  expect(() => authenticate(repeated, context)).toThrow("repeated");
});
