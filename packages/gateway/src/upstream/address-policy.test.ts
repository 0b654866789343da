import { expect, test } from "vitest";
import { assertPublicHost, ForbiddenAddressError, isPublicAddress } from "./address-policy.ts";

test.each([
  "127.0.0.1",
  "127.8.9.1",
  "0.0.0.0",
  "10.1.2.3",
  "100.64.0.1",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.1.1",
  "224.0.0.1",
  "255.255.255.255",
  "::1",
  "::",
  "::ffff:127.0.0.1",
  "::ffff:169.254.169.254",
  "::ffff:a00:1",
  "64:ff9b::7f00:1",
  "fc00::1",
  "fd12::1",
  "fe80::1",
  "ff02::1",
])("%s is not public", (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test.each(["1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"])(
  "%s is public",
  (address) => {
    expect(isPublicAddress(address)).toBe(true);
  },
);

test.each([
  "http://127.0.0.1/",
  "http://2130706433/",
  "http://0x7f.1/",
  "http://[::ffff:169.254.169.254]/",
  "http://[::1]:80/",
])("%s is refused before a socket is made", (url) => {
  expect(() => assertPublicHost(new URL(url))).toThrow(ForbiddenAddressError);
});

test("a name is left to the lookup, which sees its addresses", () => {
  expect(() => assertPublicHost(new URL("https://api.example.com/"))).not.toThrow();
});
