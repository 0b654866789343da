import type { McpTool } from "./tool.ts";
import { keyTools } from "./tools/key-tools.ts";
import { modelTools } from "./tools/model-tools.ts";
import { usageTools } from "./tools/usage-tools.ts";

/**
 * Those of AnyRouter's MCP server that there is something for here, under its names, and more of the same kind. Like there, none asks
 * a model.
 */
export const mcpTools: readonly McpTool[] = [...modelTools, ...usageTools, ...keyTools];
