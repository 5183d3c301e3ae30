import type { CommandDefinition, UsageProblem } from "../../options/CommandDefinition.js"
import * as Common from "../../options/CommonOptions.js"
import * as Output from "../../options/OutputOptions.js"
import * as Write from "../../options/WriteOptions.js"

export interface UsersChangeFlags extends Write.WriteFlags, Write.UserFlags {}

export interface UsersChangeInvocation {
  readonly _tag: "UsersAdd" | "UsersRemove"
  readonly id: string
  readonly flags: UsersChangeFlags
}

const missing = (name: string, { user, usersFile }: UsersChangeFlags): UsageProblem | undefined =>
  user === undefined && usersFile === undefined
    ? { message: "no users given", hint: `Use --user or --users-file. See hotspot-session users ${name} --help.` }
    : undefined

type Texts = Pick<CommandDefinition<UsersChangeInvocation>, "summary" | "description" | "examples">

const usersChangeCommand = (
  name: string,
  _tag: UsersChangeInvocation["_tag"],
  texts: Texts
): CommandDefinition<UsersChangeInvocation> => ({
  ...texts,
  more: Common.credentialsHelp,
  argument: [],
  values: { ...Output.outputValues, ...Common.connectionValues, usersFile: "file" },
  define: (command, onParsed) => {
    command
      .argument("<config-id>", Write.configIdWords, Write.configId)
      .optionsGroup(Write.changeGroup)
      .addOption(Write.user())
      .addOption(Write.usersFile())
      .action((id, flags: UsersChangeFlags) => onParsed({ _tag, id, flags }, missing(name, flags)))
    Write.addWriteOptions(command, Write.repeatedWriteDefault)
  }
})

export const usersAddCommand = usersChangeCommand("add", "UsersAdd", {
  summary: "Add users whose sessions are never migrated",
  description:
    "Add users whose sessions are never migrated. Shows the change and asks before it is written. Users that are there already are left out; one that is given with another name is renamed, and one that is given without a name keeps it.",
  examples: [
    "hotspot-session users add 895110260098859008 --user u-1=s.patel --user u-2",
    "hotspot-session users add 895110260098859008 --users-file users.csv --dry-run",
    "generate-users | hotspot-session users add 895110260098859008 --users-file - --yes"
  ]
})

export const usersRemoveCommand = usersChangeCommand("remove", "UsersRemove", {
  summary: "Remove users, so that their sessions are migrated again",
  description:
    "Remove users, so that their sessions are migrated again. Shows the change and asks before it is written. Users that are not there are left out.",
  examples: [
    "hotspot-session users remove 895110260098859008 --user u-1",
    "hotspot-session users remove 895110260098859008 --user =s.patel",
    "hotspot-session users remove 895110260098859008 --users-file users.csv --yes"
  ]
})
