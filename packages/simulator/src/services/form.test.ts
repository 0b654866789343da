import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { boundaryOf, FormReader, fieldOf, type ReceivedForm } from "./form.ts";

const FORM =
  '--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nm\r\n' +
  '--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\na\r\n--\r\nb\r\n' +
  '--b\r\nContent-Disposition: form-data; name="empty"\r\n\r\n\r\n--b--\r\n';

function read(text: string, size = text.length): ReceivedForm {
  const reader = new FormReader("b");
  for (let at = 0; at < text.length; at += size) reader.push(Buffer.from(text.slice(at, at + size)));
  return reader.end();
}

test("reads the same, whatever pieces a form comes in", () => {
  for (const size of [1, 2, 3, 7, 40, FORM.length]) {
    const form = read(FORM, size);
    expect(form.problem).toBeUndefined();
    expect(form.parts.map(({ name, filename, contentType, size }) => ({ name, filename, contentType, size }))).toEqual([
      { name: "model", filename: undefined, contentType: undefined, size: 1 },
      { name: "file", filename: "a.wav", contentType: "audio/wav", size: 8 },
      { name: "empty", filename: undefined, contentType: undefined, size: 0 },
    ]);
    expect(form.parts[1]?.sha256).toBe(createHash("sha256").update("a\r\n--\r\nb").digest("hex"));
    expect(fieldOf(form, "model")).toBe("m");
    expect(fieldOf(form, "file")).toBeUndefined();
  }
});

test("forms that are none are a problem", () => {
  for (const text of [
    "",
    "--b",
    FORM.slice(0, -4),
    `x${FORM}`,
    FORM.replace("--b\r\n", "--b \r\n"),
    FORM.replaceAll(/name="model"/g, ""),
  ]) {
    expect(read(text).problem).toBeDefined();
  }
});

test("knows a boundary", () => {
  expect(boundaryOf("multipart/form-data; boundary=b")).toBe("b");
  expect(boundaryOf('multipart/form-data; boundary="b c"')).toBe("b c");
  expect(boundaryOf("application/json")).toBeUndefined();
  expect(boundaryOf("multipart/form-data")).toBeUndefined();
});
