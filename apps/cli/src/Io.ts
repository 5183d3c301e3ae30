import * as Fs from "node:fs"
import type { Readable, Writable } from "node:stream"
import type { ProfileChain } from "@hotspot-session/client"
import * as TextFile from "@hotspot-session/client/TextFile"
import type { ExitCode } from "@hotspot-session/settings/ExitCode"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import type * as Scope from "effect/Scope"
import type { Interruption } from "./Interruption.js"
import { type Colours, coloursOf, isDumb } from "./output/Colours.js"
import { messageOf } from "./output/MessageOf.js"
import { printable } from "./output/Printable.js"
import { shorten } from "./output/Width.js"

/** An output stream, and the terminal that it may be connected to. */
export interface Sink {
  readonly stream: Writable
  readonly isTerminal: boolean
  readonly columns: number
}

/** The parts of the process that the program depends on. */
export interface ProcessIo {
  /** The environment and the files. */
  readonly machine: ProfileChain.Machine
  /** A function, because opening it is slow and few commands read it. Throws the reason if it cannot be read. */
  readonly stdin: () => Readable
  /** A function, because few commands need to know it. */
  readonly isStdinTerminal: () => boolean
  readonly stdout: Sink
  readonly stderr: Sink
  /** What follows an error of standard output. Usually it ends the program, so that the command waits for it. */
  readonly onOutputError: Effect.Effect<void>
  /** The exit code if the program is interrupted, that of the signal. */
  readonly interruptedCode: () => ExitCode
}

/** What has been done, and what is in progress. */
interface Progress {
  readonly done?: string | undefined
  readonly doing?: string | undefined
}

/** Where the program reads and writes. */
export interface Service {
  readonly machine: ProfileChain.Machine
  readonly isTerminal: boolean
  /** Whether `progress` shows anything: whether standard error is a terminal that can erase a line. */
  readonly showsProgress: boolean
  /** Columns of standard output; 80 if it is not a terminal. */
  readonly columns: number
  readonly colours: { readonly stdout: Colours; readonly stderr: Colours }
  /** All of standard input; fails with the reason if it cannot be read. */
  readonly input: Effect.Effect<string, string>
  /** Whether questions can be asked: whether standard input and standard error are terminals. */
  readonly canAsk: Effect.Effect<boolean>
  /** Asks a question on standard error; the answer is a line of standard input, `undefined` if there is none. */
  readonly ask: (question: string) => Effect.Effect<string | undefined>
  /** Writes to standard output. */
  readonly data: (text: string) => Effect.Effect<void>
  /** Writes to standard error. */
  readonly note: (text: string) => Effect.Effect<void>
  /** Shows the progress on a terminal, starting half a second after the program. */
  readonly progress: (progress: Progress) => Effect.Effect<void>
  /** What the innermost interrupted effect said; it is reported when all have ended. */
  readonly interruption: Ref.Ref<Option.Option<Interruption>>
  /** The end of the output of an interrupted command. It is written after the report, because its reader may never take it. */
  readonly lastData: Ref.Ref<string>
}

/** Where the program reads and writes. */
export class Io extends Context.Tag("hotspot-session/Io")<Io, Service>() {}

/** Completes when the stream has taken the text or failed, so that a slow reader applies backpressure. */
const write = (stream: Writable, text: string, onError: Effect.Effect<void>): Effect.Effect<void> =>
  text === ""
    ? Effect.void
    : Effect.async((resume) => {
        stream.write(text, (error) => resume(error == null ? Effect.void : onError))
      })

/** The program continues if standard error cannot be written. */
const writeNote = (stream: Writable, text: string) => write(stream, text, Effect.void)

const readAll = async (stream: Readable): Promise<Uint8Array> => {
  const chunks: Array<Buffer> = []
  let size = 0
  for await (const chunk of stream) {
    size += chunk.length
    if (size > TextFile.maxSize) throw new Error(TextFile.tooLarge)
    chunks.push(Buffer.from(chunk))
  }
  return Buffer.concat(chunks)
}

/** The next line, without its end; `undefined` if the stream ends first. */
const readLine = (stream: Readable): Effect.Effect<string | undefined> =>
  Effect.async((resume) => {
    let text = ""
    const finish = (line: string | undefined) => {
      stream.off("data", onData).off("end", onEnd).off("error", onEnd).pause()
      resume(Effect.succeed(line))
    }
    const onData = (chunk: Buffer | string) => {
      text += chunk.toString()
      const end = text.indexOf("\n")
      if (end !== -1) finish(text.slice(0, end).replace(/\r$/, ""))
    }
    const onEnd = () => finish(undefined)
    stream.on("data", onData).on("end", onEnd).on("error", onEnd)
    return Effect.sync(() => finish(undefined))
  })

