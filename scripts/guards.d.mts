import type { Schema } from "effect"

export declare const guardedSchemas: (core: object) => ReadonlyArray<Schema.Schema.Any>
export declare const guardModule: (origin: string, schemas: ReadonlyArray<Schema.Schema.Any>) => string
export declare const guardOf: (schema: Schema.Schema.Any) => (value: unknown) => boolean
