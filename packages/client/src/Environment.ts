/**
 * The environment variables. An empty one counts as not set.
 *
 * @category models
 * @since 0.1.0
 */
export type Environment = Readonly<Record<string, string | undefined>>

/** What Kubernetes sets for a service `x-y` in every pod of its namespace: `X_Y_PORT=tcp://10.96.12.34:8080`. */
const isServiceLink = (name: string, value: string): boolean =>
  name.endsWith("_PORT") && /^(tcp|udp|sctp):\/\//.test(value)

/** Windows ignores the case of names, but a copy of the environment does not. */
const nameOf = (name: string): string => (globalThis.process?.platform === "win32" ? name.toUpperCase() : name)

/**
 * The variables as they are meant: values without the blanks and line ends around them, which files for Docker and systemd
 * that were written on Windows add, secrets included. Without those that are blank or empty, and without the links of
 * Kubernetes' services, which may have the names of settings.
 *
 * @category conversions
 * @since 0.1.0
 */
export const normalizeEnvironment = (environment: Environment): Environment =>
  Object.fromEntries(
    Object.entries(environment).flatMap(([name, value = ""]) => {
      const trimmed = value.trim()
      return trimmed === "" || isServiceLink(name, trimmed) ? [] : [[nameOf(name), trimmed]]
    })
  )
