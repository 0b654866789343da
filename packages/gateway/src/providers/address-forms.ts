import type { EndpointDialect } from "../config/quirks.ts";
import type { Environment } from "../config/secret.ts";
import type { AuthScheme, EndpointPaths, ProviderSettings } from "../config/settings.ts";
import {
  type AddressForm,
  type AddressPart,
  addressParts,
  type EndpointDefinition,
  type EndpointDefinitions,
  type OperationDefinitions,
  type ProviderDefinition,
} from "./define.ts";

export type Address = { readonly [P in AddressPart]?: string };

/** What the configuration says of an address; where it has no addresses of its own, also what the environment says. */
export function addressOf(
  { addressVariables = {} }: Pick<ProviderDefinition, "addressVariables">,
  settings: ProviderSettings,
  environment: Environment,
): Address {
  const isBare = Object.keys(settings.endpoints).length === 0;
  const parts = addressParts.map((part) => {
    const said = settings[part];
    if (said !== undefined || !isBare) return [part, said] as const;
    const variable = addressVariables[part]?.find((name) => (environment[name] ?? "").trim() !== "");
    return [part, variable === undefined ? undefined : environment[variable]?.trim()] as const;
  });
  return Object.fromEntries(parts.filter(([part, value]) => value !== undefined && isUsable(part, value)));
}

/** A region may also be a word for where data are processed (`eu`): that is no part of an address. */
function isUsable(part: AddressPart, value: string): boolean {
  return part === "region" ? /^[a-z]{2,4}(-[a-z]+)+-\d+$/.test(value) : /^[A-Za-z0-9][A-Za-z0-9:.-]*$/.test(value);
}

/** The definition as it is at this address. */
export function atAddress(definition: ProviderDefinition, address: Address): ProviderDefinition {
  const form = definition.forms?.find(({ needs }) => needs.every((part) => address[part] !== undefined));
  if (form === undefined) return definition;
  return { ...definition, endpoints: fillEndpoints(form, address), operations: fillOperations(form, address) };
}

function fillEndpoints({ endpoints }: AddressForm, address: Address): EndpointDefinitions {
  const filled = Object.entries(endpoints).map(([dialect, endpoint]) => [dialect, fillEndpoint(endpoint, address)]);
  return Object.fromEntries(filled);
}

function fillEndpoint<D extends EndpointDialect>(
  endpoint: EndpointDefinition<D>,
  address: Address,
): EndpointDefinition<D> {
  const { baseUrl, paths, auth } = endpoint;
  return {
    ...endpoint,
    ...(baseUrl === undefined ? {} : { baseUrl: fill(baseUrl, address) }),
    ...(paths === undefined ? {} : { paths: fillPaths(paths, address) }),
    ...(auth === undefined ? {} : { auth: fillAuth(auth, address) }),
  };
}

function fillPaths({ generate, stream, countTokens }: EndpointPaths, address: Address): EndpointPaths {
  return {
    ...(generate === undefined ? {} : { generate: fill(generate, address) }),
    ...(stream === undefined ? {} : { stream: fill(stream, address) }),
    ...(countTokens === undefined ? {} : { countTokens: fill(countTokens, address) }),
  };
}

function fillAuth(auth: AuthScheme, address: Address): AuthScheme {
  if (auth.kind !== "aws-sigv4" || auth.region === undefined) return auth;
  return { ...auth, region: fill(auth.region, address) };
}

function fillOperations({ operations = {} }: AddressForm, address: Address): OperationDefinitions {
  const filled = Object.entries(operations).map(([operation, endpoint]) => {
    const { path, baseUrl } = endpoint;
    const at = {
      ...endpoint,
      ...(path === undefined ? {} : { path: fill(path, address) }),
      ...(baseUrl === undefined ? {} : { baseUrl: fill(baseUrl, address) }),
    };
    return [operation, at];
  });
  return Object.fromEntries(filled);
}

function fill(template: string, address: Address): string {
  return template.replace(/\{(\w+)\}/g, (placeholder, name: string) => {
    if (name === "locationHost") return address.location === undefined ? placeholder : locationHost(address.location);
    const part = addressParts.find((known) => known === name);
    return (part === undefined ? undefined : address[part]) ?? placeholder;
  });
}

/** https://docs.cloud.google.com/vertex-ai/docs/general/locations: regions, two multi-regions, and everywhere. */
function locationHost(location: string): string {
  if (location === "global") return "aiplatform.googleapis.com";
  if (location === "us" || location === "eu") return `aiplatform.${location}.rep.googleapis.com`;
  return `${location}-aiplatform.googleapis.com`;
}
