import type { HotspotSessionMigrationConfig } from "@hotspot-session/core"
import { Demo } from "@hotspot-session/emulator"

const user = (user_name: string) => ({ user_id: `id-of-${user_name.length}`, user_name })

/** Configurations with special characters and absent fields. */
export const specialConfigs: ReadonlyArray<HotspotSessionMigrationConfig> = [
  {
    id: "1" as never,
    project_id: Demo.projectId,
    hotspot_session_migration_enable: true,
    hotspot_exit_session_num: 100,
    non_migrate_users: ["李娜", "王小明", "🙂 emoji", "Łukasz", "佐藤健", "x".repeat(30)].map(user)
  },
  { id: "895110260098859008" as never, non_migrate_users: [user("a\u001b[31mred\nnext\u202eline")] },
  {
    id: "=1+1" as never,
    hotspot_exit_session_num: 0,
    non_migrate_users: [user("@SUM(A1)"), user('tab\t"quote", comma')]
  },
  { hotspot_session_migration_enable: false, non_migrate_users: [{ user_id: "only-an-id" }, {}] }
]
