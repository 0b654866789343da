import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gatewayTable, type Layer, protocolTable, simulatorLayer } from "./layers.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

interface Override {
  readonly includes: readonly string[];
  readonly linter: unknown;
}

/** The folders of a layer's table that it may not import, as patterns of relative specifiers. */
function foldersToForbid(layer: Layer, table: readonly Layer[]): readonly string[] {
  return table
    .map((other) => other.folder)
    .filter((folder) => folder !== layer.folder && !layer.mayImport.includes(folder))
    .map((folder) => `**/../${folder.split("/").at(-1)}/**`);
}

function overrideOf(layer: Layer, table: readonly Layer[]): Override {
  const folders = foldersToForbid(layer, table);
  const name = layer.folder.split("/").at(-1);
  const patterns = [
    ...(folders.length === 0
      ? []
      : [{ group: folders, message: `${name}/ may not import this layer: see docs/architecture.md.` }]),
    ...layer.packages.deny.map((rule) => ({
      group: [rule.name, `${rule.name}/**`],
      message: rule.because,
    })),
  ];
  return {
    includes: [`${layer.folder}/**`, "!**/*.test.ts"],
    linter: { rules: { style: { noRestrictedImports: { level: "error", options: { patterns } } } } },
  };
}

export function layerOverrides(): readonly Override[] {
  const tables: readonly (readonly Layer[])[] = [gatewayTable, protocolTable, [simulatorLayer]];
  return tables.flatMap((table) => table.map((layer) => overrideOf(layer, table)));
}

/** What `biome.json` extends; written by running this file. */
export const layersFile = join(root, "biome.layers.json");

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(layersFile, `${JSON.stringify({ overrides: layerOverrides() }, null, 2)}\n`);
}
