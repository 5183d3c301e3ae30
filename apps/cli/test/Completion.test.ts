import { spawnSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { shells } from "../src/commands/completion/CompletionOptions.js"
import { newFile, newFolder, run } from "./support.js"

const scriptOf = (shell: string) => Effect.map(run(["completion", shell]), ({ stdout }) => stdout)

const has = (shell: string) => spawnSync(shell, ["-c", "true"]).status === 0

/** The completions that bash offers for words, the last of which is incomplete. */
const completions = (script: string, words: ReadonlyArray<string>) => {
  const program = `
    source "$1"; shift
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
    _hotspot_session
    printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stderr, stdout } = spawnSync("bash", ["-c", program, "bash", newFile(script), "hotspot-session", ...words], {
    encoding: "utf8"
  })
  expect(stderr).toBe("")
  return stdout.split("\n").filter((word) => word !== "")
}

/** Prints what is offered in brackets, and an empty pair at the end; the shell of the terminal loads it. */
const zshSetup = `
PROMPT=
autoload -U compinit
compinit -u -D
source $1
complete-and-end() { _main_complete; compstate[insert]=; compstate[list]=; print -rn -- '<>' }
zle -C complete-and-end complete-word complete-and-end
bindkey '^I' complete-and-end
compadd() {
  if (( ! $argv[(I)-[OAD]] )); then
    local -a hits
    builtin compadd -A hits "$@"
    for hit in $hits; do print -rn -- "<$IPREFIX$hit>"; done
  fi
  builtin compadd "$@"
}
zle-line-init() { print -rn -- '<>' }
zle -N zle-line-init
`

/** Types lines in a terminal, because only the line editor of zsh completes. */
const zshDriver = String.raw`
zmodload zsh/zpty
zpty terminal zsh -f -i
zpty -w terminal "source $1 $2"
zpty -r -m terminal output '*<>*'
shift 2
for line in "$@"; do
  zpty -w -n terminal $'\C-u'"hotspot-session $line"$'\t'
  zpty -r -m terminal output '*<>*'
  print -rn -- "$output"
done
zpty -d terminal
`

/** What zsh and fish offer for a line. */
const elsewhere: ReadonlyArray<readonly [line: string, expected: ReadonlyArray<string>]> = [
  ["li", ["list"]],
  ["--region cn-north-4 li", ["list"]],
  ["--profile list cre", ["create"]],
  ["--profile li", []],
  ["--ver", ["--version"]],
  ["users --demo re", ["remove"]],
  ["--demo users list --na", ["--name"]],
  ["users add 1 --dr", ["--dry-run"]],
  ["help users l", ["list"]],
  ["help li", ["list"]],
  ["list --page", ["--page-size"]],
  ["list -o nd", ["ndjson"]],
  ["list --region ap-southeast-", ["ap-southeast-1", "ap-southeast-2", "ap-southeast-3"]],
  ["list --fields id,hotspot_e", ["id,hotspot_exit_session_num"]],
  ["--region cn-north-4 list --fields id,project_id,non", ["id,project_id,non_migrate_users"]]
]

describe("completion", () => {
  for (const shell of shells) {
    it.effect(`for ${shell} matches its golden file`, () =>
      Effect.gen(function* () {
        const script = yield* scriptOf(shell)
        yield* Effect.promise(() => expect(script).toMatchFileSnapshot(`./golden/completion.${shell}.txt`))
      })
    )

    it.skipIf(!has(shell))(`for ${shell} is loaded by the shell without an error`, () =>
      Effect.runPromise(
        Effect.map(scriptOf(shell), (script) => {
          const { status, stderr } = spawnSync(shell, ["-n", newFile(script)], { encoding: "utf8" })
          expect({ status, stderr }).toEqual({ status: 0, stderr: "" })
        })
      )
    )
  }

  it.skipIf(!has("bash"))("of a file name with spaces in bash offers the whole name", () =>
    Effect.runPromise(
      Effect.map(scriptOf("bash"), (script) => {
        const folder = newFolder()
        for (const name of ["my file.json", "my other file.json"]) writeFileSync(join(folder, name), "")
        expect(completions(script, ["diff", `${folder}/my`]).sort()).toEqual([
          `${folder}/my file.json`,
          `${folder}/my other file.json`
        ])
        expect(completions(script, ["list", "--targets", `${folder}/my o`])).toEqual([`${folder}/my other file.json`])
      })
    )
  )

  it.skipIf(!has("fish"))("in fish is that of bash, with a list's earlier values", () =>
    Effect.runPromise(
      Effect.map(scriptOf("fish"), (script) => {
        const program = `
          source $argv[1]
          for line in $argv[2..-1]
            echo (complete -C "hotspot-session $line" | string replace -r '\\t.*' '' | sort)
          end`
        const { stderr, stdout } = spawnSync(
          "fish",
          ["--no-config", "-c", program, newFile(script), ...elsewhere.map(([line]) => line)],
          { encoding: "utf8", env: { ...process.env, HOME: newFolder() } }
        )
        expect(stderr).toBe("")
        expect(stdout.split("\n").slice(0, -1)).toEqual(elsewhere.map(([, expected]) => expected.join(" ")))
      })
    )
  )

  it.skipIf(!has("zsh"))("in zsh is that of bash, with a list's earlier values", () =>
    Effect.runPromise(
      Effect.map(scriptOf("zsh"), (script) => {
        const files = [zshDriver, zshSetup, script].map((text) => newFile(text))
        const args = ["-f", ...files, ...elsewhere.map(([line]) => line)]
        const { stderr, stdout } = spawnSync("zsh", args, {
          encoding: "utf8",
          env: { ...process.env, HOME: newFolder() },
          timeout: 20_000
        })
        expect(stderr).toBe("")
        const offered = stdout.split("<>").map((line) => Array.from(line.matchAll(/<([^<>]+)>/g), ([, word]) => word))
        expect(offered.slice(0, -1)).toEqual(elsewhere.map(([, expected]) => expected))
      })
    )
  )

  it.skipIf(!has("bash")).each([
    [["li"], ["list"]],
    [["list", "--page"], ["--page-size"]],
    [["list", "-o", "nd"], ["ndjson"]],
    [["list", "--output", "=", "y"], ["yaml"]],
    [
      ["list", "--region", "ap-southeast-"],
      ["ap-southeast-1", "ap-southeast-2", "ap-southeast-3"]
    ],
    [["list", "--region", "ap-southeast-1", "--al"], ["--all"]],
    [["completion", "z"], ["zsh"]],
    [["emulator", "--metadata", "o"], ["off"]],
    [["--ver"], ["--version"]],
    [["us"], ["users"]],
    [
      ["users", ""],
      ["list", "add", "remove", "--help"]
    ],
    [["users", "--demo", "re"], ["remove"]],
    [["users", "list", "--na"], ["--name"]],
    [["users", "add", "1", "--dr"], ["--dry-run"]],
    [["create", "-o", "nd"], ["ndjson"]],
    [["list", "--limit", ""], []],
    [
      ["help", "users", ""],
      ["list", "add", "remove"]
    ],
    [["help", "li"], ["list"]],
    [["--profile", "list", "cre"], ["create"]],
    [["--profile", "=", "list", "cre"], ["create"]],
    [["-o", "l"], []],
    [["list", "--fields", "id,hotspot_e"], ["id,hotspot_exit_session_num"]]
  ])("of %j in bash offers %j", (words, expected) =>
    Effect.runPromise(
      Effect.map(scriptOf("bash"), (script) => {
        expect(completions(script, words)).toEqual(expected)
      })
    )
  )
})
