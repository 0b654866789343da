import {
  type CallToolResult,
  createMcpHandler,
  isLegacyRequest,
  ProtocolError,
  ProtocolErrorCode,
  Server,
  type Tool,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import type { JsonObject } from "@signalbox/protocol";
import type { Logger } from "../../observe/log.ts";
import { VERSION } from "../version.ts";
import { type Rest, RestError } from "./rest.ts";
import { type McpTool, ToolInputError } from "./tool.ts";

const INSTRUCTIONS =
  "Manages a Signalbox gateway: models, plans, usage, credits and keys, as far as the calling key's role and scope reach. " +
  "Models themselves are asked over the gateway's model APIs, not here.";

export interface McpCaller {
  /** Those that the caller may use. */
  readonly tools: readonly McpTool[];
  readonly rest: Rest;
  readonly log: Pick<Logger, "error">;
}

/**
 * Answers one message. A server is made for every request and forgotten with it, so that there are no sessions and any replica may
 * answer; nothing is streamed, so that every answer is JSON. Clients of the revision 2026-07-28 and those that begin with
 * `initialize` are told the same. https://modelcontextprotocol.io/specification
 */
export async function answerMcp(request: Request, message: JsonObject, caller: McpCaller): Promise<Response> {
  const onerror = (error: Error) => caller.log.error({ err: error }, "an MCP message was not answered");
  if (await isLegacyRequest(request, message)) return answerLegacy(request, message, caller);
  const handler = createMcpHandler(() => serverFor(caller), { legacy: "reject", maxSubscriptions: 0, onerror });
  return handler.fetch(request, { parsedBody: message });
}

async function answerLegacy(request: Request, message: JsonObject, caller: McpCaller): Promise<Response> {
  const server = serverFor(caller);
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
  await server.connect(transport);
  try {
    return await transport.handleRequest(request, { parsedBody: message });
  } finally {
    await server.close();
  }
}

function serverFor({ tools, rest, log }: McpCaller): Server {
  const server = new Server(
    { name: "signalbox", title: "Signalbox", version: VERSION },
    { capabilities: { tools: {} }, instructions: INSTRUCTIONS },
  );
  server.setRequestHandler("tools/list", () => ({ tools: tools.map(listed) }));
  server.setRequestHandler("tools/call", async ({ params }) => {
    const found = tools.find(({ name }) => name === params.name);
    if (found === undefined) {
      throw new ProtocolError(
        ProtocolErrorCode.InvalidParams,
        `There is no tool '${params.name.slice(0, 100)}' for this API key.`,
      );
    }
    return call(found, params.arguments, { rest, log });
  });
  return server;
}

function listed({ name, title, description, inputSchema, effect }: McpTool): Tool {
  return {
    name,
    title,
    description,
    inputSchema,
    annotations: {
      readOnlyHint: effect === "reads",
      destructiveHint: effect === "destroys",
      idempotentHint: effect === "reads",
      openWorldHint: false,
    },
  };
}

async function call(
  { name, call: run }: McpTool,
  input: unknown,
  { rest, log }: Omit<McpCaller, "tools">,
): Promise<CallToolResult> {
  try {
    const answer = await run(input, rest);
    return { content: [{ type: "text", text: JSON.stringify(answer) }], structuredContent: answer };
  } catch (error) {
    return failed(name, error, log);
  }
}

/** What a model may mend is a result and not an error of the protocol. */
function failed(name: string, error: unknown, log: McpCaller["log"]): CallToolResult {
  if (error instanceof RestError) {
    const { status, message, body } = error;
    return { isError: true, content: [{ type: "text", text: message }], structuredContent: { status, ...body } };
  }
  if (error instanceof ToolInputError) return { isError: true, content: [{ type: "text", text: error.message }] };
  log.error({ err: error, tool: name }, "an MCP tool failed");
  return { isError: true, content: [{ type: "text", text: "The gateway failed." }] };
}
