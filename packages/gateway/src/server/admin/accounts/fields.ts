import { isObject, type JsonObject } from "@signalbox/protocol";
import { z } from "zod";
import { policySchema } from "../../../config/policy.ts";
import { isStorable } from "../../../store/change.ts";
import { badRequest } from "../status.ts";

export const nameField = z
  .string()
  .refine((text) => text.trim() !== "", "must not be empty")
  .max(200)
  .refine(isStorable, "has characters that cannot be kept");

/** Longer than any id that there is. */
export const idField = z.string().min(1).max(100).refine(isStorable, "is no id");

export const policyFields = Object.keys(policySchema.shape);

const largestJson = 16 * 1024;

export const jsonField = z
  .custom<JsonObject>((value) => isObject(value), "must be an object")
  .refine((value) => JSON.stringify(value).length <= largestJson, `must be no longer than ${largestJson} characters`);

/** A time with its zone. */
export const timeField = z.iso
  .datetime({ offset: true, message: "must be a time such as 2027-01-31T12:00:00Z" })
  .transform((text) => new Date(text));

/** Throws 400 for a field of a change that cannot be taken away, only replaced. */
export function expectClearable(cleared: ReadonlySet<string>, clearable: readonly string[]): void {
  const wrong = [...cleared].filter((name) => !clearable.includes(name));
  if (wrong.length > 0) throw badRequest(wrong.map((name) => ({ path: [name], message: "cannot be null" })));
}

/** As the configuration has them. */
export const priorityField = z.int().min(0).max(1_000);
export const weightField = z.int().min(1).max(1_000);
