import type { JsonObject } from "@signalbox/protocol";
import { nanoToDollars } from "../../../config/money.ts";
import type { AttemptsTable, RequestsTable } from "../../../store/ledger/tables.ts";
import { requestIdOf, savingsBody } from "./shapes.ts";

/**
 * One request as OpenRouter tells of it, whose clients AnyRouter's are too; what only they can know is null.
 * https://openrouter.ai/docs/api-reference/get-a-generation
 */
export function generationBody(row: RequestsTable, attempts: readonly AttemptsTable[]): JsonObject {
  const answered = attempts.findLast(({ provider, model, error }) => isAnswer(row, { provider, model, error }));
  const prompt = row.input_tokens + row.cache_read_tokens + row.cache_write_tokens;
  // A price that nobody knows is not one of 0.
  const cost = row.unpriced === 1 && row.cost_nano === 0 ? null : nanoToDollars(row.cost_nano);
  return {
    data: {
      id: row.id,
      request_id: requestIdOf(row.id),
      upstream_id: null,
      created_at: new Date(row.at).toISOString(),
      model: row.provider === null ? row.model : `${row.provider}/${row.target_model ?? row.model}`,
      provider_name: row.provider,
      router: row.router,
      streamed: row.stream === 1,
      cancelled: row.state === "cancelled",
      state: row.state,
      finish_reason: row.finish_reason,
      native_finish_reason: row.finish_reason,
      latency: row.duration_ms,
      time_to_first_token: row.first_token_ms,
      generation_time: answered?.duration_ms ?? null,
      moderation_latency: null,
      tokens_prompt: prompt,
      tokens_completion: row.output_tokens,
      native_tokens_prompt: prompt,
      native_tokens_completion: row.output_tokens,
      native_tokens_reasoning: row.reasoning_tokens,
      native_tokens_cached: row.cache_read_tokens,
      native_tokens_completion_images: sumOf(attempts, "image_output_tokens"),
      num_media_prompt: null,
      num_input_audio_prompt: null,
      num_media_completion: sumOf(attempts, "images"),
      num_search_results: null,
      num_fetches: null,
      total_cost: cost,
      usage: cost,
      upstream_inference_cost: cost,
      cache_discount: null,
      unpriced: row.unpriced === 1,
      cache: row.cache,
      savings: savingsBody(row),
      // Accounts that keys bring along: see `routing/access/accounts.ts`.
      is_byok: answered?.credential?.startsWith("own:") === true,
      session_id: row.session,
      service_tier: answered?.service_tier ?? null,
      provider_responses: attempts.map((attempt) => ({
        provider_name: attempt.provider,
        model: attempt.model,
        latency: attempt.duration_ms,
        error: attempt.error,
      })),
      app_id: null,
      api_type: null,
      external_user: null,
      http_referer: null,
      origin: "",
      preset_id: null,
      user_agent: null,
      web_search_engine: null,
    },
  };
}

function isAnswer(
  row: RequestsTable,
  { provider, model, error }: Pick<AttemptsTable, "provider" | "model" | "error">,
): boolean {
  return error === null && provider === row.provider && model === row.target_model;
}

function sumOf(attempts: readonly AttemptsTable[], column: "image_output_tokens" | "images"): number | null {
  const told = attempts.map((attempt) => attempt[column]).filter((count) => count !== null);
  return told.length === 0 ? null : told.reduce((sum, count) => sum + count, 0);
}

/** The generation's own id, from it or from a request's id; undefined for any other text. */
export function generationIdOf(text: string): string | undefined {
  const digits = /^(?:req_)?([0-9a-f]{32})$/i.exec(text)?.[1];
  const dashed = digits?.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5") ?? text;
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(dashed) ? dashed.toLowerCase() : undefined;
}
