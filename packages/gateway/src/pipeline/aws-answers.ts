import { isObject, type JsonValue, parseJsonObject, type SseMessage, type WireError } from "@signalbox/protocol";
import { EventStreamCodec } from "@smithy/eventstream-codec";

/** What AWS's runtime of Bedrock calls the errors of Anthropic's API, and its statuses where they differ. */
const EXCEPTIONS: Readonly<Record<string, { readonly name: string; readonly status?: number }>> = {
  invalid_request_error: { name: "ValidationException" },
  authentication_error: { name: "UnrecognizedClientException" },
  billing_error: { name: "ServiceQuotaExceededException", status: 400 },
  permission_error: { name: "AccessDeniedException" },
  not_found_error: { name: "ResourceNotFoundException" },
  request_too_large: { name: "ValidationException" },
  rate_limit_error: { name: "ThrottlingException" },
  timeout_error: { name: "ModelTimeoutException", status: 408 },
  overloaded_error: { name: "ServiceUnavailableException", status: 503 },
};

const OTHERS = { name: "InternalServerException", status: undefined };

/** The same error as AWS tells it. https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html */
export function awsError({ status, body }: WireError) {
  const { type, message } = wordsOf(body);
  const known = EXCEPTIONS[type] ?? OTHERS;
  return {
    status: known.status ?? status,
    body: { message },
    headers: { "x-amzn-errortype": known.name },
  };
}

function wordsOf(body: JsonValue | undefined): { readonly type: string; readonly message: string } {
  const error = isObject(body) && isObject(body["error"]) ? body["error"] : {};
  const { type, message } = error;
  return {
    type: typeof type === "string" ? type : "",
    message: typeof message === "string" ? message : "The request failed.",
  };
}

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString("utf8"),
  (text) => Buffer.from(text, "utf8"),
);

const text = (value: string) => ({ type: "string", value }) as const;

/**
 * InvokeModelWithResponseStream's framing: every event of the model's vendor in a `chunk` frame, an error in an exception frame.
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModelWithResponseStream.html
 */
export function awsFrames() {
  return {
    binary: true as const,
    contentType: "application/vnd.amazon.eventstream",
    message: ({ event, data }: SseMessage) => (event === "error" ? exceptionFrame(data) : chunkFrame(data)),
    keepAlive: () => chunkFrame('{"type":"ping"}'),
    end: () => "",
  };
}

function chunkFrame(data: SseMessage["data"]): Uint8Array {
  return frame(
    { ":event-type": text("chunk"), ":message-type": text("event") },
    {
      bytes: Buffer.from(data).toString("base64"),
    },
  );
}

function exceptionFrame(data: string): Uint8Array {
  const { type, message } = wordsOf(parseJsonObject(data));
  const { name } = EXCEPTIONS[type] ?? OTHERS;
  const exception = text(name.charAt(0).toLowerCase() + name.slice(1));
  return frame({ ":exception-type": exception, ":message-type": text("exception") }, { message });
}

function frame(headers: Readonly<Record<string, ReturnType<typeof text>>>, body: Readonly<Record<string, string>>) {
  return codec.encode({
    headers: { ...headers, ":content-type": text("application/json") },
    body: Buffer.from(JSON.stringify(body)),
  });
}
