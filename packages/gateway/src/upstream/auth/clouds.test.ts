import { generateKeyPairSync } from "node:crypto";
import type { ServerResponse } from "node:http";
import { GatewayError } from "@signalbox/protocol";
import { decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { afterEach, beforeEach, expect, test } from "vitest";
import { defaultTimeouts } from "../../config/defaults.ts";
import { cancellation } from "../cancellation.ts";
import { dispatch } from "../dispatch.ts";
import { readBody } from "../read-body.ts";
import { secretsOf } from "../redact.ts";
import { type Cloud, type CloudRig, cloudRig, credentialOf, json, ok } from "./testing/cloud.ts";

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const PEM = privateKey.export({ type: "pkcs8", format: "pem" });
const NOW = Date.parse("2026-11-20T12:00:00Z");

let rig: CloudRig;
beforeEach(() => {
  rig = cloudRig(NOW);
});
afterEach(() => rig.close());

const google = { kind: "google-oauth" } as const;
const azure = { kind: "azure" } as const;
const refuse = (response: ServerResponse, error_description: string | null) =>
  json(response, { error: "invalid_client", error_description }, { status: 401 });
const KEYS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const aws = { kind: "aws-sigv4", region: "us-east-1" } as const;

const tokens = (): Promise<Cloud> =>
  rig.start((_asked, response, count) =>
    json(response, { access_token: `minted-token-${count}`, expires_in: 3600, token_type: "Bearer" }),
  );

const serviceAccount = (tokenUri: string) => ({
  type: "service_account",
  client_email: "robot@project.iam.gserviceaccount.com",
  private_key: PEM,
  private_key_id: "key-1",
  token_uri: tokenUri,
});

const bearers = (cloud: Cloud) => cloud.asked.map(({ headers }) => headers.authorization);

test("exchanges a service account's assertion for a token, once for fifty requests", async () => {
  const server = await tokens();
  const upstream = await rig.start(ok);
  const credential = credentialOf(serviceAccount(`${server.url}/token`));
  await Promise.all(Array.from({ length: 50 }, () => rig.ask(upstream, { auth: google, credential })));
  expect(new Set(bearers(upstream))).toEqual(new Set(["Bearer minted-token-1"]));
  expect(upstream.asked).toHaveLength(50);
  expect(server.asked).toHaveLength(1);
  const form = new URLSearchParams(server.asked[0]?.body);
  expect(form.get("grant_type")).toBe("urn:ietf:params:oauth:grant-type:jwt-bearer");
  const assertion = form.get("assertion") ?? "";
  expect(decodeProtectedHeader(assertion)).toEqual({ alg: "RS256", typ: "JWT", kid: "key-1" });
  expect(decodeJwt(assertion)).toEqual({
    scope: "https://www.googleapis.com/auth/cloud-platform",
    iss: "robot@project.iam.gserviceaccount.com",
    aud: `${server.url}/token`,
    iat: NOW / 1000,
    exp: NOW / 1000 + 3600,
  });
  await jwtVerify(assertion, publicKey, { currentDate: new Date(NOW) });
});

test("renews a token ahead of its end", async () => {
  const server = await tokens();
  const upstream = await rig.start(ok);
  const credential = credentialOf(serviceAccount(server.url));
  await rig.ask(upstream, { auth: google, credential });
  rig.pass(3_400_000);
  await rig.ask(upstream, { auth: google, credential });
  await expect.poll(() => server.asked.length).toBe(2);
  await expect
    .poll(async () => {
      await rig.ask(upstream, { auth: google, credential });
      return bearers(upstream).at(-1);
    })
    .toBe("Bearer minted-token-2");
  expect(server.asked).toHaveLength(2);
});

test("a token that the upstream knows no more is exchanged again, and the request sent once more", async () => {
  const server = await tokens();
  const upstream = await rig.start(({ headers }, response) =>
    headers.authorization === "Bearer minted-token-2"
      ? json(response, { ok: true })
      : json(response, { error: { code: 401 } }, { status: 401 }),
  );
  const credential = credentialOf(serviceAccount(server.url));
  const answer = await rig.ask(upstream, { auth: google, credential, body: '{"a":1}' });
  expect(answer.status).toBe(200);
  expect(upstream.asked.map(({ body }) => body)).toEqual(['{"a":1}', '{"a":1}']);
  await rig.ask(upstream, { auth: google, credential });
  expect(upstream.asked).toHaveLength(3);
  expect(server.asked).toHaveLength(2);
});

test("an upstream that refuses every token is asked twice, and its refusal handed on", async () => {
  const server = await tokens();
  const upstream = await rig.start((_asked, response) =>
    json(response, { error: { message: "No." } }, { status: 401 }),
  );
  const answer = await rig.ask(upstream, { auth: google, credential: credentialOf(serviceAccount(server.url)) });
  expect(answer.status).toBe(401);
  expect((await readBody(answer.body, 1000)).toString()).toBe('{"error":{"message":"No."}}');
  expect([upstream.asked.length, server.asked.length]).toEqual([2, 2]);
});

test("a token server that refuses is upstream_auth for all who ask, and is not stormed", async () => {
  const server = await rig.start((_asked, response) =>
    json(response, { error: "invalid_grant", error_description: "Account not found" }, { status: 400 }),
  );
  const upstream = await rig.start(ok);
  const credential = credentialOf(serviceAccount(server.url));
  const all = await Promise.allSettled(
    Array.from({ length: 30 }, () => rig.ask(upstream, { auth: google, credential })),
  );
  for (const one of all) {
    expect(one).toMatchObject({ status: "rejected", reason: { code: "upstream_auth" } });
    if (one.status === "rejected")
      expect(String(one.reason)).toContain("refused the credential with status 400: invalid_grant: Account not found");
  }
  await expect(rig.ask(upstream, { auth: google, credential })).rejects.toMatchObject({ code: "upstream_auth" });
  expect([upstream.asked.length, server.asked.length]).toEqual([0, 1]);
});

test("a token server's echo of what it was sent is not told", async () => {
  const secret = "very-secret-client-secret";
  const server = await rig.start(({ body }, response) =>
    refuse(response, new URLSearchParams(body).get("client_secret")),
  );
  const account = { tenantId: "t", clientId: "the-client-id", clientSecret: secret, authority: server.url };
  const failing = rig.ask(await rig.start(ok), { auth: azure, credential: credentialOf(account) });
  await expect(failing).rejects.toThrow("invalid_client: [redacted]");
});

test("exchanges a refresh token, and bills the project that it names", async () => {
  const server = await tokens();
  const upstream = await rig.start(ok);
  const account = {
    type: "authorized_user",
    client_id: "id",
    client_secret: "secret",
    refresh_token: "refresh",
    quota_project_id: "billed",
    token_uri: server.url,
  };
  await rig.ask(upstream, { auth: google, credential: credentialOf(account) });
  expect(Object.fromEntries(new URLSearchParams(server.asked[0]?.body))).toEqual({
    grant_type: "refresh_token",
    client_id: "id",
    client_secret: "secret",
    refresh_token: "refresh",
  });
  expect(upstream.asked[0]?.headers["x-goog-user-project"]).toBe("billed");
});

test("asks the metadata server only where that is configured", async () => {
  const server = await tokens();
  const upstream = await rig.start(ok);
  await rig.ask(upstream, { auth: google, credential: credentialOf({ metadata: "google", host: server.url }) });
  expect(server.asked[0]).toMatchObject({
    path: "/computeMetadata/v1/instance/service-accounts/default/token",
    headers: { "metadata-flavor": "Google" },
  });
  expect(bearers(upstream)).toEqual(["Bearer minted-token-1"]);
});

test("exchanges an Entra app's secret for a token", async () => {
  const server = await tokens();
  const upstream = await rig.start(ok);
  const account = { tenantId: "tenant", clientId: "app", clientSecret: "shh", authority: `${server.url}/` };
  await rig.ask(upstream, { auth: azure, credential: credentialOf(account) });
  expect(server.asked[0]?.path).toBe("/tenant/oauth2/v2.0/token");
  expect(Object.fromEntries(new URLSearchParams(server.asked[0]?.body))).toEqual({
    grant_type: "client_credentials",
    client_id: "app",
    client_secret: "shh",
    scope: "https://cognitiveservices.azure.com/.default",
  });
  expect(bearers(upstream)).toEqual(["Bearer minted-token-1"]);
});

test.each([
  ["an API key", { auth: google, key: "AIzaKey", headers: { "x-goog-api-key": "AIzaKey" } }],
  ["an access token", { auth: google, key: "ya29.token", headers: { authorization: "Bearer ya29.token" } }],
  ["a resource key", { auth: azure, key: "0123456789", headers: { "api-key": "0123456789" } }],
  ["an Entra token", { auth: azure, key: "eyJhbGciOi.x.y", headers: { authorization: "Bearer eyJhbGciOi.x.y" } }],
  ["a Bedrock key", { auth: aws, key: "ABSKkey", headers: { authorization: "Bearer ABSKkey" } }],
])("sends %s as it is", async (_what, { auth, key, headers }) => {
  const upstream = await rig.start(ok);
  await rig.ask(upstream, { auth, credential: credentialOf(key) });
  expect(upstream.asked[0]?.headers).toMatchObject(headers);
});

test.each([
  ["at a place that takes keys", { kind: "bearer" } as const, { accessKeyId: "a", secretAccessKey: "b" }],
  ["at another cloud", azure, { accessKeyId: "a", secretAccessKey: "b" }],
  ["of no known form", google, { type: "external_account" }],
  ["that is half", aws, { accessKeyId: "a" }],
])("sends nothing with an account %s", async (_what, auth, account) => {
  const upstream = await rig.start(ok);
  await expect(rig.ask(upstream, { auth, credential: credentialOf(account) })).rejects.toMatchObject({
    code: "upstream_auth",
  });
  expect(upstream.asked).toEqual([]);
});

test.each([
  ["this machine's AWS identity", aws, { chain: "aws" }],
  ["this machine's Google identity", google, { metadata: "google", host: "http://127.0.0.1:9" }],
  ["a token server without TLS", google, serviceAccount("http://127.0.0.1:9/token")],
  ["a token server on a private address", google, serviceAccount("https://127.0.0.1:9/token")],
  [
    "a metadata address as authority",
    azure,
    { tenantId: "t", clientId: "c", clientSecret: "s", authority: "https://169.254.169.254" },
  ],
])("a caller's own credential cannot use %s", async (_what, auth, account) => {
  const upstream = await rig.start(ok);
  const credential = credentialOf(account, true);
  await expect(rig.ask(upstream, { auth, credential })).rejects.toMatchObject({ code: "upstream_auth" });
  expect(upstream.asked).toEqual([]);
});

test("what an account holds and what it was exchanged for is nobody else's to read", async () => {
  const server = await tokens();
  const credential = credentialOf(serviceAccount(server.url));
  await rig.ask(await rig.start(ok), { auth: google, credential });
  // Copies of a credential are the same account.
  const secrets = secretsOf({ headers: new Map() }, { ...credential });
  expect(secrets).toContain("minted-token-1");
  expect(secrets).toContain(String(PEM).trim());
  expect(secretsOf({ headers: new Map() }, credentialOf(KEYS))).toContain(KEYS.secretAccessKey);
});

test("who leaves while a token is exchanged is not waited for, and the others get it", async () => {
  let release = () => {};
  const server = await rig.start((_asked, response) => {
    release = () => json(response, { access_token: "late-token", expires_in: 3600 });
  });
  const upstream = await rig.start(ok);
  const credential = credentialOf(serviceAccount(server.url));
  const place = { baseUrl: upstream.url, auth: google, headers: new Map(), privateAllowed: true };
  const request = { place, credential, url: new URL(upstream.url), headers: {}, body: "{}" };
  const leaving = cancellation();
  const left = dispatch(request, { agents: rig.agents, timeouts: defaultTimeouts, cancel: leaving });
  const stays = dispatch(request, { agents: rig.agents, timeouts: defaultTimeouts, cancel: cancellation() });
  await expect.poll(() => server.asked.length).toBe(1);
  leaving.abort(new GatewayError("client_closed", "The client went away."));
  await expect(left).rejects.toMatchObject({ code: "client_closed" });
  release();
  expect((await stays).status).toBe(200);
  expect([server.asked.length, upstream.asked.length]).toEqual([1, 1]);
});