const eraseLine = "\r\u001b[2K"

/** The status line at the bottom of the terminal. */
const makeStatus = Effect.fnUntraced(function* ({ columns, stream }: Sink, isShown: boolean, colours: Colours) {
  let current: Progress = {}
  let isDue = false
  let isDrawn = false
  const draw = Effect.suspend(() => {
    const text = [current.done, current.doing].filter((part) => part !== undefined).join(" · ")
    if (!isDue || text === "") return Effect.void
    isDrawn = true
    return writeNote(stream, eraseLine + colours.dim(shorten(printable(text), columns - 1)))
  })
  const erase = Effect.suspend(() => {
    if (!isDrawn) return Effect.void
    isDrawn = false
    return writeNote(stream, eraseLine)
  })
  if (isShown) {
    const due = Effect.sync(() => {
      isDue = true
    })
    yield* Effect.forkScoped(Effect.delay(Effect.zipRight(due, draw), "500 millis"))
    yield* Effect.addFinalizer(() => erase)
  }
  return {
    erase,
    show: (progress: Progress) =>
      Effect.suspend(() => {
        current = { ...current, ...progress }
        return isShown ? draw : Effect.void
      }),
    /** Other text replaces the status line. */
    end: Effect.suspend(() => {
      current = {}
      return erase
    })
  }
})

/** Says what an interruption of this effect means, unless an effect within it has said so. */
export const whenInterrupted =
  (interruption: () => Interruption) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R | Io> =>
    Effect.flatMap(Io, (io) =>
      Effect.onInterrupt(effect, () =>
        Ref.update(
          io.interruption,
          Option.orElse(() => Option.some(interruption()))
        )
      )
    )

/** Why a folder has no text, as the end of a sentence. */
const isFolder = "it is a folder"

/** Fails of a folder, which Node reads as if it were empty. */
export const openStdin = (): Readable => {
  if (Fs.fstatSync(0).isDirectory()) throw new Error(isFolder)
  return process.stdin
}

/** The name of a file in errors; `-` is standard input. */
export const nameOf = (file: string): string => (file === "-" ? "standard input" : file)

/** The text of a file, or of standard input for `-`; fails with the reason if it cannot be read. */
export const readText = (file: string): Effect.Effect<string, string, Io> =>
  Effect.flatMap(Io, ({ input, machine }) =>
    file === "-"
      ? input
      : Effect.flatMap(
          Effect.mapError(machine.readFile(file), ({ reason }) => (reason === "EISDIR" ? isFolder : reason)),
          Option.match({ onNone: () => Effect.fail("no such file"), onSome: Effect.succeed })
        )
  )

/** `color` is `false` for `--no-color`. */
export const make = Effect.fnUntraced(function* (
  { isStdinTerminal, machine, onOutputError, stderr, stdin, stdout }: ProcessIo,
  color: boolean | undefined
): Effect.fn.Return<Service, never, Scope.Scope> {
  const colours = {
    stdout: coloursOf(machine.environment, stdout.isTerminal, color),
    stderr: coloursOf(machine.environment, stderr.isTerminal, color)
  }
  const showsProgress = stderr.isTerminal && !isDumb(machine.environment)
  const status = yield* makeStatus(stderr, showsProgress, colours.stderr)
  const interruption = yield* Ref.make(Option.none<Interruption>())
  const lastData = yield* Ref.make("")
  let hasData = false
  return {
    machine,
    isTerminal: stdout.isTerminal,
    showsProgress,
    columns: stdout.columns,
    colours,
    interruption,
    lastData,
    input: Effect.flatMap(
      Effect.tryPromise({
        try: () => readAll(stdin()),
        catch: messageOf
      }),
      TextFile.decodeText
    ),
    canAsk: Effect.sync(() => stderr.isTerminal && isStdinTerminal()),
    ask: (question) =>
      Effect.gen(function* () {
        yield* Effect.zipRight(status.end, writeNote(stderr.stream, question))
        const newLine = writeNote(stderr.stream, "\n")
        const answer = yield* Effect.onInterrupt(readLine(stdin()), () => newLine)
        if (answer === undefined) yield* newLine
        return answer
      }),
    data: (text) =>
      Effect.suspend(() => {
        hasData = true
        return Effect.zipRight(stdout.isTerminal ? status.end : Effect.void, write(stdout.stream, text, onOutputError))
      }),
    note: (text) => Effect.zipRight(status.erase, writeNote(stderr.stream, text)),
    // On a terminal that shows the data, the data is progress enough, and its last line may not have ended.
    progress: (progress) => Effect.suspend(() => (hasData && stdout.isTerminal ? Effect.void : status.show(progress)))
  }
})
