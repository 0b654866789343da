import { AnthropicBedrock } from "@anthropic-ai/bedrock-sdk";
import { MessageStream } from "@anthropic-ai/sdk/lib/MessageStream";
import type { Message } from "@anthropic-ai/sdk/resources/messages";
import { AnthropicVertex } from "@anthropic-ai/vertex-sdk";
import {
  BedrockRuntimeClient,
  BedrockRuntimeServiceException,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { GoogleGenAI } from "@google/genai";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { OAuth2Client } from "google-auth-library";
import type { Driver, Failure, Target } from "../driver.ts";
import { anthropicDriver, type Body, type Calls } from "./anthropic.ts";
import { geminiDriver } from "./google-genai.ts";

/** The libraries as they are set up for a cloud, with a gateway's address and key in the place of the cloud's. */

const region = "us-east-1";

const bedrockSdk = anthropicDriver("@anthropic-ai/bedrock-sdk", ({ root, key }) => {
  const client = new AnthropicBedrock({ baseURL: root, apiKey: key, awsRegion: region, maxRetries: 0 });
  return {
    create: (body) => client.messages.create(body),
    stream: (body) => client.messages.stream(body).finalMessage(),
  };
});

const bedrockSdkSigning = anthropicDriver("@anthropic-ai/bedrock-sdk, signing", ({ root, key }) => {
  const client = new AnthropicBedrock({
    baseURL: root,
    apiKey: null,
    awsAccessKey: "AKIAIOSFODNN7EXAMPLE",
    awsSecretKey: "a-secret-that-only-aws-knows",
    awsRegion: region,
    defaultHeaders: { "x-api-key": key },
    maxRetries: 0,
  });
  return {
    create: (body) => client.messages.create(body),
    stream: (body) => client.messages.stream(body).finalMessage(),
  };
});

/** As Google's library has them: an access token, here the gateway's key. */
function googleCredentials(key: string): OAuth2Client {
  const client = new OAuth2Client();
  client.setCredentials({ access_token: key });
  return client;
}

const vertexSdk = anthropicDriver("@anthropic-ai/vertex-sdk", ({ root, key }) => {
  const client = new AnthropicVertex({
    baseURL: `${root}/v1`,
    region: "us-east5",
    projectId: "a-project",
    authClient: googleCredentials(key),
    maxRetries: 0,
  });
  return {
    create: (body) => client.messages.create(body),
    stream: (body) => client.messages.stream(body).finalMessage(),
  };
});

function awsCalls({ root, key }: Target): Calls {
  const client = new BedrockRuntimeClient({
    endpoint: root,
    region,
    token: { token: key },
    authSchemePreference: ["httpBearerAuth"],
    maxAttempts: 1,
    // The default speaks HTTP/2 without TLS to a plain address.
    requestHandler: new NodeHttpHandler(),
  });
  const command = ({ model, ...body }: Body) => ({
    modelId: model,
    body: JSON.stringify({ anthropic_version: "bedrock-2023-05-31", ...body }),
  });
  return {
    async create(body) {
      const { body: bytes } = await client.send(new InvokeModelCommand(command(body)));
      const message: Message = JSON.parse(Buffer.from(bytes).toString());
      return message;
    },
    async stream(body) {
      const answer = await client.send(new InvokeModelWithResponseStreamCommand(command(body)));
      const lines = new ReadableStream({
        async start(controller) {
          try {
            for await (const { chunk } of answer.body ?? []) {
              if (chunk?.bytes !== undefined) controller.enqueue(Buffer.concat([chunk.bytes, Buffer.from("\n")]));
            }
            controller.close();
          } catch (error) {
            controller.error(error);
          }
        },
      });
      return MessageStream.fromReadableStream(lines).finalMessage();
    },
  };
}

const awsClasses: Readonly<Record<number, string>> = {
  400: "ValidationException",
  401: "UnrecognizedClientException",
  404: "ResourceNotFoundException",
  429: "ThrottlingException",
};

/** AWS's own SDK has no class for an exception that its model of the service does not name, but its name. */
function awsFailure(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: typeof error, message: String(error) };
  const { name, message } = error;
  const status = error instanceof BedrockRuntimeServiceException ? error.$metadata.httpStatusCode : undefined;
  return { name, message, ...(status === undefined ? {} : { status }) };
}

const awsSdk: Driver = {
  ...anthropicDriver("@aws-sdk/client-bedrock-runtime", awsCalls),
  failure: awsFailure,
  errorClass: (status) => awsClasses[status] ?? "InternalServerException",
};

const vertexGemini = geminiDriver(
  "@google/genai (JS), Vertex AI",
  ({ root, key }) =>
    new GoogleGenAI({
      vertexai: true,
      project: "a-project",
      location: "us-central1",
      googleAuthOptions: { authClient: googleCredentials(key) },
      httpOptions: { baseUrl: root },
    }),
);

export const cloudDrivers: readonly Driver[] = [bedrockSdk, bedrockSdkSigning, vertexSdk, awsSdk, vertexGemini];
