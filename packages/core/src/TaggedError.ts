import type * as Cause from "effect/Cause"
import * as Data from "effect/Data"

interface Described extends Error {
  readonly hint?: string | undefined
}

const isFrame = (line: string): boolean => /^\s+at /.test(line)

/** Name, message, hint and frames. `site` is where the error was created. */
const stackOf = (error: Described, site: { readonly stack?: string }): string => {
  const hint = error.hint === undefined ? [] : [`    hint: ${error.hint}`]
  const frames = (site.stack ?? "").split("\n").filter(isFrame)
  return [`${error.name}: ${error.message}`, ...hint, ...frames].join("\n")
}

type Fields<A> = { readonly [Name in keyof A]: A[Name] }

/**
 * Like `Data.TaggedError`, for errors whose `message` and `hint` are getters: both appear in JSON and in the stack, and so in
 * `Cause.pretty`, `console.error` and `util.inspect`. The stack is formatted when it is read, because most errors are
 * handled. No argument is needed if all fields are optional.
 *
 * @example
 * ```ts
 * import { TaggedError } from "@hotspot-session/core/TaggedError"
 *
 * class QuotaExceeded extends TaggedError("QuotaExceeded")<{ readonly limit: number }> {
 *   override get message(): string {
 *     return `The quota of ${this.limit} is used up`
 *   }
 *   get hint(): string {
 *     return "Ask for a larger quota."
 *   }
 * }
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const TaggedError = <Tag extends string>(
  tag: Tag
): (new <A extends object>(
  ...fields: Partial<A> extends A ? [fields?: Fields<A>] : [fields: Fields<A>]
) => Cause.YieldableError & { readonly _tag: Tag } & Readonly<A>) => {
  class Base extends Data.TaggedError(tag)<Record<string, unknown>> {
    constructor(fields: Record<string, unknown> = {}) {
      super(fields)
      // Only some engines can tell later where an error was created.
      if (Error.captureStackTrace === undefined) return
      const site = {}
      Error.captureStackTrace(site, new.target)
      const define = (stack: PropertyDescriptor) =>
        Object.defineProperty(this, "stack", { configurable: true, ...stack })
      define({ get: () => stackOf(this, site), set: (value) => define({ value, writable: true }) })
    }
    override toJSON(): object {
      const { hint, message }: Described = this
      return { ...this, message, hint }
    }
  }
  // TypeScript has no classes whose fields are a type parameter.
  return Base as never
}
