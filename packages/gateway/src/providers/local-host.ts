import type { EndpointDialect } from "../config/quirks.ts";
import type { EndpointDefinition, EndpointDefinitions, ProviderDefinition } from "./define.ts";

/**
 * A local server's definition, moved to where its own variable says that it listens (`OLLAMA_HOST`, which the server
 * reads as `host`, `host:port` or a URL: https://docs.ollama.com/faq).
 */
export function atHost(definition: ProviderDefinition, host: string): ProviderDefinition | undefined {
  const text = host.includes("://") ? host : `http://${host}`;
  if (!URL.canParse(text)) return undefined;
  const address = new URL(text);
  if (address.protocol !== "http:" && address.protocol !== "https:") return undefined;
  const { "openai-chat": chat, "openai-responses": responses, "anthropic-messages": messages } = definition.endpoints;
  const endpoints: EndpointDefinitions = {
    ...(chat === undefined ? {} : { "openai-chat": moved(chat, address) }),
    ...(responses === undefined ? {} : { "openai-responses": moved(responses, address) }),
    ...(messages === undefined ? {} : { "anthropic-messages": moved(messages, address) }),
  };
  return { ...definition, endpoints };
}

function moved<D extends EndpointDialect>(endpoint: EndpointDefinition<D>, address: URL): EndpointDefinition<D> {
  if (endpoint.baseUrl === undefined) return endpoint;
  const url = new URL(endpoint.baseUrl);
  // A server told to listen on every address is called on this machine.
  const everywhere = address.hostname === "0.0.0.0" || address.hostname === "[::]";
  url.protocol = address.protocol;
  url.hostname = everywhere ? "127.0.0.1" : address.hostname;
  if (address.port !== "") url.port = address.port;
  else if (address.protocol === "https:") url.port = "";
  return { ...endpoint, baseUrl: url.href.replace(/\/+$/, "") };
}
