/**
 * What an error means for the program, in place of its tag. The predicates accept any value, so that they work on every error
 * channel.
 *
 * @example
 * ```ts
 * import { ErrorCategory, HotspotSession } from "@hotspot-session/client"
 * import { Effect } from "effect"
 *
 * const page = Effect.flatMap(HotspotSession.HotspotSession, ({ listHotspotSessionConfig }) =>
 *   listHotspotSessionConfig({ project_id: "a4da8115c9d8464ead3a38309130523f" })
 * ).pipe(
 *   Effect.catchIf(ErrorCategory.isAvailability, () => Effect.succeed({ items: [] })),
 *   Effect.tapError((error) => Effect.log(ErrorCategory.of(error)))
 * )
 * ```
 *
 * @module
 */
import { type CallError, errorClasses } from "./CallError.js"
import { PaginationError } from "./PaginationError.js"
import { ProjectLookupError } from "./ProjectLookupError.js"

/**
 * The category of an error:
 *
 * - `authentication`: the credentials are missing, wrong or expired, or lack a permission
 * - `throttling`: too many requests
 * - `availability`: the service, the network or the provider of the credentials failed; the same call may succeed later
 * - `rejection`: the request or the settings are wrong; the same call fails again
 * - `response`: what responds is not the service, or not as documented
 *
 * @category models
 * @since 0.1.0
 */
export type ErrorCategory = "authentication" | "throttling" | "availability" | "rejection" | "response"

/**
 * The errors that have a category.
 *
 * @category models
 * @since 0.1.0
 */
export type Categorized = CallError | PaginationError | ProjectLookupError

type CategoryOf<E> = ErrorCategory | ((error: E) => ErrorCategory)

const categories: { readonly [Tag in Categorized["_tag"]]: CategoryOf<Extract<Categorized, { readonly _tag: Tag }>> } =
  {
    BadRequest: "rejection",
    Unauthorized: "authentication",
    Forbidden: "authentication",
    NotFound: "rejection",
    MethodNotAllowed: "rejection",
    TooManyRequests: "throttling",
    InternalServerError: "availability",
    ServiceUnavailable: "availability",
    UnexpectedStatus: ({ status }) => (status >= 500 ? "availability" : status >= 400 ? "rejection" : "response"),
    TransportError: ({ code, reason }) => {
      switch (reason) {
        case "request":
          return "rejection"
        case "protocol":
        case "size":
        case "encoding":
          return "response"
        case "proxy":
          return /^ERR_PROXY_40[17]$/.test(code ?? "") ? "authentication" : "availability"
        default:
          return "availability"
      }
    },
    DecodeError: "response",
    CredentialsError: ({ unavailable }) => (unavailable ? "availability" : "authentication"),
    InvalidRequest: "rejection",
    PaginationError: "response",
    ProjectLookupError: "rejection"
  }

const classes = { ...errorClasses, PaginationError, ProjectLookupError }

/**
 * The category of an error.
 *
 * @category conversions
 * @since 0.1.0
 */
export const of = (error: Categorized): ErrorCategory => {
  const category = categories[error._tag] as CategoryOf<Categorized>
  return typeof category === "function" ? category(error) : category
}

/** Errors of other libraries may have the same tags. */
const isCategorized = (value: unknown): value is Categorized =>
  Object.values(classes).some((Class) => value instanceof Class)

const has =
  (category: ErrorCategory) =>
  (error: unknown): boolean =>
    isCategorized(error) && of(error) === category

/**
 * Whether the credentials are missing, wrong or expired, or lack a permission: `Unauthorized`, `Forbidden`,
 * `CredentialsError` unless the provider of the credentials is unavailable, and `TransportError` if a proxy rejects them.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isAuthentication: (error: unknown) => boolean = has("authentication")

/**
 * Whether there were too many requests: `TooManyRequests`.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isThrottling: (error: unknown) => boolean = has("throttling")

/**
 * Whether the service, the network or the provider of the credentials failed: a status of 500 or more, `TransportError`
 * unless its reason is in another category, and `CredentialsError` if the provider is unavailable.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isAvailability: (error: unknown) => boolean = has("availability")

/**
 * Whether the request or a setting is wrong: `InvalidRequest`, `ProjectLookupError`, a status from 400 to 499 that is in no
 * other category, and `TransportError` if the request cannot be sent.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isRejection: (error: unknown) => boolean = has("rejection")

/**
 * Whether the response is not as documented: `DecodeError`, `PaginationError`, a status below 400, and `TransportError` if
 * the response is not HTTP, too large, or not in a known encoding.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isResponse: (error: unknown) => boolean = has("response")

/**
 * Whether a write may have been made: its `outcome` is `unknown`. Independent of the category.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isUnknownOutcome = (error: unknown): boolean => isCategorized(error) && error.outcome === "unknown"
