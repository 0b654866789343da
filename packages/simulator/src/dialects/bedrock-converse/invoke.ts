import { anthropicMessages } from "../anthropic-messages/index.ts";
import type { Dialect } from "../dialect.ts";
import { errors } from "./errors.ts";
import { chunkFrame } from "./frames.ts";

/** Anthropic's bodies through InvokeModel. https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html */
export const bedrockInvoke: Dialect = {
  ...anthropicMessages,
  framing: {
    ...anthropicMessages.framing,
    contentType: () => "application/vnd.amazon.eventstream",
    encoder: () => chunkFrame,
  },
  errors,
};
