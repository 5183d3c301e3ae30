import * as Either from "effect/Either"
import * as GatewayError from "./GatewayError.js"

/** What a token gives access to: every project, one project, or no project. */
export type TokenScope =
  | { readonly _tag: "EveryProject" }
  | { readonly _tag: "Project"; readonly projectId: string }
  | { readonly _tag: "NoProject" }

/** A token that was issued. */
export interface Token {
  readonly scope: TokenScope
  /** Epoch milliseconds from which on it is refused; `Infinity` for never. */
  readonly expiresAt: number
}

/** What a request proves its sender with. */
export type Presented =
  | { readonly _tag: "Token"; readonly token: string }
  | { readonly _tag: "Signature"; readonly authorization: string }
  | { readonly _tag: "Nothing" }

/**
 * What a request proves its sender with. A signature goes before a token, so that a request never passes by a signature
 * that was not looked at.
 */
export const presented = (headers: Readonly<Record<string, string | undefined>>): Presented => {
  const authorization = headers["authorization"]
  if (authorization !== undefined && /^(?:SDK|V11)-[A-Z0-9-]+(?:\s|$)/.test(authorization)) {
    return { _tag: "Signature", authorization }
  }
  const token = headers["x-auth-token"]
  return token === undefined || token === "" ? { _tag: "Nothing" } : { _tag: "Token", token }
}

/** Whether a token is good for a project at a time, epoch milliseconds; `undefined` is a token that is not known. */
export const checkToken = (
  token: Token | undefined,
  projectId: string,
  now: number
): Either.Either<void, GatewayError.GatewayError> => {
  if (token === undefined) return Either.left(GatewayError.tokenUnknown)
  if (now >= token.expiresAt) return Either.left(GatewayError.tokenExpired)
  switch (token.scope._tag) {
    case "EveryProject":
      return Either.void
    case "NoProject":
      return Either.left(GatewayError.projectForbidden)
    case "Project":
      return token.scope.projectId === projectId ? Either.void : Either.left(GatewayError.projectForbidden)
  }
}

/** Whether a request may go on to a project; if not, the gateway's answer. */
export const authenticate = (options: {
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly projectId: string
  /** Epoch milliseconds. */
  readonly now: number
  readonly lookup: (token: string) => Token | undefined
}): Either.Either<void, GatewayError.GatewayError> => {
  const credentials = presented(options.headers)
  switch (credentials._tag) {
    case "Nothing":
      return Either.left(GatewayError.tokenMissing)
    case "Signature":
      return Either.left(GatewayError.notEmulated("verify signatures yet: send an X-Auth-Token instead"))
    case "Token":
      return checkToken(options.lookup(credentials.token), options.projectId, options.now)
  }
}
