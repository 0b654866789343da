import type { EgressDialect } from "../dialect.ts";
import { decodeResponse } from "./decode-response.ts";
import { decodeStream } from "./decode-stream.ts";
import { encodeRequest } from "./encode-request.ts";
import { decodeError } from "./errors.ts";
import { isLandmark } from "./landmarks.ts";
import type { BedrockConverseQuirks } from "./quirks.ts";
import { DIALECT } from "./wire.ts";

export type { BedrockConverseQuirks, BedrockFamily } from "./quirks.ts";

/** Amazon Bedrock's Converse API, as upstreams speak it. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
export const bedrockConverse = {
  id: DIALECT,
  encodeRequest,
  decodeResponse,
  decodeStream,
  isLandmark,
  decodeError,
} satisfies EgressDialect<BedrockConverseQuirks>;
