import { generateKeyPairSync } from "node:crypto";

/** The clouds, all of them played by the simulator, with accounts that sign and that are exchanged for tokens. */

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

/** AWS's own example: the simulator knows its secret, and checks what is signed by it. */
export const AWS_KEYS = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};

const serviceAccount = (simulator: string) =>
  JSON.stringify({
    type: "service_account",
    client_email: "robot@project.iam.gserviceaccount.com",
    private_key: String(privateKey.export({ type: "pkcs8", format: "pem" })),
    token_uri: `${simulator}/token`,
  });

const azureApp = (simulator: string) => ({
  tenantId: "tenant",
  clientId: "app",
  clientSecret: "the-app-secret",
  authority: simulator,
});

const project = "/v1/projects/project/locations/us-east5";

/** Azure by its v1 API. The built-in providers with nothing changed but where they are. */
export const clouds = (simulator: string) => ({
  bedrock: {
    region: "us-east-1",
    credentials: [AWS_KEYS],
    endpoints: { "anthropic-messages": { baseUrl: simulator }, "bedrock-converse": { baseUrl: simulator } },
  },
  vertex: {
    project: "project",
    location: "us-east5",
    credentials: [{ serviceAccount: serviceAccount(simulator) }],
    endpoints: { gemini: { baseUrl: simulator }, "anthropic-messages": { baseUrl: simulator + project } },
  },
  azure: {
    resource: "resource",
    credentials: [azureApp(simulator)],
    endpoints: {
      "openai-responses": { baseUrl: `${simulator}/openai/v1` },
      "openai-chat": { baseUrl: `${simulator}/openai/v1` },
      "anthropic-messages": { baseUrl: `${simulator}/anthropic` },
    },
  },
});

/** Azure by the paths of its deployments. */
export const deployments = (simulator: string) => ({
  azure: {
    apiVersion: "2024-10-21",
    credentials: [azureApp(simulator)],
    endpoints: { "openai-chat": { baseUrl: `${simulator}/openai` } },
  },
});

/** US dollars per million tokens, by the vendors' price lists. */
interface DollarsPerMillion {
  readonly input: number;
  readonly output: number;
  /** Absent: it has no cache, or none that is told of. */
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
}

export interface CloudWay {
  readonly name: string;
  /** As clients name it. */
  readonly model: string;
  readonly rig: "clouds" | "deployments";
  /** Where a call goes, by whether it is streamed; what is before the query. */
  readonly path: (stream: boolean, client: string) => string;
  readonly credential: RegExp;
  readonly price: DollarsPerMillion;
  /** Whether a signature of what was thought goes through two turns. */
  readonly signs: boolean;
  /** Whether the prompt cache has breakpoints. */
  readonly breakpoints: boolean;
  /** Whether it can be held to a schema. https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html */
  readonly schemas: boolean;
}

const SIGNED = /^AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE\/\d{8}\/us-east-1\/bedrock\/aws4_request, /;
const GOOGLE = /^Bearer ya29\./;
const ENTRA = /^Bearer eyJ/;

const converse = (model: string, price: DollarsPerMillion): CloudWay => ({
  name: `Converse (${model})`,
  model: `bedrock/${model}`,
  rig: "clouds",
  path: (stream) => `/model/${encodeURIComponent(model)}/${stream ? "converse-stream" : "converse"}`,
  credential: SIGNED,
  price,
  signs: true,
  schemas: false,
  breakpoints: price.cacheRead !== undefined,
});

const CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

export const CLOUD_WAYS: readonly CloudWay[] = [
  converse("us.amazon.nova-lite-v1:0", { input: 0.06, output: 0.24, cacheRead: 0.015 }),
  converse("meta.llama3-3-70b-instruct-v1:0", { input: 0.72, output: 0.72 }),
  {
    name: "Claude at Bedrock",
    model: `bedrock/${CLAUDE}`,
    rig: "clouds",
    path: (stream) => `/model/${encodeURIComponent(CLAUDE)}/${stream ? "invoke-with-response-stream" : "invoke"}`,
    credential: SIGNED,
    price: { input: 3.3, output: 16.5, cacheRead: 0.33, cacheWrite: 4.125 },
    signs: true,
    schemas: true,
    breakpoints: true,
  },
  {
    name: "Gemini at Vertex AI",
    model: "vertex/gemini-3-flash-preview",
    rig: "clouds",
    path: (stream) =>
      `${project}/publishers/google/models/gemini-3-flash-preview:${stream ? "streamGenerateContent" : "generateContent"}`,
    credential: GOOGLE,
    price: { input: 0.5, output: 3, cacheRead: 0.05 },
    signs: true,
    schemas: true,
    breakpoints: false,
  },
  {
    name: "Claude at Vertex AI",
    model: "vertex/claude-sonnet-4-5@20250929",
    rig: "clouds",
    path: (stream) =>
      `${project}/publishers/anthropic/models/claude-sonnet-4-5@20250929:${stream ? "streamRawPredict" : "rawPredict"}`,
    credential: GOOGLE,
    price: { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 },
    signs: true,
    schemas: true,
    breakpoints: true,
  },
  {
    name: "Azure's v1",
    model: "azure/gpt-5",
    rig: "clouds",
    path: (_stream, client) => (client === "openai-chat" ? "/openai/v1/chat/completions" : "/openai/v1/responses"),
    credential: ENTRA,
    price: { input: 1.25, output: 10, cacheRead: 0.125 },
    signs: true,
    schemas: true,
    breakpoints: false,
  },
  {
    name: "Azure's deployments",
    model: "azure/gpt-5",
    rig: "deployments",
    path: () => "/openai/deployments/gpt-5/chat/completions",
    credential: ENTRA,
    price: { input: 1.25, output: 10, cacheRead: 0.125 },
    signs: false,
    schemas: true,
    breakpoints: false,
  },
];
