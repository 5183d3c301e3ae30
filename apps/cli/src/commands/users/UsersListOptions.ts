import { Option } from "@commander-js/extra-typings"
import { defaultLimit, maxIdLength, maxLimit, maxOffset } from "@hotspot-session/core"
import type { CommandDefinition } from "../../options/CommandDefinition.js"
import * as Common from "../../options/CommonOptions.js"
import { integer, once, text } from "../../options/OptionValues.js"
import * as Output from "../../options/OutputOptions.js"
import * as Write from "../../options/WriteOptions.js"
import { formats, type UserFieldName, userFieldNames } from "../../output/FormatNames.js"

export interface UsersListFlags extends Common.CallFlags, Output.OutputFlags<UserFieldName> {
  readonly name?: string | undefined
  readonly limit?: number | undefined
  readonly offset?: number | undefined
  readonly all?: boolean | undefined
}

export interface UsersListInvocation {
  readonly _tag: "UsersList"
  readonly id: string
  readonly flags: UsersListFlags
}

export const usersListCommand: CommandDefinition<UsersListInvocation> = {
  summary: "List the users of a configuration whose sessions are never migrated",
  description:
    "List the users of a configuration whose sessions are never migrated. Data goes to standard output; counts, hints and errors go to standard error.",
  examples: [
    "hotspot-session users list 895110260098859008 --all",
    "hotspot-session users list 895110260098859008 --name s.patel",
    "hotspot-session users list 895110260098859008 --all -o csv > users.csv"
  ],
  more: Common.credentialsHelp,
  argument: [],
  values: { output: formats, fields: userFieldNames, ...Common.connectionValues },
  define: (command, onParsed) =>
    Common.targetOptions(command)
      .addOption(Common.demo())
      .optionsGroup(Common.groups.page)
      .option(
        "--name <name>",
        `only users of this name, up to ${maxIdLength} characters; how it matches is up to the service`,
        once(text)
      )
      .option(
        "--limit <n>",
        `maximum number of users, 1 to ${maxLimit} (default: the service's, ${defaultLimit})`,
        once(integer(1, maxLimit))
      )
      .option("--offset <n>", "users to skip (default: 0)", once(integer(0, maxOffset)))
      .addOption(new Option("--all", "all users from the offset on, page by page").conflicts("limit"))
      .optionsGroup(Common.groups.output)
      .addOption(Output.output())
      .addOption(Output.fields(userFieldNames))
      .addOption(Output.query("non_migrate_users[].user_id"))
      .addOption(Common.noColor())
      .optionsGroup(Common.groups.run)
      .addOption(Common.timeout())
      .addOption(Common.debug())
      .argument("<config-id>", Write.configIdWords, Write.configId)
      .action((id, flags) => onParsed({ _tag: "UsersList", id, flags }))
}
