import type { Dialect } from "../dialect.ts";
import { errors } from "./errors.ts";
import { read } from "./read.ts";
import { respond } from "./respond.ts";
import { framing, stream } from "./stream.ts";
import { countTokens, promptUsage } from "./usage.ts";
import { validate } from "./validate.ts";

/** https://platform.openai.com/docs/api-reference/chat */
export const openaiChat: Dialect = { read, validate, promptUsage, countTokens, respond, stream, framing, errors };
