import { GatewayError } from "@signalbox/protocol";
import { expect, test } from "vitest";
import { secret } from "../config/secret.ts";
import { redactError, redactSecrets, secretsOf } from "./redact.ts";

const headers = new Map([
  ["x-tenant-token", secret("tenant-secret")],
  ["anthropic-beta", secret("context-1m-2025-08-07")],
]);

test("a request's secrets are its credential and the headers that are named like one", () => {
  expect(secretsOf({ headers }, secret("sk-credential"))).toEqual(["sk-credential", "tenant-secret"]);
  expect(secretsOf({ headers }, undefined)).toEqual(["tenant-secret"]);
});

test("an echo is taken out of an error's message and of the upstream's own word for it", () => {
  const error = new GatewayError("upstream_error", "No: sk-credential!", {
    upstreamType: "bad_sk-credential",
    upstreamStatus: 400,
  });
  const safe = redactError(error, ["sk-credential"]);
  expect(safe).toMatchObject({ code: "upstream_error", message: "No: [redacted]!" });
  expect(safe.detail).toEqual({ upstreamType: "bad_[redacted]", upstreamStatus: 400 });
});

test("an error without an echo is left as it is", () => {
  const error = new GatewayError("upstream_error", "No.", { upstreamStatus: 400 });
  expect(redactError(error, ["sk-credential"])).toBe(error);
});

test("what is too short to be a secret is left in texts", () => {
  expect(redactSecrets("a and b", ["a", ""])).toBe("a and b");
});
