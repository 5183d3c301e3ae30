import type { Config } from "./Dataset.js"

/**
 * The project of the documentation's example. The emulator returns `example` for it.
 *
 * @category constants
 * @since 0.1.0
 */
export const projectId = "a4da8115c9d8464ead3a38309130523f"

/**
 * The documentation's example response, unchanged: its `project_id` is not the requested one, and obfuscated.
 *
 * Source: Example Responses of
 * {@link https://support.huaweicloud.com/intl/en-us/api-workspace/ListHotspotSessionConfig.html ListHotspotSessionConfig}.
 *
 * @category constants
 * @since 0.1.0
 */
export const example: { readonly items: ReadonlyArray<Config> } = {
  items: [
    {
      id: "895110260098859008",
      project_id: "601xxxx57dfa4e90xxxxxx11c18c8",
      hotspot_session_migration_enable: true,
      hotspot_exit_session_num: 4,
      non_migrate_users: [{ user_id: "da16f9b8bc9444029cc171a4f7286353", user_name: "test" }]
    }
  ]
}

/**
 * The body of a documented error.
 *
 * @category models
 * @since 0.1.0
 */
export interface Body {
  readonly error_code: string
  readonly error_msg: string
}

/**
 * The documented errors by status. The codes are the specification's examples, the messages the documentation's descriptions
 * of the status.
 *
 * Source: Status Codes of
 * {@link https://support.huaweicloud.com/intl/en-us/api-workspace/ListHotspotSessionConfig.html ListHotspotSessionConfig}.
 *
 * @category constants
 * @since 0.1.0
 */
export const errors = {
  400: {
    error_code: "WKS.00211102",
    error_msg: "The request cannot be understood by the server due to malformed syntax."
  },
  401: { error_code: "WKS.00211302", error_msg: "Authentication failed." },
  403: { error_code: "WKS.00081102", error_msg: "No permissions." },
  404: { error_code: "WKS.00211902", error_msg: "Resources not found." },
  405: { error_code: "WKS.00000405", error_msg: "The method specified in the request is not allowed." },
  500: {
    error_code: "WKS.00211401",
    error_msg: "An internal service error occurred. For details, see the error code description."
  },
  503: { error_code: "WKS.00050902", error_msg: "Service unavailable." }
} as const satisfies Record<number, Body>

/**
 * The documented body of a status, or `undefined` if the documentation does not list it.
 *
 * @category conversions
 * @since 0.1.0
 */
export const errorOf = (status: number): Body | undefined => (errors as Readonly<Record<number, Body>>)[status]
