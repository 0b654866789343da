import { type Detector, findAll } from "./finding.ts";

/** RFC 5321 lets the local part have 64 characters and a label of the domain 63; letters of all scripts, as RFC 6531 does. */
const ADDRESS =
  /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}_%+-][\p{L}\p{N}._%+'-]{0,63}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,62})\.){1,8}\p{L}[\p{L}\p{N}-]{0,22}\p{L}(?![\p{L}\p{N}])/gu;

/** `icon@2x.png`, and the `git@host:path` of a repository. */
const PICTURE = /@[1-4]x\./i;

export const email: Detector = {
  kind: "email",
  patterns: [ADDRESS],
  find(text) {
    if (!text.includes("@")) return [];
    return findAll(text, ADDRESS, (value, { index, input }) => {
      const after = input[index + value.length];
      return !PICTURE.test(value) && !(value.startsWith("git@") && after === ":");
    }).map((place) => ({ kind: "email", ...place }));
  },
};
