import type { JsonObject } from "@signalbox/protocol";
import type { Outcome } from "../exchange.ts";

type Compressed = Pick<Outcome, "compression">;

/** Inworld's `compression` and `warnings`. https://docs.inworld.ai/router/capabilities/compression */
export function toldCompression({ compression }: Compressed): JsonObject {
  if (compression === undefined) return {};
  const { originalTokens, compressedTokens, savedTokens, audit, warnings } = compression;
  const told = {
    original_tokens: originalTokens,
    compressed_tokens: compressedTokens,
    saved_tokens: savedTokens,
    ...(audit === true ? { audit } : {}),
  };
  return {
    ...(savedTokens === 0 ? {} : { compression: told }),
    ...(warnings.length === 0 ? {} : { warnings: [...warnings] }),
  };
}

/** `saved=1200, cacheRisk=none`, in tokens by estimate. */
export function compressionHeader({ compression }: Compressed): Record<string, string> {
  if (compression === undefined) return {};
  const { savedTokens, cacheRisk, audit } = compression;
  const mode = audit === true ? ", audit=true" : "";
  return { "x-signalbox-compression": `saved=${savedTokens}, cacheRisk=${cacheRisk}${mode}` };
}
