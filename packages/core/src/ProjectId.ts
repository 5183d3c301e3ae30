import * as Schema from "effect/Schema"
import { projectIdPattern } from "./Bounds.js"

/**
 * ID of a project, the tenant-level unit that an API call addresses: 1 to 128 letters, digits, `-` or `_`. Real project IDs
 * have 32 hexadecimal digits; the documentation promises only a string.
 *
 * The characters are restricted because the ID becomes a path segment, in which `..`, `/` or `%2F` would address a
 * different resource.
 *
 * Fails to decode with a `ParseError` that names the allowed characters.
 *
 * Source: Table 1 of
 * {@link https://support.huaweicloud.com/intl/en-us/api-workspace/ListHotspotSessionConfig.html ListHotspotSessionConfig}.
 *
 * @category parameters
 * @since 0.1.0
 */
export const ProjectId = Schema.String.pipe(
  Schema.pattern(projectIdPattern, {
    identifier: "ProjectId",
    title: "ProjectId",
    description: "Project ID: 1 to 128 letters, digits, - or _",
    message: () => ({ message: "must be 1 to 128 letters, digits, - or _", override: true }),
    jsonSchema: { type: "string", minLength: 1, maxLength: 128, pattern: projectIdPattern.source },
    examples: ["a4da8115c9d8464ead3a38309130523f"],
    arbitrary: () => (fc) => fc.stringMatching(/^[0-9a-f]{32}$/)
  }),
  Schema.brand("ProjectId")
)

/**
 * The ID of a project that has been checked.
 *
 * @category parameters
 * @since 0.1.0
 */
export type ProjectId = typeof ProjectId.Type
