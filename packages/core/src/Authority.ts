/**
 * Host and port as URLs and `Host` headers have them, with an IPv6 address in brackets: `[::1]:8080`.
 *
 * @see RFC 3986, section 3.2
 * @category conversions
 * @since 0.1.0
 */
export const authorityOf = ({ host, port }: { readonly host: string; readonly port: number }): string =>
  `${host.includes(":") ? `[${host}]` : host}:${port}`
