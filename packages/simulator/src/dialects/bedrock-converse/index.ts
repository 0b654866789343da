import type { Dialect } from "../dialect.ts";
import { errors } from "./errors.ts";
import { read } from "./read.ts";
import { respond } from "./respond.ts";
import { framing, stream } from "./stream.ts";
import { countTokens, promptUsage } from "./usage.ts";
import { validate } from "./validate.ts";

export { bedrockInvoke } from "./invoke.ts";

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
export const bedrockConverse: Dialect = { read, validate, promptUsage, countTokens, respond, stream, framing, errors };
