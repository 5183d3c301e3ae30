/**
 * The project with the emulator's generated configurations.
 *
 * @category constants
 * @since 0.1.0
 */
export const projectId = "0123456789abcdef0123456789abcdef"

/**
 * The name of that project, with which a token can be requested. Real projects have the names of regions.
 *
 * @category constants
 * @since 0.1.0
 */
export const projectName = "emulator-1"

/**
 * A value of `X-Auth-Token` that is valid for every project and never expires. Public, so not a secret.
 *
 * @category constants
 * @since 0.1.0
 */
export const token = "emulator-token"

/**
 * The account of the user who can request tokens from IAM.
 *
 * @category constants
 * @since 0.1.0
 */
export const domainName = "emulator"

/**
 * The user who can request tokens from IAM.
 *
 * @category constants
 * @since 0.1.0
 */
export const userName = "emulator"

/**
 * The password of that user. Public, so not a secret.
 *
 * @category constants
 * @since 0.1.0
 */
export const password = "emulator-password"

/**
 * A permanent access key, valid for every project.
 *
 * @category constants
 * @since 0.1.0
 */
export const accessKey = "EMULATORACCESSKEY001"

/**
 * The secret key of that access key. Public, so not a secret.
 *
 * @category constants
 * @since 0.1.0
 */
export const secretKey = "EmulatorSecretKeyEmulatorSecretKey123456"

/**
 * A temporary access key that never expires, valid for every project. Public, so not a secret.
 *
 * @category constants
 * @since 0.1.0
 */
export const temporaryKey = {
  accessKey: "HSTAEMULATORTEMPKEY1",
  secretKey: "EmulatorTemporarySecretKeyNotASecret1234",
  securityToken: "emulator-security-token"
} as const
