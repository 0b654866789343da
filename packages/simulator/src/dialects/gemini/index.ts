import type { Dialect } from "../dialect.ts";
import { withCachedContent } from "./cached-content.ts";
import { errors } from "./errors.ts";
import { read } from "./read.ts";
import { respond } from "./respond.ts";
import { framing, stream } from "./stream.ts";
import { countTokens, promptUsage } from "./usage.ts";
import { validate } from "./validate.ts";

/** https://ai.google.dev/api/generate-content */
export const gemini: Dialect = {
  read: (exchange, state) => read(withCachedContent(exchange, state)),
  validate,
  promptUsage,
  countTokens,
  respond,
  stream,
  framing,
  errors,
};
