import type { HotspotSessionMigrationConfig, ListHotspotSessionConfigResponse } from "@hotspot-session/core"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Format } from "./CommandLine.js"
import { type Io, write } from "./Io.js"
import { renderTable } from "./Table.js"

/** Writes pages to standard output and gives the number of configurations. */
export type Writer = <E>(pages: Stream.Stream<ListHotspotSessionConfigResponse, E>, io: Io) => Effect.Effect<number, E>

/** A table has to know every row before it can write the first. */
const table: Writer = (pages, io) =>
  Effect.gen(function* () {
    const configs = Chunk.toReadonlyArray(yield* Stream.runCollect(pages)).flatMap(({ items }) => items)
    if (configs.length > 0) yield* write(io.stdout, renderTable(configs, io.columns))
    return configs.length
  })

const indented = (config: HotspotSessionMigrationConfig): string =>
  JSON.stringify(config, null, 2).replace(/^/gm, "    ")

/**
 * One JSON object, as the service answers it, written while the pages come. It is complete however the listing ends: a
 * failure shows in the exit code and not in half an object. Nothing is written where the first page fails.
 */
const json: Writer = (pages, io) =>
  Effect.suspend(() => {
    let written = 0
    let open = false
    const writePage = ({ items, ...rest }: ListHotspotSessionConfigResponse) =>
      Effect.suspend(() => {
        const others = Object.entries(rest).map(
          ([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`
        )
        const head = open ? "" : `{\n${others.join("")}  "items": [`
        const body = items.map((config, index) => `${written + index === 0 ? "" : ","}\n${indented(config)}`).join("")
        open = true
        written += items.length
        return write(io.stdout, head + body)
      })
    const close = Effect.suspend(() => (open ? write(io.stdout, written === 0 ? "]\n}\n" : "\n  ]\n}\n") : Effect.void))
    return Stream.runForEach(pages, writePage).pipe(
      Effect.ensuring(close),
      Effect.map(() => written)
    )
  })

/** The writer of each format. */
export const writers: Record<Format, Writer> = { table, json }
