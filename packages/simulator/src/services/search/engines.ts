import type { Exchange, Failure } from "../../exchange.ts";
import { fieldsOf, listOf, numberOf, textOf } from "../../json.ts";
import { jsonReply, type Service, type ServiceTarget } from "../service.ts";
import { pagesFor } from "./results.ts";

/** Where an engine's address begins, behind that of the simulator; its faults are told apart by its name. */
const under =
  (engine: string, method: string, path: string): Service["match"] =>
  (target: ServiceTarget) =>
    target.method === method && target.path === `/${engine}${path}` ? { model: engine } : undefined;

const refused = (status: number, message: string): Failure => ({ status, message });

const headerOf = ({ headers }: Exchange, name: string): string => headers[name]?.toString() ?? "";

/** Brave's own, and no other parameter is known. */
const BRAVE_PARAMETERS = new Set(
  "q country search_lang ui_lang count offset safesearch freshness text_decorations spellcheck result_filter goggles units extra_snippets summary".split(
    " ",
  ),
);

/** https://docs.searxng.org/dev/search_api.html; an instance without `json` among its formats answers 403. */
export const searxng: Service = {
  errors: "openai-chat",
  match: under("searxng", "GET", "/search"),
  errorBody: ({ message }) => message,
  answer({ exchange: { query } }) {
    const q = query.get("q") ?? "";
    if (q === "") return refused(400, "No query");
    if (query.get("format") !== "json") return refused(403, "Forbidden");
    const results = pagesFor(q, 10).map(({ url, title, text }, at) => ({
      url,
      title,
      content: text,
      publishedDate: null,
      thumbnail: "",
      engine: "duckduckgo",
      template: "default.html",
      parsed_url: ["https", "pages.example.org", "/", "", "", ""],
      img_src: "",
      priority: "",
      engines: ["duckduckgo"],
      positions: [at + 1],
      score: 1 / (at + 1),
      category: "general",
    }));
    return jsonReply({
      query: q,
      number_of_results: 0,
      results,
      answers: [],
      corrections: [],
      infoboxes: [],
      suggestions: [],
      unresponsive_engines: [],
    });
  },
};

/** https://api-dashboard.search.brave.com/api-reference/web/search/get */
export const brave: Service = {
  errors: "openai-chat",
  match: under("brave", "GET", "/res/v1/web/search"),
  errorBody: ({ status, message }) => ({
    type: "ErrorResponse",
    error: { id: "7f1e", status, code: status === 429 ? "RATE_LIMITED" : "VALIDATION", detail: message, meta: {} },
    time: 1_764_000_000,
  }),
  answer({ exchange }) {
    const { query } = exchange;
    if (headerOf(exchange, "x-subscription-token") === "") return refused(422, "x-subscription-token: Field required");
    const unknown = [...query.keys()].find((name) => !BRAVE_PARAMETERS.has(name));
    if (unknown !== undefined) return refused(422, `${unknown}: Extra inputs are not permitted`);
    const q = query.get("q") ?? "";
    if (q === "" || q.length > 400 || q.split(/\s+/).length > 50) return refused(422, "q: Unable to validate request");
    const count = Number(query.get("count") ?? 20);
    if (!(count >= 1 && count <= 20)) return refused(422, "count: Input should be less than or equal to 20");
    const results = pagesFor(q, count).map(({ url, title, text }) => ({
      title,
      url,
      is_source_local: false,
      is_source_both: false,
      description: text,
      page_age: "2026-10-01T00:00:00",
      profile: { name: "Pages", url, long_name: "pages.example.org", img: "https://imgs.example.org/p" },
      language: "en",
      family_friendly: true,
      type: "search_result",
      subtype: "generic",
      age: "October 1, 2026",
    }));
    return jsonReply({
      type: "search",
      query: { original: q, more_results_available: true },
      mixed: { type: "mixed", main: [], top: [], side: [] },
      ...(results.length === 0 ? {} : { web: { type: "search", results, family_friendly: true } }),
    });
  },
};

/** https://docs.tavily.com/documentation/api-reference/endpoint/search */
export const tavily: Service = {
  errors: "openai-chat",
  match: under("tavily", "POST", "/search"),
  errorBody: ({ message }) => ({ detail: { error: message } }),
  answer({ exchange }) {
    const { body } = exchange;
    if (!headerOf(exchange, "authorization").startsWith("Bearer "))
      return refused(401, "Unauthorized: missing or invalid API key.");
    const query = textOf(body["query"]) ?? "";
    if (query === "") return refused(400, "Query is missing.");
    if (query.length > 400) return refused(400, "Query is too long. Max query length is 400 characters.");
    const most = numberOf(body["max_results"]) ?? 5;
    if (!(most >= 0 && most <= 20)) return refused(400, "max_results must be between 0 and 20.");
    const domains = listOf(body["include_domains"]);
    const results = pagesFor(query, most)
      .filter(({ url }) => domains.length === 0 || domains.some((domain) => url.includes(String(domain))))
      .map(({ url, title, text }, at) => ({ title, url, content: text, score: 1 / (at + 1), raw_content: null }));
    return jsonReply({
      query,
      answer: null,
      images: [],
      results,
      follow_up_questions: null,
      response_time: 0.5,
      request_id: "123e4567-e89b-12d3-a456-426614174111",
    });
  },
};

/** https://exa.ai/docs/reference/search */
export const exa: Service = {
  errors: "openai-chat",
  match: under("exa", "POST", "/search"),
  errorBody: ({ message }) => ({ requestId: "67207943fab9", error: message, tag: "INVALID_REQUEST_BODY" }),
  answer({ exchange }) {
    const { body } = exchange;
    if (headerOf(exchange, "x-api-key") === "") return refused(401, "x-api-key header is missing");
    const query = textOf(body["query"]) ?? "";
    if (query === "") return refused(400, "Invalid request body: query is required");
    const most = numberOf(body["numResults"]) ?? 10;
    if (!(most >= 1 && most <= 100)) return refused(400, "Invalid request body: numResults");
    const wanted = fieldsOf(fieldsOf(body["contents"])["text"]);
    const results = pagesFor(query, most).map(({ url, title, text }) => ({
      id: url,
      title,
      url,
      publishedDate: "2026-10-01T00:00:00.000Z",
      author: null,
      ...(body["contents"] === undefined ? {} : { text: text.slice(0, numberOf(wanted["maxCharacters"])) }),
    }));
    return jsonReply({
      requestId: "b5947044c4b78efa9552a7c89b306d95",
      resolvedSearchType: "neural",
      results,
      searchTime: 520.4,
      costDollars: { total: 0.007, search: { neural: 0.007 } },
    });
  },
};
