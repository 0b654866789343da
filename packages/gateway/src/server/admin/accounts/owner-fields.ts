import type { JsonObject } from "@signalbox/protocol";
import { z } from "zod";
import type { AccessPolicy } from "../../../config/access.ts";
import { policyOf, policySchema } from "../../../config/policy.ts";
import { expectClearable, idField, nameField, policyFields } from "./fields.ts";
import { readFields, takeNulls } from "./read-fields.ts";

const owner = policySchema.extend({
  name: nameField.exactOptional(),
  /** Of a team. */
  org: idField.exactOptional(),
  etag: z.string().max(100).exactOptional(),
});

/** What a body says of a team or an organisation. */
export interface WrittenOwner {
  readonly name: string | undefined;
  readonly org: string | undefined;
  readonly policy: ((before: AccessPolicy) => AccessPolicy) | undefined;
  readonly etag: string | undefined;
}

/** Throws 400. */
export function readOwner(body: JsonObject): WrittenOwner {
  const { rest, cleared } = takeNulls(body);
  const written = readFields(owner, rest);
  expectClearable(cleared, policyFields);
  const said = policyOf(written);
  const { name, org, etag } = written;
  if (Object.keys(said).length === 0 && cleared.size === 0) return { name, org, etag, policy: undefined };
  const policy = (before: AccessPolicy): AccessPolicy => ({
    ...Object.fromEntries(Object.entries(before).filter(([field]) => !cleared.has(field))),
    ...said,
  });
  return { name, org, etag, policy };
}
