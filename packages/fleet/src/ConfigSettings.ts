/**
 * The settings of a configuration that an update writes.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConfigSettings {
  readonly hotspot_session_migration_enable: boolean
  readonly hotspot_exit_session_num: number
}
