/**
 * The largest page size that the API accepts: 100 configurations.
 *
 * @category parameters
 * @since 0.1.0
 */
export const maxLimit = 100

/**
 * The page size that the API uses by default: 10 configurations. The documentation page gives only the range; the default
 * comes from the specification behind it.
 *
 * @category parameters
 * @since 0.1.0
 */
export const defaultLimit = 10

/**
 * The largest offset that the API accepts.
 *
 * @category parameters
 * @since 0.1.0
 */
export const maxOffset = 2147483647

/**
 * The pattern of a project ID: 1 to 128 letters, digits, `-` or `_`. See `ProjectId`.
 *
 * @category constants
 * @since 0.1.0
 */
export const projectIdPattern = /^[0-9A-Za-z_-]{1,128}$/

/**
 * The pattern of a configuration ID that a request addresses. See `ConfigIdParameter`.
 *
 * @category constants
 * @since 0.1.0
 */
export const configIdPattern = /^(?!\.{1,2}$)[^\p{C}\p{Zl}\p{Zp}/\\%]{1,128}$/u

/**
 * The largest number of sessions that exit when a server runs hot.
 *
 * @category parameters
 * @since 0.1.0
 */
export const maxExitSessions = 100

/**
 * The largest number of users in one request.
 *
 * @category parameters
 * @since 0.1.0
 */
export const maxUsers = 1000

/**
 * The largest number of characters of a configuration ID, a user ID and a user name.
 *
 * @category parameters
 * @since 0.1.0
 */
export const maxIdLength = 128
