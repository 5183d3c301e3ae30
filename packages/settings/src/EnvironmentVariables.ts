/** The environment variables of both commands, except for those of the credentials chain. An empty one counts as unset. */
export const variables = {
  projectId: "HUAWEICLOUD_SDK_PROJECT_ID",
  region: "HOTSPOT_SESSION_REGION",
  endpoint: "HOTSPOT_SESSION_ENDPOINT",
  iamEndpoint: "HUAWEICLOUD_SDK_IAM_ENDPOINT",
  token: "HOTSPOT_SESSION_AUTH_TOKEN"
} as const
