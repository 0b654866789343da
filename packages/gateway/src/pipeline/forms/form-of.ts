import { join } from "node:path";
import { invalidRequest } from "@signalbox/protocol";
import type { Exchange } from "../exchange.ts";
import { type Form, type FormLimits, PART_LIMITS } from "./form.ts";
import { readForm } from "./read-form.ts";

/** Where files of forms wait in the data folder, without a name. */
const FOLDER = "uploads";

export interface FormOfRequest {
  readonly form: Form;
  readonly model: string;
}

/**
 * A client's form. What ends it ends the request: an attempt that is under way is aborted, and the client told. `single`: fields that
 * may be there once only.
 */
export function formOf(
  { request, snapshot, clientGone }: Exchange,
  single: readonly string[],
  limits: Partial<FormLimits> = {},
): Form {
  return readForm(request, {
    limits: { ...PART_LIMITS, totalBytes: snapshot.limits.formBytes, ...limits },
    folder: join(snapshot.data, FOLDER),
    single,
    onFailure: clientGone.abort,
  });
}

/**
 * A form as soon as its model is known and a file begins, or all of it has come: what stands before the files is known then, and
 * those go on while they come. `model` is the form's field. Gives the form back where it rejects.
 */
export async function routableForm(exchange: Exchange, single: readonly string[]): Promise<FormOfRequest> {
  const form = formOf(exchange, [...single, "model"]);
  try {
    for (let index = 0, part = await form.part(0); part !== undefined; part = await form.part(index)) {
      if (part.filename !== undefined && form.known("model") !== undefined) break;
      index += 1;
    }
    const model = form.known("model") ?? (await form.field("model"));
    if (model === undefined) throw invalidRequest("'model' is missing.", "model");
    if (model === "") throw invalidRequest("'model' must be a non-empty string.", "model");
    return { form, model };
  } catch (error) {
    form.discard();
    throw error;
  }
}
