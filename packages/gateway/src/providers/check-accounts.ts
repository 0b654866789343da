import { type CloudAccount, cloudOf, cloudOfScheme, isAccountText, readAccount } from "../config/cloud-account.ts";
import type { PathStep } from "../config/issues.ts";
import type { CredentialSettings } from "../config/settings.ts";
import type { Problems } from "../config/source.ts";
import type { UpstreamPlace } from "./resolved.ts";

/** Says of each account that none of the provider's places takes: better here than by every request. */
export function checkAccounts(
  credentials: readonly CredentialSettings[],
  places: readonly UpstreamPlace[],
  { path, problems }: { readonly path: readonly PathStep[]; readonly problems: Problems },
): void {
  for (const [index, { secret }] of credentials.entries()) {
    const account = accountIn(secret.reveal());
    if (account === undefined) continue;
    if (places.some(({ auth }) => cloudOfScheme[auth.kind] === cloudOf(account))) continue;
    problems.add([...path, "credentials", index], "is an account of a cloud, and this provider takes a key");
  }
}

function accountIn(text: string): CloudAccount | undefined {
  if (!isAccountText(text)) return undefined;
  const result = readAccount(text);
  return result.ok ? result.account : undefined;
}
