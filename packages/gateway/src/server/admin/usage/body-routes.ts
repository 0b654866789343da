import type { JsonObject } from "@signalbox/protocol";
import type { BodyStore, KeptBody } from "../../../store/bodies/bodies.ts";
import { reaches } from "../accounts/scope.ts";
import type { ApiRoute } from "../api.ts";
import type { RouterAudit } from "../router-service.ts";
import { notFound } from "../status.ts";
import { generationIdOf } from "./generation.ts";

export interface BodyApiOptions {
  readonly bodies: Pick<BodyStore, "get">;
  /** Whoever reads what others have written leaves a trace. */
  readonly audit: RouterAudit;
}

/** What is kept of a request's and its answer's words, where the owners of its key want that. */
export function bodyRoutes({ bodies, audit }: BodyApiOptions): readonly ApiRoute[] {
  return [
    {
      method: "GET",
      path: "/v1/usage/requests/:id/bodies",
      permission: "bodies:read",
      handler: async ({ id, key, actor }) => {
        const requestId = generationIdOf(id);
        const found = requestId === undefined ? [] : await bodies.get(requestId);
        const within = found.filter((body) => reaches(key, scopeOfBody(body)));
        if (requestId === undefined || within.length === 0) throw notFound("Nothing is kept of such a request.");
        await audit({ action: "bodies.read", subject: `requests/${requestId}`, detail: {} }, actor);
        return { status: 200, body: { object: "list", request: requestId, data: within.map(shown) } };
      },
    },
  ];
}

const scopeOfBody = ({ team, org }: KeptBody) => ({
  ...(team === undefined ? {} : { team }),
  ...(org === undefined ? {} : { org }),
});

function shown({ kind, keyId, mediaType, bytes, size, expiresAt }: KeptBody): JsonObject {
  return {
    kind,
    key_id: keyId,
    media_type: mediaType,
    text: Buffer.from(bytes).toString("utf8"),
    size,
    complete: bytes.length === size,
    expires_at: new Date(expiresAt).toISOString(),
  };
}
