import * as Either from "effect/Either"

/**
 * Parses JSON; left is the parser's message.
 *
 * @category conversions
 * @since 0.1.0
 */
export const parseJson = (text: string): Either.Either<unknown, string> =>
  Either.try({
    try: () => JSON.parse(text) as unknown,
    catch: (error) => (error instanceof Error ? error.message : String(error))
  })
