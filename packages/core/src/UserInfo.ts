import * as Schema from "effect/Schema"
import { describedArray } from "./Described.js"
import { nullable } from "./Nullable.js"
import { keepUnknownFields } from "./UnknownFields.js"

/**
 * A user whose sessions are never moved. Both fields may be absent, and `null` is decoded as absent. Undocumented fields are
 * kept when decoding and encoding.
 *
 * Source: Table 6 of
 * {@link https://support.huaweicloud.com/intl/en-us/api-workspace/ListHotspotSessionConfig.html ListHotspotSessionConfig}.
 *
 * @category models
 * @since 0.1.0
 */
export const UserInfo = Schema.Struct({
  /** User ID, opaque. */
  user_id: Schema.optionalWith(Schema.String.annotations({ description: "User ID." }), nullable),
  user_name: Schema.optionalWith(Schema.String.annotations({ description: "Username." }), nullable)
}).annotations({ identifier: "UserInfo", ...keepUnknownFields })

/**
 * A user whose sessions are never moved, as it was decoded.
 *
 * @category models
 * @since 0.1.0
 */
export interface UserInfo extends Schema.Schema.Type<typeof UserInfo> {}

/**
 * The field of users of a response.
 *
 * @internal
 */
export const users = Schema.optionalWith(describedArray(UserInfo, "Users that are not migrated."), {
  ...nullable,
  default: () => []
})
