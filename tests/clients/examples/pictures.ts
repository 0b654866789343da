/** A picture of one pixel: what the pages call `photo.png`. */
export const PICTURE =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

export const pictureFile = (name: string, field = "image") => ({
  name: field,
  value: new Uint8Array(Buffer.from(PICTURE, "base64")),
  file: { name, type: "image/png" },
});
