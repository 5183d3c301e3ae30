import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import { runs } from "../../../test/runs.js"
import * as Script from "../src/FaultScript.js"
import { Fault } from "../src/index.js"

/** A fault in the syntax of `Fault.parse`. */
const format = (fault: Fault.Fault): string => {
  const what =
    fault.kind === "status"
      ? String(fault.status)
      : fault.kind === "latency"
        ? `latency=${fault.milliseconds}ms`
        : fault.kind
  const times = fault.times === undefined ? "" : `x${fault.times}`
  const rate = fault.rate === undefined ? "" : `:${fault.rate}`
  const body = "body" in fault && fault.body !== undefined ? `,body=${fault.body}` : ""
  const target = "target" in fault && fault.target !== undefined ? `,target=${fault.target}` : ""
  const retryAfter = "retryAfter" in fault && fault.retryAfter !== undefined ? `,retry-after=${fault.retryAfter}` : ""
  const done = Fault.isDone(fault) ? ",done" : ""
  return `${what}${times}${rate}${body}${target}${done}${retryAfter}`
}

describe("Fault.parse", () => {
  const cases: ReadonlyArray<readonly [string, Fault.Fault]> = [
    ["503", { kind: "status", status: 503 }],
    ["503:0.1", { kind: "status", status: 503, rate: 0.1 }],
    ["503x2", { kind: "status", status: 503, times: 2 }],
    ["503x2:0.5", { kind: "status", status: 503, times: 2, rate: 0.5 }],
    ["503:.5", { kind: "status", status: 503, rate: 0.5 }],
    ["reset:0.05", { kind: "reset", rate: 0.05 }],
    ["latency=200ms", { kind: "latency", milliseconds: 200 }],
    ["latency=200", { kind: "latency", milliseconds: 200 }],
    ["latency=2s:0.1", { kind: "latency", milliseconds: 2000, rate: 0.1 }],
    ["latency=200msx3:0.5", { kind: "latency", milliseconds: 200, times: 3, rate: 0.5 }],
    ["503,retry-after=7", { kind: "status", status: 503, retryAfter: "7" }],
    [
      "503,retry-after=Wed, 21 Oct 2015 07:28:00 GMT",
      { kind: "status", status: 503, retryAfter: "Wed, 21 Oct 2015 07:28:00 GMT" }
    ],
    ["401, body=iam, target=iam", { kind: "status", status: 401, body: "iam", target: "iam" }],
    ["503x2,target=metadata", { kind: "status", status: 503, times: 2, target: "metadata" }],
    ["reset,done", { kind: "reset", done: true }],
    ["stallx2:0.5, target=create, done", { kind: "stall", times: 2, rate: 0.5, target: "create", done: true }],
    [
      "502,done,body=html,target=update-users,retry-after=7",
      { kind: "status", status: 502, body: "html", target: "updateUsers", retryAfter: "7", done: true }
    ],
    ["nulls,target=Users", { kind: "nulls", target: "users" }],
    ["shift,target=list", { kind: "shift", target: "list" }],
    ["stall-body", { kind: "stallBody" }],
    ["BadJSONx1", { kind: "badJson", times: 1 }],
    ["ignoreOffset", { kind: "ignoreOffset" }]
  ]
  for (const [text, fault] of cases) {
    it(`parses ${text}`, () => assert.deepStrictEqual(Fault.parse(text), Either.right(fault)))
  }

  const rejected = [
    "",
    " ",
    "x",
    "503x",
    "503x0",
    "503:2",
    "503:-1",
    "99",
    "100",
    "600",
    "0503",
    "503=5",
    "latency",
    "latency=",
    "latency=1h",
    "latency=601s",
    "reset,body=html",
    "reset,retry-after=1",
    "nulls,target=iam",
    "nulls,target=updateUsers",
    "ignoreOffset,target=create",
    "reset,done=true",
    "reset,done=",
    "reset,done,done",
    "reset,target",
    "latency=1s,done",
    "truncate,done",
    "nulls,done",
    "503,body=xml",
    "503,target=dns",
    "503,body=html,body=html",
    "503,colour=red",
    "503,retry-after=",
    "503,retry-after=é",
    "503,503",
    "__proto__",
    "constructor",
    "status"
  ]
  for (const text of rejected) {
    it(`rejects ${JSON.stringify(text)} with the syntax`, () => {
      const result = Fault.parse(text)
      assert.isTrue(Either.isLeft(result), JSON.stringify(result))
      const message = Either.merge(Either.map(result, format))
      for (const kind of ["latency=200ms", "reset", "stallBody", "ignoreParameters", "503x2", "retry-after"]) {
        assert.include(message, kind)
      }
    })
  }

  it.each([
    ["503x0", "times must be an integer from 1 to 1000000000."],
    ["999", "status must be an integer from 200 to 599."],
    ["503,retry-after=1,body=iam", "retry-after must be last."]
  ])("says what is wrong with %s, and nothing about other kinds", (text, problem) => {
    const left = Either.getOrElse(Either.flip(Fault.parse(text)), () => "")
    assert.include(left, `is not a fault: ${problem}`)
  })

  it("never throws, and limits the length of its message", () => {
    const pieces = FastCheck.constantFrom(
      "503",
      "x",
      "2",
      ":",
      "0.5",
      ",",
      "=",
      "body",
      "retry-after",
      "latency",
      "ms",
      "e",
      "-",
      " ",
      "\n"
    )
    FastCheck.assert(
      FastCheck.property(
        FastCheck.oneof(
          FastCheck.string(),
          FastCheck.array(pieces).map((_) => _.join(""))
        ),
        (text) => {
          const result = Fault.parse(text)
          if (Either.isLeft(result)) assert.isTrue(result.left.length < 1500)
        }
      ),
      { numRuns: runs(400) }
    )
  })

  it("parses the format of every fault", () => {
    FastCheck.assert(
      FastCheck.property(Arbitrary.make(Fault.Fault), (fault) => {
        assert.deepStrictEqual(Fault.parse(format(fault)), Either.right(fault))
      }),
      { numRuns: runs(200) }
    )
  })
})

