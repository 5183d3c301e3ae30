import type { SourcedValue as ClientSourcedValue, Environment } from "@hotspot-session/client"

/** A value and its source as text, such as `environment variable HOTSPOT_SESSION_REGION`. */
export type SourcedValue = ClientSourcedValue<string>

/** A value of the command line, or of the file that `source` names. */
export const fromOption = (
  name: string,
  value: string | undefined,
  source = `option --${name}`
): SourcedValue | undefined => (value === undefined ? undefined : { value, source })

export const fromVariable = (environment: Environment, name: string): SourcedValue | undefined => {
  const value = environment[name]
  return value === undefined || value === "" ? undefined : { value, source: `environment variable ${name}` }
}
