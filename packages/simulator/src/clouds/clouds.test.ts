import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Simulator, startSimulator } from "../server.ts";
import { exampleKey } from "./aws-signature.ts";

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.close());

const stamp = (time = new Date()) => time.toISOString().replaceAll(/[-:]|\.\d+/g, "");

interface Signed {
  readonly date?: string;
  readonly scope?: string;
  readonly names?: string;
  readonly signature?: string;
}

async function signed({ date = stamp(), scope, names = "host;x-amz-date", signature = "0".repeat(64) }: Signed) {
  const credential = `${exampleKey.accessKeyId}/${scope ?? `${date.slice(0, 8)}/us-east-1/bedrock`}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`;
  const response = await fetch(`${simulator.url}/model/amazon.nova-lite-v1%3A0/converse`, {
    method: "POST",
    headers: { authorization, "x-amz-date": date },
    body: JSON.stringify({ messages: [{ role: "user", content: [{ text: "hi" }] }] }),
  });
  const { message } = Object(await response.json());
  return [response.status, response.headers.get("x-amzn-errortype")?.split(":")[0], String(message)];
}

describe("a signature by the key of AWS's examples", () => {
  it.each<[string, Signed, string, RegExp]>([
    ["another secret's", {}, "InvalidSignatureException", /^The request signature we calculated does not match/],
    ["no signature at all", { signature: "00" }, "IncompleteSignatureException", /incomplete/],
    [
      "one for another service",
      { scope: `${stamp().slice(0, 8)}/us-east-1/s3` },
      "InvalidSignatureException",
      /'bedrock'/,
    ],
    ["one without the host", { names: "x-amz-date" }, "InvalidSignatureException", /'host' must be a 'SignedHeader'/],
    [
      "one of another day",
      { scope: "20200101/us-east-1/bedrock" },
      "InvalidSignatureException",
      /^Date in Credential scope/,
    ],
    [
      "an old one",
      { date: "20200101T000000Z" },
      "InvalidSignatureException",
      /^Signature expired: 20200101T000000Z is now/,
    ],
    [
      "one of the future",
      { date: "20990101T000000Z" },
      "InvalidSignatureException",
      /^Signature not yet current: 2099/,
    ],
  ])("is refused: %s", async (...[, request, type, words]) => {
    expect(await signed(request)).toEqual([403, type, expect.stringMatching(words)]);
  });
});

const ask = async (path: string, form: Readonly<Record<string, string>>) => {
  const response = await fetch(simulator.url + path, { method: "POST", body: new URLSearchParams(form) });
  return [response.status, await response.json()] as const;
};

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const seconds = Math.floor(Date.now() / 1000);
const claims = {
  iss: "robot@project.iam.gserviceaccount.com",
  scope: "https://www.googleapis.com/auth/cloud-platform",
  aud: "https://oauth2.googleapis.com/token",
  iat: seconds,
  exp: seconds + 3600,
};
const jwt = (changed: object, head: object = { alg: "RS256", typ: "JWT" }) => ({
  grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
  assertion: [part(head), part({ ...claims, ...changed }), Buffer.alloc(256, 1).toString("base64url")].join("."),
});
const refresh = { grant_type: "refresh_token", client_id: "c", client_secret: "s", refresh_token: "r" };

describe("Google's token server", () => {
  it.each([jwt({}), refresh])("gives a token for an hour", async (form) => {
    const [status, token] = await ask("/token", form);
    expect(status).toBe(200);
    expect(token).toEqual({ access_token: expect.stringMatching(/^ya29\./), expires_in: 3599, token_type: "Bearer" });
  });

  it.each<[string, Readonly<Record<string, string>>, string]>([
    ["an account that it does not know", jwt({ iss: "bad-robot@project" }), "invalid_grant"],
    ["a JWT for somebody else", jwt({ aud: "https://example.com" }), "invalid_grant"],
    ["a JWT that has expired", jwt({ iat: seconds - 7200, exp: seconds - 3600 }), "invalid_grant"],
    ["a JWT for a day", jwt({ exp: seconds + 86_400 }), "invalid_grant"],
    ["a JWT without a scope", jwt({ scope: undefined }), "invalid_scope"],
    ["a JWT of another algorithm", jwt({}, { alg: "HS256" }), "invalid_grant"],
    ["a refresh token that was revoked", { ...refresh, refresh_token: "bad-r" }, "invalid_grant"],
    ["something else", { grant_type: "password" }, "unsupported_grant_type"],
  ])("refuses %s", async (_, form, error) => {
    const [status, refusal] = await ask("/token", form);
    expect([status, refusal]).toEqual([400, { error, error_description: expect.any(String) }]);
  });

  it("is a machine's metadata server too, for who says that it knows", async () => {
    const url = `${simulator.url}/computeMetadata/v1/instance/service-accounts/default/token`;
    expect((await fetch(url)).status).toBe(403);
    const response = await fetch(url, { headers: { "metadata-flavor": "Google" } });
    expect(await response.json()).toMatchObject({ token_type: "Bearer" });
  });
});

describe("Entra's token server", () => {
  const app = {
    grant_type: "client_credentials",
    client_id: "app",
    client_secret: "secret",
    scope: "https://cognitiveservices.azure.com/.default",
  };
  const path = "/tenant/oauth2/v2.0/token";

  it("gives a JWT for an hour", async () => {
    const [status, token] = await ask(path, app);
    expect(status).toBe(200);
    expect(token).toMatchObject({ access_token: expect.stringMatching(/^eyJ/), expires_in: 3599 });
  });

  it.each<[string, string, object, number, string, number]>([
    ["another tenant", "/bad-tenant/oauth2/v2.0/token", app, 400, "invalid_request", 90002],
    ["an app that it does not know", path, { ...app, client_id: "bad-app" }, 400, "unauthorized_client", 700016],
    ["a wrong secret", path, { ...app, client_secret: "bad-secret" }, 401, "invalid_client", 7000215],
    ["no scope", path, { ...app, scope: "" }, 400, "invalid_request", 900144],
    ["the scope of a user", path, { ...app, scope: "openid" }, 400, "invalid_scope", 1002012],
  ])("refuses %s", async (...[, at, form, status, error, code]) => {
    expect(await ask(at, { ...form })).toEqual([status, expect.objectContaining({ error, error_codes: [code] })]);
  });
});
