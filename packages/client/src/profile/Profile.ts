import type * as Duration from "effect/Duration"
import type * as Either from "effect/Either"
import type * as Redacted from "effect/Redacted"
import type { Address } from "./Cloud.js"

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
  | {
      /** A workload that an identity provider vouches for; see `Federation`. */
      readonly _tag: "Federation"
      readonly idpId: SourcedValue<string>
      readonly idToken:
        | { readonly _tag: "File"; readonly path: SourcedValue<string> }
        | { readonly _tag: "Value"; readonly token: SourcedValue<Redacted.Redacted<string>> }
      readonly lifetime?: SourcedValue<Duration.Duration> | undefined
    }
  | {
      /** The agent of a pod; see `PodIdentity`. */
      readonly _tag: "PodIdentity"
      readonly uri: SourcedValue<string>
      readonly tokenFile: SourcedValue<string>
    }
  | {
      /** An agency, and the credentials that it is assumed with; see `Agency`. */
      readonly _tag: "Agency"
      readonly agencyName: SourcedValue<string>
      readonly domainName?: SourcedValue<string> | undefined
      readonly domainId?: SourcedValue<string> | undefined
      readonly lifetime?: SourcedValue<Duration.Duration> | undefined
      readonly base: ProfileCredentials
    }

/**
 * The domain of the cloud that a source is for.
 *
 * @category models
 * @since 0.1.0
 */
export interface SourceCloud extends SourcedValue<string> {
  /** Whether only the region of the source says so. Then regions of another cloud are not taken for regions of this one. */
  readonly isImplied?: boolean | undefined
}

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
  /** Name of the project, which takes precedence over the region's and not over `projectId`. */
  readonly projectName?: SourcedValue<string> | undefined
  readonly region?: SourcedValue<string> | undefined
  readonly iamEndpoint?: Address | undefined
  /** The domain of the cloud that the credentials are for, if the source names one, also by a region such as `eu-west-101`. */
  readonly cloud?: SourceCloud | undefined
}

/**
 * Why a source has no profile. The search ends there in three cases: the source is `ambiguous`, so that continuing would be a
 * guess; it has a `refusal` because it has credentials that cannot be used, so that continuing would use different ones; or
 * it is `unavailable`, so that it may have credentials a moment later. After a source that is `broken` the search only finds
 * out what else is broken on this machine, unless it is `passedOver`.
 *
 * @category models
 * @since 0.1.0
 */
export interface SkippedSource {
  readonly source: string
  readonly reason: string
  /** The names that exist, if the requested one does not. */
  readonly others?: ReadonlyArray<string> | undefined
  /** Whether the source has settings, but they are incomplete or invalid. No later source is used, which may have another identity. */
  readonly broken?: boolean
  /** Whether later sources are used although it is broken, because nothing of it is meant for this client. */
  readonly passedOver?: boolean
  readonly ambiguous?: boolean
  readonly unavailable?: boolean
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
