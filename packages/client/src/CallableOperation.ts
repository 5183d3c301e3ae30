import { isSuccess, issuesOf, Setting } from "@hotspot-session/core"
import { isWebPage } from "@hotspot-session/core/ErrorContext"
import { isTooDeep } from "@hotspot-session/core/Nesting"
import * as Either from "effect/Either"
import type { ParseError } from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import type * as Types from "effect/Types"
import { DecodeError, type ErrorContext, type Issue, type Operation, type StatusError } from "./Core.js"
import { parseJson } from "./Json.js"
import { readError } from "./ReadError.js"
import { excerptOf, type Response, requestIdOf } from "./Response.js"
import { hasRedacted, withoutValues } from "./Secrets.js"

/**
 * An operation that a client can call: its plain half, and how its input is checked and its response is decoded.
 *
 * @category models
 * @since 0.1.0
 */
export interface CallableOperation<in Input, out Output> extends Operation {
  /**
   * The parameters and the fields of the body as they are sent, by name. Left is every issue found; a field that is sent
   * nowhere is one, at any depth.
   */
  readonly check: (input: unknown) => Either.Either<Readonly<Record<string, unknown>>, ReadonlyArray<Issue>>
  /** The result, from the JSON of the response. Left is every issue found. */
  readonly decode: (json: unknown, response: Response) => Either.Either<Output, ReadonlyArray<Issue>>
  /** Like `decode`, for clients that decode strictly. Default: `decode`. */
  readonly decodeStrictly?: CallableOperation<Input, Output>["decode"] | undefined
  /**
   * Whether the body of the response is not parsed, because it means nothing, or is a secret that no error may quote; `json` is
   * then `undefined`. A web page is still an error. Default: false.
   */
  readonly ignoresBody?: boolean | undefined
  /**
   * Whether the input has `Redacted` values, which are then removed from what errors quote of responses, and from the URLs in
   * errors and spans. Default: false.
   */
  readonly hasSecrets?: boolean | undefined
  /** Only for the type. */
  readonly Input?: Types.Contravariant<Input>
}

/** The fields that are not `undefined`. */
const definedFields = (input: unknown): Record<string, unknown> =>
  Object.fromEntries(Object.entries(input ?? {}).filter(([, value]) => value !== undefined))

const isPlainObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value))

/** Drops `undefined` in plain objects and arrays too, as JSON does. */
const withoutUndefined = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutUndefined)
  if (!isPlainObject(value)) return value
  return Object.fromEntries(
    Object.entries(definedFields(value)).map(([name, field]) => [name, withoutUndefined(field)])
  )
}

/** The issues of a value. They say what was found, unless the schema has secrets. */
const shownIssues = (error: ParseError, { ast }: Schema.Schema.Any): ReadonlyArray<Issue> =>
  hasRedacted(ast) ? withoutValues(issuesOf(error)) : issuesOf(error)

/** Whether the stack is exhausted, which only deeply nested and cyclic values do. Schema may wrap the error. */
const isStackOverflow = (error: unknown): boolean => /call stack|too much recursion/i.test(String(error))

type Checked<A> = Either.Either<A, ReadonlyArray<Issue>>

/** Runs a check, and reports an input that is nested too deeply for it. */
const withinStack = <A>(check: () => Checked<A>): Checked<A> => {
  try {
    return check()
  } catch (error) {
    if (!isStackOverflow(error)) throw error
    return Either.left([{ path: "input", message: "must not contain itself, and not be nested that deeply" }])
  }
}

/**
 * Checks an input by a schema. `undefined` counts as absent, and fields that the schema does not have are issues. `notes` says
 * more of some of those, by name.
 *
 * @internal
 */
export const checkBy = <A, I>(
  schema: Schema.Schema<A, I>,
  notes: ReadonlyMap<string, string> = new Map()
): CallableOperation<A, unknown>["check"] => {
  const encode = Schema.encodeUnknownEither(schema, { errors: "all", onExcessProperty: "error" })
  const known = SchemaAST.getPropertySignatures(SchemaAST.typeAST(schema.ast)).map(({ name }) => name)
  const explained = ({ message, path }: Issue, fields: Readonly<Record<string, unknown>>): string => {
    if (!Object.hasOwn(fields, path)) return message
    if (known.includes(path)) {
      return hasRedacted(schema.ast) ? message : `${message}, was ${Setting.show(fields[path])}`
    }
    return notes.get(path) ?? message
  }
  /** Some schemas accept no copy of an object with a prototype, such as that of a `Data`. */
  const encodeAny = (input: unknown, copy: unknown) =>
    Predicate.isObject(input) && !Array.isArray(input) && !isPlainObject(input)
      ? Either.orElse(encode(input), (error) => Either.mapLeft(encode(copy), () => error))
      : encode(copy)
  return (input) => {
    const fields = definedFields(input)
    return withinStack(() =>
      Either.mapBoth(encodeAny(input, withoutUndefined(fields)), {
        onRight: (sent) => definedFields(sent),
        onLeft: (error) =>
          shownIssues(error, schema).map((issue) => ({ path: issue.path, message: explained(issue, fields) }))
      })
    )
  }
}

