import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";

/** One for each family: Node's own list finds an IPv4 address in `::/0`, too. */
interface Ranges {
  readonly 4: BlockList;
  readonly 6: BlockList;
}

const compiled = new WeakMap<readonly string[], Ranges>();

/** Whether the address lies in one of the ranges (CIDR notation, or single addresses). What is no address lies in none. */
export function liesIn(address: string, ranges: readonly string[]): boolean {
  switch (isIP(address)) {
    case 4:
      return compile(ranges)[4].check(address, "ipv4");
    case 6:
      return compile(ranges)[6].check(address, "ipv6");
    default:
      return false;
  }
}

/** Compiled once for each list: configurations and policies never change, they are replaced. */
function compile(ranges: readonly string[]): Ranges {
  const known = compiled.get(ranges);
  if (known !== undefined) return known;
  const made: Ranges = { 4: new BlockList(), 6: new BlockList() };
  for (const range of ranges) addRange(made, range);
  compiled.set(ranges, made);
  return made;
}

const MAPPED_BITS = 96;

function addRange(lists: Ranges, range: string): void {
  const [written = "", length] = range.split("/");
  const address = plainAddress(written);
  if (isIP(address) === 6) {
    lists[6].addSubnet(address, length === undefined ? 128 : Number(length), "ipv6");
    return;
  }
  if (isIP(address) !== 4) return;
  const bits = length === undefined ? 32 : Number(length) - (isIP(written) === 6 ? MAPPED_BITS : 0);
  // Wider than all mapped addresses: a range of IPv6, whatever stands at its beginning.
  if (bits < 0) lists[6].addSubnet(written, Number(length), "ipv6");
  else lists[4].addSubnet(address, bits, "ipv4");
}

/** Without a zone, and an IPv4 address that is written as one of IPv6 (`::ffff:10.0.0.1`, as dual-stack sockets do) as itself. */
export function plainAddress(text: string): string {
  const [address = ""] = text.split("%");
  if (!/ffff:/i.test(address) || isIP(address) !== 6) return address;
  const tail = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(new URL(`http://[${address}]`).hostname);
  if (tail === null) return address;
  const [high, low] = [Number.parseInt(tail[1] ?? "", 16), Number.parseInt(tail[2] ?? "", 16)];
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}

/**
 * Who sends the request. `X-Forwarded-For` is believed as far as trusted proxies have written it: the right-most hop that is none of
 * them (https://www.rfc-editor.org/rfc/rfc7239#section-8.1). Empty where nobody knows.
 */
export function clientAddress(
  request: Pick<IncomingMessage, "headers" | "socket">,
  trustedProxies: readonly string[],
): string {
  let address = plainAddress(request.socket.remoteAddress ?? "");
  if (trustedProxies.length === 0) return address;
  const hops = String(request.headers["x-forwarded-for"] ?? "").split(",");
  while (hops.length > 0 && liesIn(address, trustedProxies)) {
    const hop = hopAddress(hops.pop() ?? "");
    if (hop === undefined) return address;
    address = hop;
  }
  return address;
}

/** Some proxies write the port too: `10.0.0.1:4711`, `[2001:db8::1]:4711`. */
function hopAddress(text: string): string | undefined {
  const hop = text.trim();
  const bare = /^\[([^\]]*)\](?::\d+)?$/.exec(hop)?.[1] ?? /^([\d.]+):\d+$/.exec(hop)?.[1] ?? hop;
  const address = plainAddress(bare);
  return isIP(address) === 0 ? undefined : address;
}
