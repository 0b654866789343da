import { z } from "zod";
import { isAccountText, readAccount } from "./cloud-account.ts";
import { type Secret, secret } from "./secret.ts";

const text = z.string().min(1, "must not be empty").exactOptional();

/** Whose turn it is among several, and what people call it. */
const standing = {
  name: text,
  priority: z.int().min(0).max(1_000).exactOptional(),
  weight: z.int().min(1).max(1_000).exactOptional(),
};

/** The fields of each form; every value of the first four may be `env:NAME` or `file:/path`. */
const forms = {
  key: ["key"],
  aws: ["accessKeyId", "secretAccessKey", "sessionToken"],
  google: ["serviceAccount"],
  azure: ["tenantId", "clientId", "clientSecret", "authority"],
  chain: ["chain", "profile"],
  metadata: ["metadata"],
} as const;

type Form = keyof typeof forms;
const formNames = ["key", "aws", "google", "azure", "chain", "metadata"] as const satisfies readonly Form[];

const needed: Readonly<Record<Form, readonly string[]>> = {
  key: ["key"],
  aws: ["accessKeyId", "secretAccessKey"],
  google: ["serviceAccount"],
  azure: ["tenantId", "clientId", "clientSecret"],
  chain: ["chain"],
  metadata: ["metadata"],
};

const account = z
  .strictObject({
    key: text,
    accessKeyId: text,
    secretAccessKey: text,
    sessionToken: text,
    serviceAccount: text,
    tenantId: text,
    clientId: text,
    clientSecret: text,
    authority: text,
    chain: z.literal("aws", { error: "must be aws" }).exactOptional(),
    profile: text,
    metadata: z.literal("google", { error: "must be google" }).exactOptional(),
    ...standing,
  })
  .superRefine((written, context) => {
    const found = formNames.filter((form) => forms[form].some((field) => written[field] !== undefined));
    const [only, ...others] = found;
    if (only === undefined || others.length > 0) {
      const message = "write exactly one of key, accessKeyId …, serviceAccount, tenantId …, chain and metadata";
      context.addIssue({ code: "custom", message });
      return;
    }
    const fields: Readonly<Record<string, unknown>> = written;
    const missing = needed[only].filter((field) => fields[field] === undefined);
    if (missing.length > 0) context.addIssue({ code: "custom", message: `needs ${missing.join(" and ")} too` });
  });

/** What may stand under `credentials`: a secret, or an account with whose turn it is. */
export const credentialSchema = z.union([
  z
    .string()
    .min(1, "must not be empty")
    .transform((key) => ({ key })),
  account,
]);

export type WrittenCredential = z.output<typeof credentialSchema>;

export interface FoundCredential {
  readonly secret: Secret;
  readonly name?: string;
  readonly priority?: number;
  readonly weight?: number;
}

const STANDING: ReadonlySet<string> = new Set(Object.keys(standing));
/** Said as they are, and never looked up. */
const PLAIN: ReadonlySet<string> = new Set(["chain", "metadata"]);

export interface Finder {
  /** Undefined where it cannot be found; the problem is noted then. */
  readonly find: (text: string, field?: string) => Secret | undefined;
  readonly complain: (message: string) => void;
  readonly standIns: boolean;
}

/** The secrets of an account, found and put into the one text that it is kept as. */
export function findCredential(written: WrittenCredential, finder: Finder): FoundCredential | undefined {
  const { name, priority, weight } = { name: undefined, priority: undefined, weight: undefined, ...written };
  const found = secretOf(written, finder);
  if (found === undefined) return undefined;
  return {
    secret: found,
    ...(name === undefined ? {} : { name }),
    ...(priority === undefined ? {} : { priority }),
    ...(weight === undefined ? {} : { weight }),
  };
}

function secretOf(written: WrittenCredential, finder: Finder): Secret | undefined {
  if (written.key !== undefined) {
    const found = finder.find(written.key);
    return found === undefined || !isAccountText(found.reveal()) ? found : checked(found, finder);
  }
  if ("serviceAccount" in written && written.serviceAccount !== undefined)
    return checked(finder.find(written.serviceAccount, "serviceAccount"), finder);
  const fields: Record<string, string> = {};
  for (const [field, value] of Object.entries(written)) {
    if (STANDING.has(field) || typeof value !== "string") continue;
    const text = PLAIN.has(field) ? value : finder.find(value, field)?.reveal();
    if (text === undefined) return undefined;
    fields[field] = text;
  }
  return checked(secret(JSON.stringify(fields)), finder);
}

function checked(found: Secret | undefined, { complain, standIns }: Finder): Secret | undefined {
  if (found === undefined || standIns) return found;
  const result = readAccount(found.reveal());
  if (result.ok) return found;
  complain(result.message);
  return undefined;
}
