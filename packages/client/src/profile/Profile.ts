import type * as Either from "effect/Either"
import type * as Redacted from "effect/Redacted"

/**
 * A value and where it was found, for people: `environment variable HUAWEICLOUD_SDK_AK`.
 *
 * @category models
 */
export interface SourcedValue<A> {
  readonly value: A
  readonly source: string
}

/**
 * What a profile authorises with.
 *
 * @category models
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
 * What a source says: credentials, and what belongs to them.
 *
 * @category models
 */
export interface Profile {
  /** Name of the source, such as `environment` or a file's path. */
  readonly source: string
  readonly credentials: ProfileCredentials
  readonly projectId?: SourcedValue<string> | undefined
  readonly region?: SourcedValue<string> | undefined
  readonly iamEndpoint?: SourcedValue<string> | undefined
}

/**
 * Why a source gave no profile. It is passed over, unless it is `ambiguous`: what it says can be meant in two ways, and to
 * go on would be a guess. Nor is it passed over where it has a `refusal`: it names credentials that cannot be understood,
 * and to go on would be to use others.
 *
 * @category models
 */
export interface SkippedSource {
  readonly source: string
  readonly reason: string
  /** The names of what is there, where one that was asked for is not. */
  readonly others?: ReadonlyArray<string> | undefined
  /** Whether it says something, but not enough or not well. */
  readonly broken?: boolean
  readonly ambiguous?: boolean
  /** What to do, where the search ends here. */
  readonly refusal?: string
}

/**
 * What looking at a source gives.
 *
 * @category models
 */
export type ProfileLookup = Either.Either<Profile, SkippedSource>

/**
 * The environment's variables. An empty one counts as not set.
 *
 * @category models
 */
export type Environment = Readonly<Record<string, string | undefined>>
