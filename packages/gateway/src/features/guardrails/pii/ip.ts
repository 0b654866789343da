import { type Detector, findAll } from "./finding.ts";

const V4 = /(?<![\w.-])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d|-\d)/g;
const V6 = /(?<![\w:.])[23][0-9a-f]{3}:(?:[0-9a-f]{0,4}:){1,7}[0-9a-f]{0,4}(?![\w:])/gi;
/** `version 1.2.3.4` */
const VERSION = /(?:\bv|\bver\.?|version|release|build)["']?[ :=]{0,2}["']?$/i;

/** Addresses that can belong to somebody: those of private networks, of documentation and of this machine are nobody's. */
export const ip: Detector = {
  kind: "ip",
  patterns: [V4, V6],
  find: (text) =>
    [
      ...findAll(text, V4, (value, { index, input }) => isGlobal(value) && !isVersion(input, index)),
      ...findAll(text, V6, isGlobalV6),
    ].map((place) => ({ kind: "ip", ...place })),
};

const isVersion = (text: string, at: number): boolean => VERSION.test(text.slice(Math.max(0, at - 12), at));

/** What belongs to nobody in particular, as first and last. https://www.iana.org/assignments/iana-ipv4-special-registry */
const RESERVED = [
  ["0.0.0.0", "0.255.255.255"],
  ["10.0.0.0", "10.255.255.255"],
  ["100.64.0.0", "100.127.255.255"],
  ["127.0.0.0", "127.255.255.255"],
  ["169.254.0.0", "169.254.255.255"],
  ["172.16.0.0", "172.31.255.255"],
  ["192.0.0.0", "192.0.0.255"],
  ["192.0.2.0", "192.0.2.255"],
  ["192.168.0.0", "192.168.255.255"],
  ["198.18.0.0", "198.19.255.255"],
  ["198.51.100.0", "198.51.100.255"],
  ["203.0.113.0", "203.0.113.255"],
  ["224.0.0.0", "255.255.255.255"],
].map((range) => range.map(numberOf));

function numberOf(address: string): number {
  return address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

function isGlobal(address: string): boolean {
  const isWritten = address.split(".").every((octet) => Number(octet) < 256 && !/^0\d/.test(octet));
  const number = numberOf(address);
  return isWritten && !RESERVED.some(([first = 0, last = 0]) => number >= first && number <= last);
}

/** Global unicast (2000::/3) but for 2001:db8::/32. https://www.rfc-editor.org/rfc/rfc4291 */
function isGlobalV6(address: string): boolean {
  if (/^2001:0?db8:/i.test(address)) return false;
  const [head = "", tail, ...more] = address.split("::");
  if (more.length > 0) return false;
  const groups = [head, tail ?? ""].flatMap((half) => (half === "" ? [] : half.split(":")));
  if (groups.some((group) => group === "" || group.length > 4)) return false;
  return tail === undefined ? groups.length === 8 : groups.length < 8;
}
