/** Commands that have commands. */
export const commandGroups = {
  users: {
    summary: "List, add and remove the users of a configuration",
    description: "List, add and remove the users of a configuration whose sessions are never migrated."
  }
} as const

export type GroupName = keyof typeof commandGroups

export const isGroupName = (word: string | undefined): word is GroupName =>
  word !== undefined && Object.hasOwn(commandGroups, word)
