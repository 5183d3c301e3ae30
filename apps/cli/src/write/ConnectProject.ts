import type * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Io from "../Io.js"
import type { CallFlags } from "../options/CommonOptions.js"
import type { CommandError } from "../output/ErrorReport.js"
import { clientFor, resolver } from "../TargetResolver.js"
import type { Project } from "./Reading.js"

/** Resolves the one project of a command. */
export const connectProject = Effect.fnUntraced(function* (
  flags: CallFlags
): Effect.fn.Return<Project, CommandError, HttpClient.HttpClient | Scope.Scope | Io.Io> {
  const resolve = yield* resolver(flags, [flags])
  const target = yield* resolve(flags)
  return { client: yield* clientFor(target, flags.timeout), projectId: target.projectId }
})
