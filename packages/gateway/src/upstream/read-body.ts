import { GatewayError } from "@signalbox/protocol";
import { classifyTransportError } from "./classify.ts";

/** Reads a whole answer, up to `limit` bytes; a longer one is `upstream_invalid_response`. */
export async function readBody(body: AsyncIterable<Buffer>, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      size += chunk.length;
      if (size > limit)
        throw new GatewayError("upstream_invalid_response", `The upstream's answer is larger than ${limit} bytes.`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw classifyTransportError(error);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}
