import { isObject, type JsonObject } from "@signalbox/protocol";
import { z } from "zod";
import { roles } from "../../../config/access.ts";
import { idField, jsonObjectField, type McpTool, tool } from "../tool.ts";

const keyId = idField.describe("The key's id, or the hash of its secret.");

const page = {
  limit: z.int().min(1).max(100).optional(),
  after: z.string().max(100).optional().describe("The id after which the page begins: 'last_id' of the page before."),
};

const clearable = <T extends z.ZodType>(schema: T) => schema.nullable().optional();

/** The fields of a key that are used most. Each is judged by the API of keys, as whatever stands in `settings`. */
const fields = {
  label: z.string().max(200).optional().describe("A note, kept as 'label' of the key's metadata."),
  rate_limit: z.int().min(1).optional().describe("Requests a minute: the only one of the key's 'limits'."),
  role: clearable(z.enum(roles)).describe("What the key may manage; none: it asks models."),
  org: clearable(z.string()).describe("The organisation that the key belongs to."),
  team: clearable(z.string()).describe("The team that the key belongs to."),
  group: clearable(z.string()),
  models: clearable(z.array(z.string())).describe("Names or patterns ('claude-*') of the models that it may call."),
  providers: clearable(z.array(z.string())),
  limit: clearable(z.number().min(0)).describe("The most that it may spend, in US dollars."),
  limit_reset: clearable(z.enum(["daily", "weekly", "monthly"])).describe("When 'limit' begins anew."),
  expires_at: clearable(z.string()).describe("A time, such as 2027-01-01T00:00:00Z."),
  expires_in_days: z.number().positive().optional(),
  settings: jsonObjectField
    .optional()
    .describe("Any other field that POST and PATCH /v1/keys take: budgets, limits, …"),
};

const newKey = z.strictObject({ name: z.string().min(1).max(200), ...fields });

const change = z.strictObject({
  key_id: keyId,
  name: z.string().min(1).max(200).optional(),
  disabled: z.boolean().optional(),
  etag: z.string().max(100).optional().describe("The revision that the change is made for; another is refused."),
  ...fields,
});

/** AnyRouter's names for what it has. `label` and `rate_limit` are its arguments, too. */
export const keyTools: readonly McpTool[] = [
  tool({
    name: "list_keys",
    title: "List keys",
    description: "The keys within the scope of the calling one, page by page. Secrets are never shown.",
    route: "GET /v1/keys",
    input: z.strictObject({ include_disabled: z.boolean().default(false), ...page }),
    ask: ({ limit, after }) => ({ query: { limit, after } }),
    shape: (body, { include_disabled: all }) => (all ? body : { ...body, data: enabled(body) }),
  }),
  tool({
    name: "get_key",
    title: "Get a key",
    description: "One key, with what it has spent.",
    route: "GET /v1/keys/:id",
    input: z.strictObject({ key_id: keyId }),
    ask: ({ key_id: id }) => ({ id }),
  }),
  tool({
    name: "get_own_key",
    title: "Get the calling key",
    description: "What the calling key is, may do and has spent.",
    route: "GET /v1/key",
    input: z.strictObject({}),
    ask: () => ({}),
  }),
  tool({
    name: "create_key",
    title: "Create a key",
    description:
      "Makes a key within the scope of the calling one. 'key' of the answer is its secret: it is shown once.",
    route: "POST /v1/keys",
    effect: "changes",
    input: newKey,
    ask: (key) => ({ body: bodyOf(key) }),
  }),
  tool({
    name: "update_key",
    title: "Update a key",
    description:
      "Changes the fields that are named, and no others; null takes one away. 'disabled: false' enables it again.",
    route: "PATCH /v1/keys/:id",
    effect: "changes",
    input: change,
    ask: ({ key_id: id, ...changed }) => ({ id, body: bodyOf(changed) }),
  }),
  tool({
    name: "revoke_key",
    title: "Revoke a key",
    description: "Disables a key: the next request with it is refused. It can be enabled again by update_key.",
    route: "PATCH /v1/keys/:id",
    effect: "destroys",
    input: z.strictObject({ key_id: keyId }),
    ask: ({ key_id: id }) => ({ id, body: { disabled: true } }),
  }),
  tool({
    name: "rotate_key",
    title: "Rotate a key",
    description:
      "Another secret for the same key, shown once. The one before works on for 'overlap_hours', 24 by default.",
    route: "POST /v1/keys/:id/rotate",
    effect: "destroys",
    input: z.strictObject({ key_id: keyId, overlap_hours: z.number().min(0).max(720).optional() }),
    ask: ({ key_id: id, overlap_hours: hours }) => ({ id, body: hours === undefined ? {} : { overlap_hours: hours } }),
  }),
  tool({
    name: "delete_key",
    title: "Delete a key",
    description: "Deletes a key for good, and what is kept of its requests; what it has spent stays in the ledger.",
    route: "DELETE /v1/keys/:id",
    effect: "destroys",
    input: z.strictObject({ key_id: keyId }),
    ask: ({ key_id: id }) => ({ id }),
  }),
  tool({
    name: "list_organizations",
    title: "List organisations",
    description: "The organisations within the scope of the calling key.",
    route: "GET /v1/organizations",
    input: z.strictObject(page),
    ask: (query) => ({ query }),
  }),
  tool({
    name: "list_teams",
    title: "List teams",
    description: "The teams within the scope of the calling key.",
    route: "GET /v1/teams",
    input: z.strictObject(page),
    ask: (query) => ({ query }),
  }),
];

function enabled({ data }: JsonObject): readonly JsonObject[] {
  return (Array.isArray(data) ? data.filter(isObject) : []).filter(({ disabled }) => disabled !== true);
}

type Written = Partial<Omit<z.output<typeof change>, "key_id">>;

function bodyOf({ label, rate_limit: rate, settings = {}, ...written }: Written): JsonObject {
  const said = Object.entries(written).filter(([, value]) => value !== undefined);
  const { metadata } = settings;
  const noted = label === undefined ? {} : { metadata: { ...(isObject(metadata) ? metadata : {}), label } };
  const limited = rate === undefined ? {} : { limits: [{ unit: "requests", per: "minute", limit: rate }] };
  return { ...settings, ...noted, ...limited, ...Object.fromEntries(said) };
}
