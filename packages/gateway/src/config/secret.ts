/** A secret behind a function, so that no logger, inspector or JSON text can show it by accident. */
export interface Secret {
  readonly reveal: () => string;
}

export function secret(value: string): Secret {
  return { reveal: () => value };
}
