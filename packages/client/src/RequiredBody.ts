/**
 * The body of an error is optional, so reading it has a short time limit, in milliseconds. A body is required only with a
 * status of success.
 */
export const errorBodyTimeout = 5_000

/** Whether a response is useless without its body. */
export const requiresBody = (status: number): boolean => status < 300
