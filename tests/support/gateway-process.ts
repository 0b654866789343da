/** A gateway in a process of its own: `node gateway-process.ts start --config FILE --data FOLDER`. */
import { main } from "../../packages/gateway/src/cli/main.ts";

await main(process.argv.slice(2));
