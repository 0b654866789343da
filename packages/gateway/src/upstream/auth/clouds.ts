import { GatewayError } from "@signalbox/protocol";
import { type CloudAccount, cloudOf, cloudOfScheme, isOfMachine } from "../../config/cloud-account.ts";
import type { AuthScheme } from "../../config/settings.ts";
import type { Credential, UpstreamPlace } from "../../providers/resolved.ts";
import type { Pools } from "../pools.ts";
import { accountOf } from "./account.ts";
import { loadChain as installedChain, type LoadChain } from "./aws-chain.ts";
import { awsPass } from "./aws-pass.ts";
import { createClockSkews } from "./clock-skew.ts";
import type { Pass } from "./pass.ts";
import type { AwsKeys } from "./sign-aws.ts";
import { createTokenCache } from "./token-cache.ts";
import { tokenPass } from "./token-pass.ts";

/** What lets requests into clouds, kept across requests: access tokens, keys of roles, how wrong our clock is. */
export interface Clouds {
  /** Undefined: the credential's secret lets in by itself. Throws `upstream_auth` where the credential cannot be used here. */
  readonly passFor: (place: UpstreamPlace, credential: Credential | undefined) => Pass | undefined;
}

export interface CloudsOptions {
  readonly pools: Pools;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly loadChain?: LoadChain;
}

const ACCOUNTS = 1_000;

export function createClouds({ pools, now = Date.now, loadChain = installedChain }: CloudsOptions): Clouds {
  const tokens = createTokenCache<string>({ now, size: ACCOUNTS });
  const keys = createTokenCache<AwsKeys>({ now, size: ACCOUNTS });
  const skews = createClockSkews();
  return {
    passFor(place, credential) {
      if (credential === undefined || cloudOfScheme[place.auth.kind] === undefined) return undefined;
      const known = accountOf(credential);
      if (known === undefined) return undefined;
      const { account } = known;
      checkUse(place.auth, credential, account);
      if (account.kind === "aws-keys" || account.kind === "aws-chain")
        return awsPass({ place, credential, known, account }, { cache: keys, skews, loadChain, now });
      const trip = { pools, now, brought: credential.brought === true };
      return tokenPass({ credential, known, account }, { cache: tokens, trip });
    },
  };
}

function checkUse(auth: AuthScheme, credential: Credential, account: CloudAccount): void {
  if (cloudOfScheme[auth.kind] !== cloudOf(account))
    throw new GatewayError("upstream_auth", "The credential is an account at another cloud.");
  if (credential.brought === true && isOfMachine(account))
    throw new GatewayError("upstream_auth", "A credential of one's own cannot be the identity of this machine.");
}
