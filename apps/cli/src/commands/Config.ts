import { type Profile, ProfileChain, type SkippedSource, type SourcedValue } from "@hotspot-session/client"
import type { CredentialsError } from "@hotspot-session/core"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { ConfigFlags } from "../commandLine/Invocation.js"
import { ExitCode } from "../ExitCode.js"
import * as Http from "../Http.js"
import * as Io from "../Io.js"
import type { Colours } from "../output/Colours.js"
import { printable, printableJson } from "../output/Printable.js"
import { alignColumns } from "../output/Table.js"
import { locate, ownEndpoint, type Target } from "../Settings.js"

/** A setting as it is shown: `value` is absent where there is none. */
interface Shown {
  readonly setting: string
  readonly value?: string | undefined
  /** Where the value comes from, or why there is none. */
  readonly origin: string
}

const hidden = "********"

/** Enough of an access key to tell it from another. */
const masked = (key: string): string => (key.length < 12 ? hidden : `${key.slice(0, 4)}…${key.slice(-4)}`)

const shown = (setting: string, located: SourcedValue<string> | undefined, otherwise: string): Shown =>
  located === undefined ? { setting, origin: otherwise } : { setting, value: located.value, origin: located.source }

const credentialsShown = ({ credentials, source }: Profile): ReadonlyArray<Shown> => {
  const kind = (value: string): Shown => ({ setting: "credentials", value, origin: source })
  switch (credentials._tag) {
    case "Token":
      return [kind("token"), { setting: "token", value: hidden, origin: credentials.token.source }]
    case "AccessKey": {
      const { accessKey, secretKey, securityToken } = credentials
      return [
        kind(securityToken === undefined ? "access key" : "temporary access key"),
        { setting: "access key", value: masked(accessKey.value), origin: accessKey.source },
        { setting: "secret key", value: hidden, origin: secretKey.source },
        ...(securityToken === undefined
          ? []
          : [{ setting: "security token", value: hidden, origin: securityToken.source }])
      ]
    }
    case "Password": {
      const { domainName, password, userName } = credentials
      return [
        kind("IAM user"),
        shown("domain", domainName, ""),
        shown("user", userName, ""),
        { setting: "password", value: hidden, origin: password.source }
      ]
    }
    case "EcsMetadata":
      return [{ setting: "credentials", value: "agency of this ECS", origin: credentials.source }]
  }
}

const targetShown = ({ endpoint, iamEndpoint, projectId, region }: Target): ReadonlyArray<Shown> => [
  shown(
    "project",
    projectId,
    region === undefined || Either.getOrUndefined(iamEndpoint) === undefined
      ? "not given"
      : `looked up by the region ${region.value}`
  ),
  shown("region", region, "not given"),
  Either.match(endpoint, {
    onLeft: ({ message }) => ({ setting: "endpoint", origin: message }),
    onRight: (endpoint) => shown("endpoint", endpoint, "")
  }),
  Either.match(iamEndpoint, {
    onLeft: ({ message }) => ({ setting: "IAM endpoint", origin: message }),
    onRight: (located) => shown("IAM endpoint", located, "not given, and the endpoint is not a region's")
  })
]

const table = (settings: ReadonlyArray<Shown>, skipped: ReadonlyArray<SkippedSource>, colours: Colours): string => {
  const rows = settings.map(({ origin, setting, value = "-" }) => [setting, value, origin].map(printable))
  const misses = skipped.map(({ reason, source }) => `  ${printable(source)}: ${printable(reason)}\n`)
  return `${alignColumns([["SETTING", "VALUE", "FROM"], ...rows], colours)}${
    misses.length === 0 ? "" : `\nPassed over:\n${misses.join("")}`
  }`
}

const json = (settings: ReadonlyArray<Shown>, skipped: ReadonlyArray<SkippedSource>): string =>
  `${printableJson({ settings, passed_over: skipped.map(({ reason, source }) => ({ source, reason })) }, 2)}\n`

/**
 * `hotspot-session config`: what would be used, and why. Nothing is asked but the ECS metadata service. Fails, after all has
 * been shown, where there are credentials that cannot be used as they are meant.
 */
export const config = (flags: ConfigFlags): Effect.Effect<ExitCode, CredentialsError, Io.Io> =>
  Effect.gen(function* () {
    const io = yield* Io.Io
    const endpoint = ownEndpoint(locate(flags, io.machine.environment, undefined))
    const found = yield* Effect.either(ProfileChain.resolve(io.machine, flags.profile, endpoint))
    const profile = Either.isRight(found) ? found.right.profile : undefined
    const refusal = Either.isLeft(found) && found.left.refused === true ? found.left : undefined
    const skipped = refusal !== undefined ? [] : Either.isRight(found) ? found.right.skipped : found.left.attempted
    const settings = [
      ...targetShown(locate(flags, io.machine.environment, profile)),
      ...(profile === undefined
        ? [{ setting: "credentials", origin: Either.isLeft(found) ? found.left.reason : "" }]
        : credentialsShown(profile))
    ]
    yield* io.data(flags.output === "json" ? json(settings, skipped) : table(settings, skipped, io.colours.stdout))
    return refusal === undefined ? ExitCode.ok : yield* refusal
  }).pipe(Effect.provide(Http.layer(flags.debug)))
