import * as Schema from "effect/Schema"
import { configIdPattern, maxExitSessions, maxIdLength, maxUsers } from "./Bounds.js"

/**
 * Text of `minimum` to 128 characters, counted as JSON Schema counts them: an emoji is one.
 *
 * @internal
 */
export const boundedText = (identifier: string, description: string, minimum: 0 | 1) => {
  const range = minimum === 0 ? `at most ${maxIdLength}` : `${minimum} to ${maxIdLength}`
  const message = () => ({ message: `must be ${range} characters`, override: true })
  const pattern = new RegExp(`^[\\s\\S]{${minimum},${maxIdLength}}$`, "u")
  return Schema.String.annotations({ message }).pipe(
    Schema.pattern(pattern, {
      identifier,
      title: identifier,
      description,
      message,
      jsonSchema: { type: "string", minLength: minimum, maxLength: maxIdLength, pattern: pattern.source },
      arbitrary: () => (fc) => fc.string({ minLength: minimum, maxLength: maxIdLength })
    })
  )
}

/**
 * ID of the configuration that a request addresses: 1 to 128 characters, otherwise opaque.
 *
 * Because the ID becomes a path segment, it must neither be `.` or `..` nor contain `/`, `\\`, `%` or a control character:
 * with these, even encoded, a proxy could address a different resource.
 *
 * Fails to decode with a `ParseError` that says so.
 *
 * @category parameters
 * @since 0.1.0
 */
export const ConfigIdParameter = Schema.String.annotations({
  message: () => ({ message: configIdMessage, override: true })
}).pipe(
  Schema.pattern(configIdPattern, {
    identifier: "ConfigIdParameter",
    title: "ConfigIdParameter",
    description: "Configuration ID.",
    message: () => ({ message: configIdMessage, override: true }),
    jsonSchema: { type: "string", minLength: 1, maxLength: maxIdLength, pattern: configIdPattern.source },
    arbitrary: () => (fc) => fc.stringMatching(/^[0-9a-f]{32}$/)
  })
)

const configIdMessage = `must be 1 to ${maxIdLength} characters, without / \\ % and control characters, and neither . nor ..`

/**
 * A user in a request: an ID, a name, or both, of 1 to 128 characters each.
 *
 * Fails to decode with a `ParseError` if both are absent. What identifies a user, if the two contradict each other, is
 * documented nowhere.
 *
 * Source: Table 4 of
 * {@link https://support.huaweicloud.com/intl/en-us/api-workspace/UpdateNonMigrationUsers.html UpdateNonMigrationUsers}.
 *
 * @category models
 * @since 0.1.0
 */
export const SentUser = Schema.Struct({
  user_id: Schema.optionalWith(boundedText("UserId", "User ID.", 1), { exact: true }),
  user_name: Schema.optionalWith(boundedText("UserName", "Username.", 1), { exact: true })
})
  .annotations({ message: () => "must be an object" })
  .pipe(
    Schema.filter(({ user_id, user_name }) => user_id !== undefined || user_name !== undefined, {
      identifier: "SentUser",
      title: "SentUser",
      description: "A user that is not migrated, by ID, name or both.",
      // Without `override`, which would also hide what is wrong with the fields.
      message: () => "must have a user_id or a user_name",
      jsonSchema: {}
    })
  )

/**
 * A user in a request, with an ID, a name, or both.
 *
 * @category models
 * @since 0.1.0
 */
export type SentUser = typeof SentUser.Type

/**
 * The users in a request: at most 1000.
 *
 * @category models
 * @since 0.1.0
 */
export const SentUsers = Schema.Array(SentUser)
  .annotations({ message: () => "must be an array" })
  .pipe(
    Schema.maxItems(maxUsers, {
      identifier: "SentUsers",
      title: "SentUsers",
      description: "Users that are not migrated.",
      message: () => `must be at most ${maxUsers} users`
    })
  )

/**
 * The two settings of a configuration, as they are sent: both are required.
 *
 * @category models
 * @since 0.1.0
 */
export const sentSettings = {
  /** Whether hotspot session migration is on. */
  hotspot_session_migration_enable: Schema.Boolean.annotations({
    description: "Whether to enable hotspot session migration.",
    message: () => ({ message: "must be true or false", override: true })
  }),
  /** Number of sessions that exit when a server runs hot: 0 to 100. */
  hotspot_exit_session_num: Schema.Int.annotations({
    message: () => ({ message: `must be an integer from 0 to ${maxExitSessions}`, override: true })
  }).pipe(
    Schema.between(0, maxExitSessions, {
      identifier: "ExitSessions",
      title: "ExitSessions",
      description: "Number of sessions that exit when a hotspot occurs.",
      message: () => ({ message: `must be an integer from 0 to ${maxExitSessions}`, override: true })
    })
  )
}
