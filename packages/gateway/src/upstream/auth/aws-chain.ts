import { GatewayError } from "@signalbox/protocol";
import type { AwsKeys } from "./sign-aws.ts";
import type { Lease } from "./token-cache.ts";

/** Loads the package that looks for AWS credentials on this machine. */
export type LoadChain = () => Promise<unknown>;

const PACKAGE: string = "@aws-sdk/credential-provider-node";

/** Not a dependency: it brings along AWS's clients for STS and SSO, which only few need. */
export const loadChain: LoadChain = () => import(PACKAGE);

/** AWS's own search: environment, profiles, SSO, web identity, container and machine roles. */
export async function fromChain(profile: string | undefined, load: LoadChain): Promise<Lease<AwsKeys>> {
  const loaded = await load().catch((error: unknown) => {
    throw new GatewayError(
      "upstream_auth",
      `Looking for AWS credentials on this machine needs a package that is not installed: npm install ${PACKAGE}`,
      { cause: error },
    );
  });
  if (!isChainPackage(loaded))
    throw new GatewayError("upstream_auth", `This version of ${PACKAGE} has no defaultProvider.`);
  const found = await search(loaded, profile);
  if (!isFound(found)) throw new GatewayError("upstream_auth", "AWS's own search found no credentials.");
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = found;
  return {
    value: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
    ...(expiration === undefined ? {} : { expiresAt: expiration.getTime() }),
  };
}

/** A provider is made anew each time: it would remember what it has found. */
async function search({ defaultProvider }: ChainPackage, profile: string | undefined): Promise<unknown> {
  try {
    return await defaultProvider(profile === undefined ? {} : { profile })();
  } catch (error) {
    // Its message names files and addresses of this machine.
    throw new GatewayError("upstream_auth", "AWS's own search found no credentials.", { cause: error });
  }
}

interface ChainPackage {
  readonly defaultProvider: (options: { readonly profile?: string }) => () => Promise<unknown>;
}

function isChainPackage(value: unknown): value is ChainPackage {
  return typeof value === "object" && value !== null && "defaultProvider" in value;
}

interface Found extends AwsKeys {
  readonly expiration?: Date;
}

function isFound(value: unknown): value is Found {
  if (typeof value !== "object" || value === null) return false;
  const text = (name: string) => name in value && typeof Reflect.get(value, name) === "string";
  const expiration: unknown = Reflect.get(value, "expiration");
  return text("accessKeyId") && text("secretAccessKey") && (expiration === undefined || expiration instanceof Date);
}
