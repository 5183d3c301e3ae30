/** The caller's `X-Request-Id` if it is 1 to 128 visible ASCII characters, which need no escaping, or a new one. */
export const requestIdOf = (header: string | undefined, randomUUID: () => string): string =>
  header !== undefined && /^[\x21-\x7e]{1,128}$/.test(header) ? header : randomUUID()
