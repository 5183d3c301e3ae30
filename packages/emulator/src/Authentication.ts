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

/** What a token opens at a time, epoch milliseconds; `undefined` is a token that is not known. */
export const checkToken = (
  token: Token | undefined,
  now: number
): Either.Either<TokenScope, GatewayError.GatewayError> => {
  if (token === undefined) return Either.left(GatewayError.tokenUnknown)
  return now < token.expiresAt ? Either.right(token.scope) : Either.left(GatewayError.tokenExpired)
}

/**
 * What a signature opens. An access key is good for every project, but a request that says in `X-Project-Id` which one it
 * is for is good for that one.
 */
export const signatureScope = (headers: Readonly<Record<string, string | undefined>>): TokenScope => {
  const projectId = headers["x-project-id"]
  return projectId === undefined ? { _tag: "EveryProject" } : { _tag: "Project", projectId }
}

/** Whether a project may be looked at. */
export const authorize = (scope: TokenScope, projectId: string): Either.Either<void, GatewayError.GatewayError> =>
  scope._tag === "EveryProject" || (scope._tag === "Project" && scope.projectId === projectId)
    ? Either.void
    : Either.left(GatewayError.projectForbidden)
