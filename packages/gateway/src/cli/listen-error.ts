import { errorCode } from "../config/secret.ts";
import type { ServerSettings } from "../config/settings.ts";
import { CommandError } from "./terminal.ts";

/** Why a server cannot listen, in words; any other error stays as it is. */
export function listenError(error: unknown, { host, port }: Pick<ServerSettings, "host" | "port">): unknown {
  switch (errorCode(error)) {
    case "EADDRINUSE":
      return new CommandError(`Port ${port} on ${host} is in use. Choose another with --port.`);
    case "EACCES":
      return new CommandError(`No permission to listen on port ${port}. Choose one above 1023 with --port.`);
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new CommandError(`${host} is not an address of this machine. Choose another with --host.`);
    default:
      return error;
  }
}
