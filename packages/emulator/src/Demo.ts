/**
 * The project that the emulator makes configurations for.
 *
 * @category constants
 */
export const projectId = "0123456789abcdef0123456789abcdef"

/**
 * The name of that project, by which a token can be asked for. Names of real projects are those of regions.
 *
 * @category constants
 */
export const projectName = "emulator-1"

/**
 * A value of `X-Auth-Token` that the emulator takes for every project and that never expires. Public, so no secret.
 *
 * @category constants
 */
export const token = "emulator-token"

/**
 * The account of the user that can ask IAM for tokens.
 *
 * @category constants
 */
export const domainName = "emulator"

/**
 * The user that can ask IAM for tokens.
 *
 * @category constants
 */
export const userName = "emulator"

/**
 * The password of that user. Public, so no secret.
 *
 * @category constants
 */
export const password = "emulator-password"

/**
 * A permanent access key, for signatures. Good for every project.
 *
 * @category constants
 */
export const accessKey = "EMULATORACCESSKEY001"

/**
 * The secret key of that access key. Public, so no secret.
 *
 * @category constants
 */
export const secretKey = "EmulatorSecretKeyEmulatorSecretKey123456"

/**
 * A temporary access key that never expires. Good for every project. Public, so no secret.
 *
 * @category constants
 */
export const temporaryKey = {
  accessKey: "HSTAEMULATORTEMPKEY1",
  secretKey: "EmulatorTemporarySecretKeyNotASecret1234",
  securityToken: "emulator-security-token"
} as const
