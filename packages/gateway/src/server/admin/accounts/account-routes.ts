import type { ApiRoute } from "../api.ts";
import type { AccountParts } from "./account-parts.ts";
import { auditRoutes } from "./audit-routes.ts";
import { credentialRoutes } from "./credential-routes.ts";
import { groupRoutes } from "./group-routes.ts";
import { keyRoutes } from "./key-routes.ts";
import { createKeyService } from "./key-service.ts";
import { ownKeyRoutes } from "./own-key-routes.ts";
import { organisationRoutes, teamRoutes } from "./owner-routes.ts";

/** Keys, whom they belong to, what they bring along, and who changed what. */
export function accountRoutes(parts: AccountParts): readonly ApiRoute[] {
  return [
    ...keyRoutes(createKeyService(parts), parts),
    ...ownKeyRoutes(parts),
    ...organisationRoutes(parts),
    ...teamRoutes(parts),
    ...groupRoutes(parts),
    ...credentialRoutes(parts),
    ...auditRoutes(parts.accounts),
  ];
}
