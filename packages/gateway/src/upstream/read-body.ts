import { GatewayError } from "@signalbox/protocol";
import { classifyTransportError } from "./classify.ts";
import type { ResponseBody } from "./response-body.ts";

/** Reads a whole answer, up to `limit` bytes; a longer one is `upstream_invalid_response`. */
export async function readBody(body: ResponseBody, limit: number): Promise<Buffer> {
  const read: Buffer[] = [];
  let size = 0;
  try {
    await body.consume((chunk) => {
      size += chunk.length;
      read.push(chunk);
      if (size <= limit) return;
      throw new GatewayError("upstream_invalid_response", `The upstream's answer is larger than ${limit} bytes.`);
    });
  } catch (error) {
    throw classifyTransportError(error);
  }
  return read.length === 1 && read[0] !== undefined ? read[0] : Buffer.concat(read);
}
