import * as Either from "effect/Either"
import * as GatewayError from "./GatewayError.js"

/** The projects that a token gives access to. */
export type TokenScope =
  | { readonly _tag: "EveryProject" }
  | { readonly _tag: "Project"; readonly projectId: string }
  | { readonly _tag: "NoProject" }

export interface Token {
  readonly scope: TokenScope
  /** Epoch milliseconds from which the token is rejected; `Infinity` if it does not expire. */
  readonly expiresAt: number
}

export type RequestCredentials =
  | { readonly _tag: "Token"; readonly token: string }
  | { readonly _tag: "Signature"; readonly authorization: string }
  | { readonly _tag: "Nothing" }

/** A signature takes precedence over a token, so that a wrong signature is never ignored. */
export const credentialsOf = (headers: Readonly<Record<string, string | undefined>>): RequestCredentials => {
  const authorization = headers["authorization"]
  if (authorization !== undefined && /^(?:SDK|V11)-[A-Z0-9-]+(?:\s|$)/.test(authorization)) {
    return { _tag: "Signature", authorization }
  }
  const token = headers["x-auth-token"]
  return token === undefined || token === "" ? { _tag: "Nothing" } : { _tag: "Token", token }
}

/**
 * The scope of a signed request. An access key is valid for every project, but a request with `X-Project-Id` only for that
 * one.
 */
export const signatureScope = (headers: Readonly<Record<string, string | undefined>>): TokenScope => {
  const projectId = headers["x-project-id"]
  return projectId === undefined ? { _tag: "EveryProject" } : { _tag: "Project", projectId }
}

export const authorize = (scope: TokenScope, projectId: string): Either.Either<void, GatewayError.GatewayError> =>
  scope._tag === "EveryProject" || (scope._tag === "Project" && scope.projectId === projectId)
    ? Either.void
    : Either.left(GatewayError.projectForbidden)
