import { GatewayError } from "../ir/errors.ts";

/** Throws `unsupported_feature` where the answer would be to another question, since a field that is needed cannot be said. */
export function refuseNeeded({ needed: [field] = [] }: { readonly needed?: readonly string[] }, api: string): void {
  if (field === undefined) return;
  throw new GatewayError("unsupported_feature", `'${field}' cannot be said to ${api}.`, { param: field });
}
