import { GatewayError, invalidRequest } from "@signalbox/protocol";
import { AttemptFailure } from "../failure.ts";

/** In OpenAI's own words, by which SDKs and agents tell that the whole conversation is to be sent anew. */
export function previousNotFound(id: string): AttemptFailure {
  return inWords(400, {
    message: `Previous response with id '${shown(id)}' not found.`,
    param: "previous_response_id",
    code: "previous_response_not_found",
  });
}

export function responseNotFound(id: string): AttemptFailure {
  return inWords(404, { message: `Response with id '${shown(id)}' not found.` });
}

export function conversationNotFound(id: string): AttemptFailure {
  return inWords(404, { message: `Conversation with id '${shown(id)}' not found.` });
}

export function itemNotFound(id: string, where: string): AttemptFailure {
  return inWords(404, { message: `Item with id '${shown(id)}' not found in ${where}.` });
}

/** The owners of the key want nothing to be kept. */
export function nothingIsKept(param: string): GatewayError {
  return new GatewayError(
    "unsupported_feature",
    `The policy of this API key is that nothing is kept (zeroRetention), so '${param}' has nothing to refer to. Send the whole conversation, with store: false.`,
    { param },
  );
}

/** What stands before is more than a request may bring. */
export function tooLong(param: string): GatewayError {
  return invalidRequest(
    `What '${param}' leads back to is longer than a request may be. Begin a new conversation, or send what still matters of it.`,
    param,
  );
}

interface Words {
  readonly message: string;
  readonly param?: string;
  readonly code?: string;
}

function inWords(status: 400 | 404, { message, param, code }: Words): AttemptFailure {
  const error = new GatewayError(status === 404 ? "not_found" : "invalid_request", message, {
    ...(param === undefined ? {} : { param }),
  });
  const body = { error: { message, type: "invalid_request_error", param: param ?? null, code: code ?? null } };
  return new AttemptFailure(error, {
    status,
    contentType: "application/json; charset=utf-8",
    body: Buffer.from(JSON.stringify(body)),
    headers: {},
  });
}

const shown = (id: string): string => id.slice(0, 200);
