import { GatewayError } from "@signalbox/protocol";
import { classifyTransportError } from "./classify.ts";
import type { ResponseBody } from "./response-body.ts";

/** Reads a whole answer, up to `limit` bytes; a longer one is `upstream_invalid_response`. */
export async function readBody(body: ResponseBody, limit: number): Promise<Buffer> {
  const read: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunks of body) {
      for (const chunk of chunks) {
        size += chunk.length;
        read.push(chunk);
      }
      if (size > limit) {
        throw new GatewayError("upstream_invalid_response", `The upstream's answer is larger than ${limit} bytes.`);
      }
    }
  } catch (error) {
    throw classifyTransportError(error);
  }
  return read.length === 1 && read[0] !== undefined ? read[0] : Buffer.concat(read);
}
