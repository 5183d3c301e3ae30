import * as Schema from "effect/Schema"

/**
 * A user whose sessions are never moved. `null` is read as absent; fields that the documentation does not know are kept.
 *
 * Source: Table 6 of
 * {@link https://support.huaweicloud.com/intl/en-us/api-workspace/ListHotspotSessionConfig.html ListHotspotSessionConfig}.
 *
 * @category models
 */
export const UserInfo = Schema.Struct({
  /** User ID, opaque. */
  user_id: Schema.optionalWith(Schema.String.annotations({ description: "User ID." }), {
    nullable: true,
    exact: true
  }),
  /** User name. */
  user_name: Schema.optionalWith(Schema.String.annotations({ description: "Username." }), {
    nullable: true,
    exact: true
  })
}).annotations({ identifier: "UserInfo" })

/**
 * @category models
 */
export interface UserInfo extends Schema.Schema.Type<typeof UserInfo> {}
