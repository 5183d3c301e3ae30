import type * as Either from "effect/Either"
import type * as Redacted from "effect/Redacted"

/**
 * A value and where it was found, for messages: `environment variable HUAWEICLOUD_SDK_AK`.
 *
 * @category models
 * @since 0.1.0
 */
export interface SourcedValue<A> {
  readonly value: A
  readonly source: string
}

/**
 * The credentials of a profile.
 *
 * @category models
 * @since 0.1.0
 */
export type ProfileCredentials =
  | { readonly _tag: "Token"; readonly token: SourcedValue<Redacted.Redacted<string>> }
  | {
      readonly _tag: "AccessKey"
      readonly accessKey: SourcedValue<string>
      readonly secretKey: SourcedValue<Redacted.Redacted<string>>
      readonly securityToken?: SourcedValue<Redacted.Redacted<string>> | undefined
    }
  | {
      readonly _tag: "Password"
      readonly domainName: SourcedValue<string>
      readonly userName: SourcedValue<string>
      readonly password: SourcedValue<Redacted.Redacted<string>>
    }
  | { readonly _tag: "EcsMetadata"; readonly source: string }

/**
 * Credentials and the settings that belong to them, from one source.
 *
 * @category models
 * @since 0.1.0
 */
export interface Profile {
  /** Name of the source, such as `environment` or a file's path. */
  readonly source: string
  /** Path of the file that has the credentials. */
  readonly file?: string | undefined
  readonly credentials: ProfileCredentials
  readonly projectId?: SourcedValue<string> | undefined
  readonly region?: SourcedValue<string> | undefined
  readonly iamEndpoint?: SourcedValue<string> | undefined
}

/**
 * Why a source has no profile. The search continues with the next source, except in two cases: the source is `ambiguous`,
 * so that continuing would be a guess, or it has a `refusal` because it has credentials that cannot be used, so that
 * continuing would use different ones.
 *
 * @category models
 * @since 0.1.0
 */
export interface SkippedSource {
  readonly source: string
  readonly reason: string
  /** The names that exist, if the requested one does not. */
  readonly others?: ReadonlyArray<string> | undefined
  /** Whether the source has settings, but they are incomplete or invalid. */
  readonly broken?: boolean
  readonly ambiguous?: boolean
  /** What to do if the search ends here. */
  readonly refusal?: string
}

/**
 * The result of searching a source.
 *
 * @category models
 * @since 0.1.0
 */
export type ProfileLookup = Either.Either<Profile, SkippedSource>

/**
 * The environment variables. An empty one counts as not set.
 *
 * @category models
 * @since 0.1.0
 */
export type Environment = Readonly<Record<string, string | undefined>>
