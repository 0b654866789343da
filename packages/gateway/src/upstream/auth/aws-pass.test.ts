import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readBody } from "../read-body.ts";
import { type Answering, type CloudRig, cloudRig, credentialOf, json, ok } from "./testing/cloud.ts";

const NOW = Date.parse("2026-11-20T12:00:00Z");

let rig: CloudRig;
beforeEach(() => {
  rig = cloudRig(NOW);
});
afterEach(() => rig.close());

const aws = { kind: "aws-sigv4", region: "us-east-1" } as const;
const EXPIRED = { "x-amzn-errortype": "ExpiredTokenException" };
const KEYS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };

test("signs the bytes that are sent, whole or in pieces", async () => {
  const upstream = await rig.start(ok);
  const credential = credentialOf(KEYS);
  const large = Buffer.alloc(80 * 1024, "a");
  await rig.ask(upstream, { auth: aws, credential, body: Buffer.concat([large, large]) });
  await rig.ask(upstream, { auth: aws, credential, body: [large, large] });
  const [whole, pieces] = upstream.asked;
  expect(pieces?.body.length).toBe(160 * 1024);
  expect(pieces?.headers.authorization).toBe(whole?.headers.authorization);
  expect(whole?.headers.authorization).toContain("Credential=AKIDEXAMPLE/20261120/us-east-1/bedrock/aws4_request");
  expect(whole?.headers["x-amz-date"]).toBe("20261120T120000Z");
});

test("sends a query as it is signed: with %20 for spaces, as a plus is one to AWS", async () => {
  const upstream = await rig.start(ok);
  await rig.ask(upstream, { auth: aws, credential: credentialOf(KEYS), query: "?a=b+c&d=%2B" });
  expect(upstream.asked[0]?.path).toContain("?a=b%20c&d=%2B");
});

test("does not sign a stream", async () => {
  const upstream = await rig.start(ok);
  const sending = rig.ask(upstream, { auth: aws, credential: credentialOf(KEYS), body: () => Readable.from(["x"]) });
  await expect(sending).rejects.toMatchObject({ code: "unsupported_feature" });
  expect(upstream.asked).toEqual([]);
});

const HOURS = 3_600_000;

/** Refuses what is not signed at the server's own time, give or take five minutes. */
function strictClock(serverNow: () => number): Answering {
  return ({ headers }, response) => {
    const [, y, mo, d, h, mi, s] =
      /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(headers["x-amz-date"])) ?? [];
    const signedAt = Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`);
    const date = new Date(serverNow()).toUTCString();
    if (Math.abs(signedAt - serverNow()) <= 300_000) return json(response, { ok: true }, { headers: { date } });
    const message = "Signature expired: 20261120T120000Z is now earlier than 20261120T135500Z";
    return json(
      response,
      { message },
      { status: 403, headers: { date, "x-amzn-errortype": "InvalidSignatureException" } },
    );
  };
}

test("sets a wrong clock right by the server's date, and remembers how wrong it is", async () => {
  const upstream = await rig.start(strictClock(() => rig.now() + 2 * HOURS));
  const credential = credentialOf(KEYS);
  expect((await rig.ask(upstream, { auth: aws, credential })).status).toBe(200);
  expect(upstream.asked.map(({ headers }) => headers["x-amz-date"])).toEqual(["20261120T120000Z", "20261120T140000Z"]);
  rig.pass(HOURS);
  expect((await rig.ask(upstream, { auth: aws, credential })).status).toBe(200);
  expect(upstream.asked).toHaveLength(3);
});

test("notices when its clock has been set right", async () => {
  let skew = -3 * HOURS;
  const upstream = await rig.start(strictClock(() => rig.now() + skew));
  const credential = credentialOf(KEYS);
  expect((await rig.ask(upstream, { auth: aws, credential })).status).toBe(200);
  skew = 0;
  expect((await rig.ask(upstream, { auth: aws, credential })).status).toBe(200);
  expect(upstream.asked.at(-1)?.headers["x-amz-date"]).toBe("20261120T120000Z");
  expect(upstream.asked).toHaveLength(4);
});

test("a clock that cannot be set right is named with its seconds, after one more try", async () => {
  const upstream = await rig.start((_asked, response) =>
    json(
      response,
      { message: "Signature expired: too old" },
      { status: 403, headers: { date: new Date(rig.now() + 2 * HOURS).toUTCString() } },
    ),
  );
  const sending = rig.ask(upstream, { auth: aws, credential: credentialOf(KEYS) });
  await expect(sending).rejects.toThrow("its clock is 7200 seconds behind AWS's");
  expect(upstream.asked).toHaveLength(2);
});

test("a wrong secret is no wrong clock: it is asked once, and the refusal handed on", async () => {
  const message = "The request signature we calculated does not match the signature you provided.";
  const upstream = await rig.start((_asked, response) =>
    json(
      response,
      { message },
      {
        status: 403,
        headers: { date: new Date(rig.now()).toUTCString(), "x-amzn-errortype": "InvalidSignatureException" },
      },
    ),
  );
  const answer = await rig.ask(upstream, { auth: aws, credential: credentialOf(KEYS) });
  expect(answer.status).toBe(403);
  expect(JSON.parse((await readBody(answer.body, 1000)).toString())).toEqual({ message });
  expect(upstream.asked).toHaveLength(1);
});

const found = (key: string, expiresInMs: number) => ({
  defaultProvider: () => async () => ({
    accessKeyId: key,
    secretAccessKey: "chain-secret-access-key",
    sessionToken: "chain-session-token",
    expiration: new Date(rig.now() + expiresInMs),
  }),
});

test("AWS's own search says what to install where it is not there", async () => {
  const sending = rig.ask(await rig.start(ok), { auth: aws, credential: credentialOf({ chain: "aws" }) });
  await expect(sending).rejects.toThrow("npm install @aws-sdk/credential-provider-node");
});

test("keys of a role are found once, and again when they have expired", async () => {
  let searches = 0;
  rig.chain = async () => found(`AKID${++searches}`, HOURS);
  const upstream = await rig.start(({ headers }, response) =>
    String(headers.authorization).includes("AKID1")
      ? json(
          response,
          { message: "The security token included in the request is expired" },
          { status: 403, headers: EXPIRED },
        )
      : json(response, { ok: true }),
  );
  const credential = credentialOf({ chain: "aws" });
  expect((await rig.ask(upstream, { auth: aws, credential })).status).toBe(200);
  expect((await rig.ask(upstream, { auth: aws, credential })).status).toBe(200);
  expect([searches, upstream.asked.length]).toEqual([2, 3]);
  expect(upstream.asked[1]?.headers["x-amz-security-token"]).toBe("chain-session-token");
});

test("static keys that have expired are asked once", async () => {
  const upstream = await rig.start((_asked, response) =>
    json(response, { message: "expired" }, { status: 403, headers: EXPIRED }),
  );
  expect((await rig.ask(upstream, { auth: aws, credential: credentialOf(KEYS) })).status).toBe(403);
  expect(upstream.asked).toHaveLength(1);
});
