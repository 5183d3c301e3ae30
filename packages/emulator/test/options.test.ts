import { describe, expect, it } from "@effect/vitest"
import { Setting } from "@hotspot-session/core"
import { Emulator } from "@hotspot-session/emulator"
import { ConfigError, Effect } from "effect"
import * as FC from "effect/FastCheck"

/** Bypasses the type check, as callers without types do. */
const untyped = (value: unknown): never => value as never

const invalid: ReadonlyArray<readonly [string, ReadonlyArray<unknown>, RegExp]> = [
  ["host", [5, {}, ""], /^host must be a name or an address, was /],
  ["port", [-1, 65_536, 1.5, Number.NaN, "80"], /^port must be an integer from 0 to 65535, was /],
  ["seed", [1.5, Number.NaN, 2 ** 32, "1"], /^seed must be an integer from -2147483648 to 4294967295, was /],
  ["count", [-1, 1.5, Number.NaN, 1_000_000_001, "3"], /^count must be an integer from 0 to 1000000000, was /],
  ["latency", [-1, Number.NaN, "soon", {}], /^latency must be a duration /],
  [
    "faults",
    [5, [{}], [{ kind: "rest" }], [{ kind: "status", status: 99 }], [{ kind: "reset", tmies: 1 }]],
    /^faults: /
  ],
  ["projects", [5, {}, [{ id: "p" }], [null]], /^projects must be a list of \{ id, name \}, was /],
  [
    "metadata",
    ["on", "constructor", 5],
    /^metadata must be one of token, tokenRequired, tokenless, noAgency, off, was /
  ],
  [
    "clockSkew",
    [5, null, {}, { ahead: "soon" }, { behind: -1 }, { ahead: Number.NaN }],
    /^clockSkew\.(ahead|behind) must be a duration/
  ],
  ["clockSkew", [{ ahead: "100000 days" }, { behind: Number.POSITIVE_INFINITY }], /must be at most 100 years/]
]

describe("an option of the emulator with the wrong type or out of range", () => {
  for (const [option, values, message] of invalid) {
    it.scoped(`is a ConfigError: ${option}, ${message}`, () =>
      Effect.gen(function* () {
        for (const value of values) {
          const error = yield* Effect.flip(Emulator.make(untyped({ [option]: value })))
          expect(ConfigError.isConfigError(error) ? Setting.messageOf(error) : error).toMatch(message)
        }
      })
    )
  }

  it.effect.prop(
    "is never a defect",
    [FC.constantFrom(...invalid.map(([option]) => option)), FC.anything()],
    ([option, value]) =>
      Effect.gen(function* () {
        // Whether the emulator can listen there depends on the machine.
        if (option === "host" || option === "port") return
        const error = yield* Effect.option(Effect.flip(Effect.scoped(Emulator.make(untyped({ [option]: value })))))
        if (error._tag === "Some") expect(ConfigError.isConfigError(error.value)).toBe(true)
      })
  )
})
