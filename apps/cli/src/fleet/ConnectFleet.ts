import { Credentials, HotspotSession, type RetryPolicy } from "@hotspot-session/client"
import { CredentialsError } from "@hotspot-session/core"
import type { Connection } from "@hotspot-session/fleet/EachTarget"
import { makeRequestPace } from "@hotspot-session/fleet/RequestPace"
import { ExitCode } from "@hotspot-session/settings/ExitCode"
import type { TargetRequest } from "@hotspot-session/settings/Target"
import * as Effect from "effect/Effect"
import type * as Http from "../Http.js"
import * as Io from "../Io.js"
import type { Origin } from "../Origin.js"
import type { CallFlags } from "../options/CommonOptions.js"
import { plural } from "../output/Counts.js"
import type { CommandError } from "../output/ErrorReport.js"
import type { Resolve } from "../TargetResolver.js"

/** The connection to one of several targets, and its location. */
export interface TargetConnection extends Connection {
  readonly region?: string | undefined
  readonly endpoint: string
}

export type Connect = (request: TargetRequest) => Effect.Effect<TargetConnection, CommandError, Http.Requirements>

interface FleetFlags extends Pick<CallFlags, "timeout" | "demo"> {
  readonly rate?: number | undefined
}

/** Each call brings the credentials of its target. */
const noCredentials: Credentials.Service = {
  get: Effect.fail(new CredentialsError({ reason: "A call of a target brought no credentials" })),
  invalidate: () => Effect.succeed(false)
}

/** Connects to targets by one client, whose requests share a rate and the pauses that the service asks for. */
export const connectFleet = Effect.fnUntraced(function* (
  resolve: Resolve,
  { demo, rate, timeout }: FleetFlags
): Effect.fn.Return<Connect, never, Http.Requirements | Io.Io> {
  const { progress } = yield* Io.Io
  // The command line has already rejected invalid options, here and below.
  const pace = yield* Effect.orDie(makeRequestPace({ perMinute: rate }))
  const retry: RetryPolicy.RetryPolicy = {
    decide: (failure) => Effect.zipRight(progress({ doing: failure.error.message }), pace.retry.decide(failure))
  }
  const client = yield* HotspotSession.make({ endpoint: "http://localhost", retry, timeout }).pipe(
    Effect.provideService(Credentials.Credentials, noCredentials),
    Effect.orDie
  )
  const shared = { client: pace.paced(client), burst: pace.bursts(client) }
  return (request) =>
    Effect.map(resolve(request), ({ credentials, endpoint, projectId, region }) => ({
      ...shared,
      projectId,
      options: { endpoint, credentials },
      region,
      // Its port differs from run to run.
      endpoint: demo ? "demo" : endpoint
    }))
})

/** Shows how many of the projects are done, in place of the last failure. */
export const projectProgress =
  ({ progress }: Io.Service, total: number) =>
  (done: number): Effect.Effect<void> =>
    progress({ done: `${done} of ${plural(total, "project")}`, doing: undefined })

export const originOf = ({ endpoint, projectId, region }: TargetConnection): Origin => ({
  ...(region === undefined ? { endpoint } : { region }),
  project_id: projectId
})

/** Has no project ID if the lookup failed. */
export const knownOrigin = ({
  connection,
  target: { projectId, region }
}: {
  readonly connection: TargetConnection | undefined
  readonly target: TargetRequest
}): Partial<Origin> =>
  connection !== undefined
    ? originOf(connection)
    : {
        ...(region === undefined ? {} : { region }),
        ...(projectId === undefined ? {} : { project_id: projectId })
      }

/** The exit code of several projects: their common one, or `partial`. */
export const commonExitCode = (codes: Iterable<ExitCode>): ExitCode => {
  const [code = ExitCode.ok, ...others] = new Set(codes)
  return others.length === 0 ? code : ExitCode.partial
}
