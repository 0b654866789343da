import type { IncomingMessage, ServerResponse } from "node:http";
import type { FaultQueue } from "./faults.ts";
import type { Journal, JournalEntry } from "./journal.ts";

interface Controlled {
  readonly journal: Journal;
  readonly faults: FaultQueue;
}

/**
 * For tests in another process:
 * GET and DELETE /__simulator/journal, POST (body: a fault specification) and DELETE /__simulator/faults.
 */
export async function handleControl(
  { journal, faults }: Controlled,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const send = (status: number, value: unknown): void => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(value));
  };
  switch (`${request.method} ${request.url}`) {
    case "GET /__simulator/journal":
      return send(200, journal.entries.map(describe));
    case "DELETE /__simulator/journal":
      journal.clear();
      return send(200, { cleared: true });
    case "POST /__simulator/faults":
      return pushFault(faults, await textBody(request), send);
    case "DELETE /__simulator/faults":
      faults.clear();
      return send(200, { cleared: true });
    default:
      return send(404, { error: { message: "Unknown control path.", type: "simulator_error" } });
  }
}

function pushFault(faults: FaultQueue, specification: string, send: (status: number, value: unknown) => void): void {
  try {
    faults.push(specification);
    send(200, { waiting: faults.length });
  } catch (error) {
    send(400, { error: { message: error instanceof Error ? error.message : String(error), type: "simulator_error" } });
  }
}

async function textBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

function describe({ body, ...entry }: JournalEntry): Readonly<Record<string, unknown>> {
  return { ...entry, body: body.toString("utf8"), bodyBytes: body.length };
}