const tooDeep: ReadonlyArray<Issue> = [{ path: "", message: "the body is nested too deeply" }]

const decodeWith = <A, I>(
  schema: Schema.Schema<A, I>,
  json: unknown,
  options?: { readonly onExcessProperty: "error" }
): Either.Either<A, ReadonlyArray<Issue>> =>
  isTooDeep(json)
    ? Either.left(tooDeep)
    : Either.mapLeft(Schema.decodeUnknownEither(schema, { errors: "all", ...options })(json), (error) =>
        shownIssues(error, schema)
      )

/**
 * Decodes a response by a schema.
 *
 * @internal
 */
export const decodeBy =
  <A, I>(schema: Schema.Schema<A, I>) =>
  (json: unknown): Either.Either<A, ReadonlyArray<Issue>> =>
    decodeWith(schema, json)

/**
 * Decodes a response by a schema that leaves nothing open. Unknown fields are issues.
 *
 * @internal
 */
export const decodeStrictlyBy =
  <A, I>(schema: Schema.Schema<A, I>) =>
  (json: unknown): Either.Either<A, ReadonlyArray<Issue>> =>
    decodeWith(schema, json, { onExcessProperty: "error" })

/**
 * The operation with strict decoding.
 *
 * @internal
 */
export const strictly = <Input, Output>(
  operation: CallableOperation<Input, Output>
): CallableOperation<Input, Output> =>
  operation.decodeStrictly === undefined ? operation : { ...operation, decode: operation.decodeStrictly }

/** The path of the first part of a value that JSON does not have, and would drop or send as `null`, or with other contents. */
const withoutJson = (value: unknown, path: string): string | undefined => {
  if (value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value))
    return undefined
  // Its JSON hides it.
  if (typeof value !== "object" || Redacted.isRedacted(value)) return path
  if ("toJSON" in value && typeof value.toJSON === "function") {
    // That of an invalid date is `null`.
    const json: unknown = value.toJSON()
    return json === null ? path : withoutJson(json, path)
  }
  if (Predicate.isIterable(value) && !Array.isArray(value)) return path
  for (const [name, field] of Object.entries(value)) {
    if (field === undefined && !Array.isArray(value)) continue
    const found = withoutJson(field, Array.isArray(value) ? `${path}[${name}]` : `${path}.${name}`)
    if (found !== undefined) return found
  }
  return undefined
}

/**
 * Checks an input by a schema. A field that is given, but of which the operation says no place in the request, is an issue, and
 * so is one of the body that JSON does not have.
 */
const checkSent = <A, I>(
  { body = [], path, query = [] }: Operation,
  schema: Schema.Schema<A, I>
): CallableOperation<A, unknown>["check"] => {
  const check = checkBy(schema)
  const isSent = (name: string): boolean => path.includes(`{${name}}`) || query.includes(name) || body.includes(name)
  const message = "is sent nowhere: the operation has it neither in its path nor in its query nor in its body"
  return (input) =>
    Either.flatMap(check(input), (values) =>
      withinStack(() => {
        const unsent = Object.keys(values).flatMap((path) => (isSent(path) ? [] : [{ path, message }]))
        const notJson = body.flatMap((name) => {
          const path = values[name] === undefined ? undefined : withoutJson(values[name], name)
          return path === undefined ? [] : [{ path, message: "must be a value that JSON has" }]
        })
        const issues = [...unsent, ...notJson]
        return issues.length === 0 ? Either.right(values) : Either.left(issues)
      })
    )
}

