/**
 * The largest page that the API gives: 100 configurations.
 *
 * @category parameters
 */
export const maxLimit = 100

/**
 * The page size that the API uses where a call names none: 10 configurations. The documentation page gives the range
 * only; the specification behind it gives the default.
 *
 * @category parameters
 */
export const defaultLimit = 10

/**
 * The largest offset that the API takes.
 *
 * @category parameters
 */
export const maxOffset = 2147483647

/**
 * What a project ID can be: 1 to 128 letters, digits, `-` or `_`. See `ProjectId`.
 *
 * @category constants
 */
export const projectIdPattern = /^[0-9A-Za-z_-]{1,128}$/
