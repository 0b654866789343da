import { expect, test } from "vitest";
import { ConfigError } from "./issues.ts";
import { parseConfig } from "./load.ts";

const ENVIRONMENT = { AK: "AKID", SK: "secret-key", APP: "app-secret" };
const FILES: Readonly<Record<string, string>> = {
  "/sa.json": '{"type":"service_account","client_email":"a@b","private_key":"-----BEGIN\\nX\\n-----END"}',
  "/external.json": '{"type":"external_account"}',
  "/half.json": '{"type":"service_account"}',
};

function parse(credentials: unknown) {
  const text = JSON.stringify({ providers: { vertex: { credentials } } });
  const readFile = (path: string) => {
    const file = FILES[path];
    if (file === undefined) throw new Error("There is no such file.");
    return file;
  };
  const sources = { environment: ENVIRONMENT, readFile };
  const { config } = parseConfig(text, { name: "signalbox.yaml", folder: "/", sources });
  return config.providers?.get("vertex")?.credentials ?? [];
}

function complaint(credential: unknown): string {
  try {
    parse([credential]);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "";
}

test("keeps every form as one text, with its secrets found", () => {
  const written = [
    "plain",
    { key: "env:SK", name: "b", priority: 1, weight: 2 },
    { accessKeyId: "env:AK", secretAccessKey: "env:SK", sessionToken: "t", name: "role" },
    { serviceAccount: "file:/sa.json" },
    "file:/sa.json",
    { tenantId: "t", clientId: "c", clientSecret: "env:APP", priority: 3 },
    { chain: "aws", profile: "work" },
    { metadata: "google" },
  ];
  expect(parse(written).map(({ secret, ...rest }) => ({ text: secret.reveal(), ...rest }))).toEqual([
    { text: "plain" },
    { text: "secret-key", name: "b", priority: 1, weight: 2 },
    { text: '{"accessKeyId":"AKID","secretAccessKey":"secret-key","sessionToken":"t"}', name: "role" },
    { text: FILES["/sa.json"] },
    { text: FILES["/sa.json"] },
    { text: '{"tenantId":"t","clientId":"c","clientSecret":"app-secret"}', priority: 3 },
    { text: '{"chain":"aws","profile":"work"}' },
    { text: '{"metadata":"google"}' },
  ]);
});

test.each([
  ["two forms at once", { key: "k", accessKeyId: "a", secretAccessKey: "s" }, "write exactly one of key, accessKeyId"],
  ["no form", { name: "a" }, "write exactly one of key, accessKeyId"],
  ["half a form", { accessKeyId: "a" }, "credentials[0]: needs secretAccessKey too"],
  ["an app without its tenant", { clientId: "a", clientSecret: "b" }, "needs tenantId too"],
  ["a misspelt field", { accessKeyID: "a" }, "unknown key; did you mean accessKeyId?"],
  ["a chain that there is not", { chain: "gcp" }, "credentials[0].chain: must be aws"],
  [
    "a secret that is not there",
    { accessKeyId: "env:NO", secretAccessKey: "s" },
    "credentials[0].accessKeyId: the env",
  ],
  [
    "a file that is not there",
    { serviceAccount: "file:/no.json" },
    "credentials[0].serviceAccount: cannot read the file",
  ],
  [
    "a file of another kind",
    { serviceAccount: "file:/external.json" },
    "service_account and authorized_user are known",
  ],
  ["half a file", "file:/half.json", "credentials[0]: the account lacks client_email, private_key"],
  ["text for a service account", { serviceAccount: "a-key" }, "the account is not a JSON object"],
  [
    "an authority that is no URL",
    { tenantId: "t", clientId: "c", clientSecret: "s", authority: "x" },
    "is not an http(s) URL",
  ],
])("complains of %s", (_what, credential, expected) => {
  expect(complaint(credential)).toContain(expected);
});

test("no complaint repeats a value", () => {
  expect(complaint({ serviceAccount: "sk-not-a-file-but-a-secret" })).not.toContain("sk-not-a-file");
});