/**
 * Makes an operation callable. `request` has the path parameters, the query parameters and the fields of the body by their
 * wire names; a field that is given and in none of them is an issue. Without `response` the body of the response is ignored,
 * unless it is a web page. A client that decodes strictly rejects fields that `response` does not have; whether a field may be
 * absent or `null` is up to the schema. Values of `Schema.Redacted` are sent as they are, and shown in no error and no span.
 *
 * @example
 * ```ts
 * import { CallableOperation, HotspotSession } from "@hotspot-session/client"
 * import { Effect, Schema } from "effect"
 *
 * const showQuota = CallableOperation.make(
 *   { name: "showQuota", method: "GET", path: "/v1/{project_id}/quotas", idempotency: "safe" },
 *   {
 *     request: Schema.Struct({ project_id: Schema.String }),
 *     response: Schema.Struct({ quotas: Schema.Array(Schema.Struct({ type: Schema.String })) })
 *   }
 * )
 *
 * const program = Effect.flatMap(HotspotSession.HotspotSession, ({ call }) =>
 *   call(showQuota, { project_id: "a4da8115c9d8464ead3a38309130523f" })
 * )
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make: {
  <Input, I, Output, O>(
    operation: Operation,
    schemas: { readonly request: Schema.Schema<Input, I>; readonly response: Schema.Schema<Output, O> }
  ): CallableOperation<Input, Output>
  <Input, I>(
    operation: Operation,
    schemas: { readonly request: Schema.Schema<Input, I> }
  ): CallableOperation<Input, void>
} = <Input, I, Output, O>(
  operation: Operation,
  schemas: { readonly request: Schema.Schema<Input, I>; readonly response?: Schema.Schema<Output, O> | undefined }
): CallableOperation<Input, Output> => ({
  ...operation,
  check: checkSent(operation, schemas.request),
  hasSecrets: hasRedacted(schemas.request.ast),
  ...(schemas.response === undefined
    ? // Without a schema, `Output` is `void`.
      { ignoresBody: true, decode: () => Either.right(undefined as Output) }
    : { decode: decodeBy(schemas.response), decodeStrictly: decodeStrictlyBy(schemas.response) })
})

interface Unreadable {
  readonly issues: ReadonlyArray<Issue>
  readonly excerpt?: string | undefined
}

type Readable<Output> = Pick<CallableOperation<never, Output>, "success" | "decode" | "ignoresBody">

/** The statuses of success that usually have no body: Accepted, and No Content. */
const bodiless: ReadonlySet<number> = new Set([202, 204])

/** Not quoted, because a body that is ignored may be a secret. */
const webPage: Either.Either<never, Unreadable> = Either.left({
  issues: [
    { path: "", message: "the body is a web page, which the service never sends: check the endpoint and the proxy" }
  ]
})

const emptyBody: Either.Either<never, Unreadable> = Either.left({
  issues: [{ path: "", message: "the body is empty" }]
})

/** Parses and decodes a body. Without one, a result may still be one whose fields are all absent. */
const decodeBody = <Output>(
  { decode, ignoresBody }: Readable<Output>,
  response: Response
): Either.Either<Output, Unreadable> => {
  const decodeJson = (json: unknown): Either.Either<Output, Unreadable> => {
    try {
      return Either.mapLeft(decode(json, response), (issues) => ({ issues }))
    } catch (error) {
      if (!isStackOverflow(error)) throw error
      return Either.left({ issues: tooDeep })
    }
  }
  const { status, text = "" } = response
  if (ignoresBody === true) return isWebPage(text) ? webPage : decodeJson(undefined)
  if (text.trim() === "") return bodiless.has(status) ? Either.orElse(decodeJson({}), () => emptyBody) : emptyBody
  return Either.flatMap(
    Either.mapLeft(parseJson(text), (reason) => ({
      issues: [{ path: "", message: `the body is not valid JSON (${reason})` }],
      excerpt: excerptOf(text)
    })),
    decodeJson
  )
}

/**
 * Reads the result from a response with a status of success, and an error from any other.
 *
 * @internal
 */
export const readResponse =
  <Output>(operation: Readable<Output>, context: ErrorContext) =>
  (response: Response): Either.Either<Output, StatusError | DecodeError> => {
    if (!isSuccess(operation, response.status)) {
      // Any 2xx may have the secret.
      const isSecret = operation.ignoresBody === true && response.status < 300
      return Either.left(readError(isSecret ? { ...response, text: undefined } : response, context))
    }
    return Either.mapLeft(decodeBody(operation, response), ({ excerpt, issues }) => {
      const request_id = requestIdOf(response)
      return new DecodeError({
        ...context,
        status: response.status,
        issues,
        ...(request_id === undefined ? {} : { request_id }),
        ...(excerpt === undefined ? {} : { excerpt })
      })
    })
  }
