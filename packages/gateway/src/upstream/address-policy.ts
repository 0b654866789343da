import { type LookupAddress, lookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";

/**
 * Addresses that a target may not stand on unless an operator wrote it: loopback, private, link-local, carrier-grade NAT,
 * multicast, metadata services and the IPv6 forms that hide them (RFC 6890, RFC 4291, RFC 6052).
 */
const FORBIDDEN = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const) {
  FORBIDDEN.addSubnet(network, prefix, "ipv4");
}
for (const [network, prefix] of [
  ["::", 96],
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
] as const) {
  FORBIDDEN.addSubnet(network, prefix, "ipv6");
}

/** IPv4-mapped IPv6 addresses are judged as the IPv4 address: `BlockList` does that itself. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && !FORBIDDEN.check(address, family === 4 ? "ipv4" : "ipv6");
}

export class ForbiddenAddressError extends Error {
  override readonly name = "ForbiddenAddressError";
  constructor(host: string) {
    super(`The address of ${host} is not public, and this target may only stand on a public one.`);
  }
}

/**
 * A DNS lookup that refuses non-public answers. It runs when the socket is made, on the addresses that are then
 * connected to, so a name that changes between check and use gains nothing. Sockets to literal addresses skip
 * lookups: see `assertPublicHost`.
 */
export const publicOnlyLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error !== null) return callback(error, "", 0);
    const allowed = addresses.filter(({ address }) => isPublicAddress(address));
    const [first] = allowed;
    if (first === undefined) return callback(new ForbiddenAddressError(hostname), "", 0);
    if (options.all === true) return callback(null, allowed);
    return callback(null, first.address, first.family);
  });
};

/** Refuses a URL whose host is a literal address that is not public. */
export function assertPublicHost(url: URL): void {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) !== 0 && !isPublicAddress(host)) throw new ForbiddenAddressError(host);
}
