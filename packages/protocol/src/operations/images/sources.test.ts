import { expect, test } from "vitest";
import { readSources } from "./sources.ts";

const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ";

test.each([
  [PNG, "image/png"],
  ["/9j/4AAQSkZJRg", "image/jpeg"],
  ["UklGRiIAAABXRUJQ", "image/webp"],
  ["R0lGODlhAQABAIAAAAUEBA", "image/gif"],
])("base64 without a word about it is known by its beginning: %s", (data, mediaType) => {
  for (const body of [{ images: [data] }, { image: data }, { image: [data] }]) {
    expect(readSources(body)).toEqual({ images: [{ type: "base64", mediaType, data }], areBare: true });
  }
});

test("a bare mask beside a picture in OpenAI's words makes both otherwise written", () => {
  const read = readSources({ images: [{ image_url: "https://x.example/a.png" }], mask: PNG });
  expect(read).toMatchObject({ areBare: true, mask: { mediaType: "image/png" } });
});

test.each([
  { images: [{ image_url: "https://x.example/a.png" }], mask: { file_id: "file-1" } },
  { image: "https://x.example/a.png" },
  { image: `data:image/png;base64,${PNG}` },
  {},
])("addresses and files are as servers of OpenAI's API take them", (body) => {
  expect(readSources(body).areBare).toBe(false);
});

test("a picture that is neither is refused, by its place", () => {
  expect(() => readSources({ images: [{ image_url: "https://x.example/a.png" }, 3] })).toThrow("images.1");
});
