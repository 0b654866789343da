import { createHash } from "node:crypto";
import { GatewayError } from "@signalbox/protocol";
import { type CloudAccount, isAccountText, readAccount } from "../../config/cloud-account.ts";
import type { Credential } from "../../providers/resolved.ts";

export interface KnownAccount {
  readonly account: CloudAccount;
  /** The same for every credential with this text, and not secret. */
  readonly id: string;
  /** What of it nobody else may know. */
  readonly secrets: readonly string[];
}

const known = new WeakMap<Credential["reveal"], KnownAccount>();

/** The account behind a credential, if it is more than a key. Throws `upstream_auth` where it cannot be read. */
export function accountOf({ reveal }: Pick<Credential, "reveal">): KnownAccount | undefined {
  const earlier = known.get(reveal);
  if (earlier !== undefined) return earlier;
  const text = reveal();
  if (!isAccountText(text)) return undefined;
  const result = readAccount(text);
  if (!result.ok) throw new GatewayError("upstream_auth", `The credential cannot be used: ${result.message}.`);
  const { account } = result;
  const id = createHash("sha256").update(text, "utf8").digest("hex");
  const read = { account, id, secrets: secretsIn(account) };
  known.set(reveal, read);
  return read;
}

function secretsIn(account: CloudAccount): readonly string[] {
  switch (account.kind) {
    case "aws-keys":
      return [account.secretAccessKey, account.accessKeyId, account.sessionToken].filter((part) => part !== undefined);
    case "google-service-account":
      return [account.privateKey];
    case "google-user":
      return [account.clientSecret, account.refreshToken];
    case "azure-app":
      return [account.clientSecret];
    case "aws-chain":
    case "google-metadata":
      return [];
  }
}
