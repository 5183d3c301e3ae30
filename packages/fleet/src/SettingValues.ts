import { maxExitSessions } from "@hotspot-session/core"
import type { ConfigSettings } from "./ConfigSettings.js"

/**
 * The names of the settings.
 *
 * @internal
 */
export const settingNames = ["hotspot_session_migration_enable", "hotspot_exit_session_num"] as const

/**
 * The settings that are known.
 *
 * @internal
 */
export const settingsOf = ({
  hotspot_exit_session_num: exit,
  hotspot_session_migration_enable: enable
}: { readonly [name in keyof ConfigSettings]?: ConfigSettings[name] | undefined }): Partial<ConfigSettings> => ({
  ...(enable === undefined ? {} : { hotspot_session_migration_enable: enable }),
  ...(exit === undefined ? {} : { hotspot_exit_session_num: exit })
})

/**
 * Whether the value of a setting is known and can be sent. A service may hold what it does not accept.
 *
 * @internal
 */
export const isSendableSetting = (value: boolean | number | undefined): boolean =>
  typeof value === "number" ? value >= 0 && value <= maxExitSessions : value !== undefined

/**
 * The settings that an update cannot send.
 *
 * @internal
 */
export const unsendableSettings = (settings: Partial<ConfigSettings>): ReadonlyArray<keyof ConfigSettings> =>
  settingNames.filter((name) => !isSendableSetting(settings[name]))
