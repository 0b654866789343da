import { expect, test } from "vitest";
import { scopeOf, signAws } from "./sign-aws.ts";

/** AWS's own: https://github.com/smithy-lang/smithy-typescript/blob/main/packages/signature-v4/src/suite.fixture.ts */
const KEYS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const AT = { service: "service", region: "us-east-1", date: new Date("2015-08-30T12:36:00Z") };
const HOST = "https://example.amazonaws.com";
const UNRESERVED = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const STS_TOKEN =
  "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";
const FORM = "application/x-www-form-urlencoded";
const PREFIX = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=";

interface Vector {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly type?: string;
  readonly body?: string;
  readonly sessionToken?: string;
  /** What follows `SignedHeaders=`. */
  readonly published: string;
}

const vectors: readonly Vector[] = [
  {
    name: "get-vanilla",
    method: "GET",
    path: "/",
    published: "host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
  },
  {
    name: "get-unreserved",
    method: "GET",
    path: `/${UNRESERVED}`,
    published: "host;x-amz-date, Signature=07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
  },
  {
    name: "get-vanilla-empty-query-key",
    method: "GET",
    path: "/?Param1=value1",
    published: "host;x-amz-date, Signature=a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb",
  },
  {
    name: "get-vanilla-query-order-key-case",
    method: "GET",
    path: "/?Param2=value2&Param1=value1",
    published: "host;x-amz-date, Signature=b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
  },
  {
    name: "get-vanilla-query-unreserved",
    method: "GET",
    path: `/?${UNRESERVED}=${UNRESERVED}`,
    published: "host;x-amz-date, Signature=9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
  },
  {
    name: "get-vanilla-utf8-query",
    method: "GET",
    path: "/?ሴ=bar",
    published: "host;x-amz-date, Signature=2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
  },
  {
    name: "post-vanilla",
    method: "POST",
    path: "/",
    published: "host;x-amz-date, Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
  },
  {
    name: "post-vanilla-query",
    method: "POST",
    path: "/?Param1=value1",
    published: "host;x-amz-date, Signature=28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11",
  },
  {
    name: "post-sts-header-before",
    method: "POST",
    path: "/",
    sessionToken: STS_TOKEN,
    published:
      "host;x-amz-date;x-amz-security-token, Signature=85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
  },
  {
    name: "post-x-www-form-urlencoded",
    method: "POST",
    path: "/",
    type: FORM,
    body: "Param1=value1",
    published:
      "content-type;host;x-amz-date, Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
  },
  {
    name: "post-x-www-form-urlencoded-parameters",
    method: "POST",
    path: "/",
    type: `${FORM}; charset=utf8`,
    body: "Param1=value1",
    published:
      "content-type;host;x-amz-date, Signature=1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe",
  },
];

function signed({ method, path, type, body, sessionToken }: Omit<Vector, "name" | "published">, asBytes = false) {
  const headers = { "user-agent": "signalbox", ...(type === undefined ? {} : { "content-type": type }) };
  const sent = asBytes && body !== undefined ? Buffer.from(body) : body;
  const keys = { ...KEYS, ...(sessionToken === undefined ? {} : { sessionToken }) };
  return signAws({ method, url: new URL(path, HOST), headers, body: sent }, keys, AT);
}

test.each(vectors.map((vector) => [vector.name, vector] as const))(
  "signs as AWS has published: %s",
  async (_, vector) => {
    expect(await signed(vector)).toEqual({
      authorization: `${PREFIX}${vector.published}`,
      "x-amz-date": "20150830T123600Z",
      ...(vector.sessionToken === undefined ? {} : { "x-amz-security-token": vector.sessionToken }),
    });
  },
);

test("signs bytes as it signs the text that they are", async () => {
  const vector = { method: "POST", path: "/", type: FORM, body: "Param1=value1" };
  expect(await signed(vector, true)).toEqual(await signed(vector));
});

test("encodes what is encoded in a path once more, as every service but S3 reads it", async () => {
  const plain = await signed({ method: "GET", path: "/model/a:0/invoke" });
  const encoded = await signed({ method: "GET", path: "/model/a%3A0/invoke" });
  expect(encoded["authorization"]).not.toBe(plain["authorization"]);
});

test("leaves headers unsigned that others may change on the way", async () => {
  const headers = { session_id: "a", "x-codex-turn": "b", "x-amzn-bedrock-trace": "ENABLED" };
  const url = new URL("/", HOST);
  const { authorization } = await signAws({ method: "POST", url, headers, body: "{}" }, KEYS, AT);
  expect(authorization).toContain("SignedHeaders=host;x-amz-date;x-amzn-bedrock-trace,");
});

test.each([
  ["bedrock-runtime.us-east-1.amazonaws.com", { service: "bedrock", region: "us-east-1" }],
  ["bedrock-runtime-fips.us-gov-west-1.amazonaws.com", { service: "bedrock", region: "us-gov-west-1" }],
  ["bedrock-mantle.eu-west-1.api.aws", { service: "bedrock-mantle", region: "eu-west-1" }],
  ["vpce-0a1.bedrock-runtime.ap-southeast-2.vpce.amazonaws.com", { service: "bedrock", region: "ap-southeast-2" }],
  ["127.0.0.1", { service: "bedrock" }],
])("reads the scope of a signature in %s", (host, scope) => {
  expect(scopeOf(host)).toEqual(scope);
});

test.each(["constructor", "toString", "__proto__", "hasOwnProperty"])("signs a query that names %s", async (name) => {
  const url = new URL(`/?${name}=1&a=2`, HOST);
  const sign = () => signAws({ method: "GET", url, headers: {}, body: undefined }, KEYS, AT);
  if (name === "__proto__") await expect(sign()).rejects.toMatchObject({ code: "invalid_request" });
  else expect((await sign())["authorization"]).toContain("Signature=");
});
