import type { ProviderModel } from "../config/settings.ts";

/** A model that a built-in provider is known to serve. What is not written here may hold for its family. */
export interface CatalogueModel extends ProviderModel {
  readonly name?: string;
  /** The day of its release, where it is known. */
  readonly released?: string;
}
