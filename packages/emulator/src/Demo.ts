/**
 * What every emulator knows from the start. Public, so none of it is a secret.
 *
 * @category constants
 * @since 0.1.0
 */
export const Demo = {
  /** The project with the emulator's generated configurations. */
  projectId: "0123456789abcdef0123456789abcdef",
  /** The name of that project, with which a token can be requested. Real projects have the names of regions. */
  projectName: "emulator-1",
  /** A value of `X-Auth-Token` that is valid for every project and never expires. */
  token: "emulator-token",
  /** The account of the user who can request tokens from IAM. */
  domainName: "emulator",
  /** The user who can request tokens from IAM. */
  userName: "emulator",
  password: "emulator-password",
  /** A permanent access key, valid for every project. */
  accessKey: "EMULATORACCESSKEY001",
  secretKey: "EmulatorSecretKeyEmulatorSecretKey123456",
  /** A temporary access key that never expires, valid for every project. */
  temporaryKey: {
    accessKey: "HSTAEMULATORTEMPKEY1",
    secretKey: "EmulatorTemporarySecretKeyNotASecret1234",
    securityToken: "emulator-security-token"
  },
  /** The identity provider whose ID tokens IAM accepts. */
  idpId: "emulator-idp",
  /** The ID token of that provider. */
  idToken: "emulator.id.token",
  /** The agency that can be assumed, and the account that delegates by it. */
  agencyName: "emulator-agency",
  agencyDomainName: "emulator-delegating",
  agencyDomainId: "c2a07e1d4b8f4f6e9d3b5a7c1e0f2468",
  /** The token that the agent of pods accepts. */
  podToken: "emulator-pod-token"
} as const
