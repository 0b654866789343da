import type { FormField } from "./example.ts";

/** A form as browsers and libraries build it. */
export function formData(fields: readonly FormField[]): FormData {
  const form = new FormData();
  for (const { name, value, file } of fields) {
    if (file === undefined) form.append(name, String(value));
    else form.append(name, new File([value], file.name, { type: file.type }));
  }
  return form;
}

/** A form as bytes, and the header that names its boundary. */
export async function formBytes(fields: readonly FormField[]) {
  const body = new Response(formData(fields));
  const type = body.headers.get("content-type") ?? "";
  return { raw: Buffer.from(await body.arrayBuffer()), headers: { "content-type": type } };
}