describe("Script", () => {
  /** Runs requests for the list through a script. */
  const run = (faults: ReadonlyArray<Fault.Fault>, requests: number, seed = 1) => {
    let script = Script.make(faults)
    return Array.from({ length: requests }, () => {
      const [choice, rest] = Script.next(script, "list", seed)
      script = rest
      return choice
    })
  }

  it("uses faults in order and removes exhausted ones", () => {
    const choices = run(
      [
        { kind: "status", status: 503, times: 2 },
        { kind: "reset", times: 1 }
      ],
      4
    )
    assert.deepStrictEqual(
      choices.map((_) => _.fault?.kind),
      ["status", "status", "reset", undefined]
    )
  })

  it("combines latency with the following fault", () => {
    const [first, second] = run(
      [
        { kind: "latency", milliseconds: 20, times: 2 },
        { kind: "latency", milliseconds: 5 },
        { kind: "reset", times: 1 }
      ],
      2
    )
    assert.deepStrictEqual([first?.delay, first?.fault?.kind, first?.fired.length], [25, "reset", 3])
    assert.deepStrictEqual([second?.delay, second?.fault, second?.fired.length], [25, undefined, 2])
  })

  it("applies a fault without a target to every operation that it can affect, and to nothing else", () => {
    for (const kind of Fault.kinds) {
      const applied = Fault.Target.literals.filter((target) => Fault.appliesTo({ kind } as Fault.Fault, target))
      const possible: ReadonlyArray<Fault.Target> = Fault.targetsOf(kind)
      assert.deepStrictEqual(
        applied,
        Fault.OperationTarget.literals.filter((target) => possible.includes(target))
      )
      assert.include(applied, "list")
    }
  })

  it("does not use faults for another target", () => {
    const [choice, rest] = Script.next(Script.make([{ kind: "reset", target: "iam", times: 1 }]), "list", 1)
    assert.isUndefined(choice.fault)
    assert.strictEqual(rest.faults.length, 1)
    assert.strictEqual(Script.next(rest, "iam", 1)[0].fault?.kind, "reset")
  })

  it("applies rates depending only on the seed", () => {
    const kinds = (seed: number) => run([{ kind: "reset", rate: 0.3 }], 1000, seed).map((_) => _.fault?.kind)
    assert.deepStrictEqual(kinds(1), kinds(1))
    assert.notDeepEqual(kinds(1), kinds(2))
    const hits = kinds(1).filter((kind) => kind === "reset").length
    assert.isTrue(hits > 250 && hits < 350, `${hits} of 1000`)
    assert.isTrue(run([{ kind: "reset", rate: 0 }], 200).every((_) => _.fault === undefined))
    assert.isTrue(run([{ kind: "reset", rate: 1 }], 200).every((_) => _.fault?.kind === "reset"))
  })
})
