/** The environment's variables that both commands read; those of credentials are the chain's. An empty one is not set. */
export const variables = {
  projectId: "HUAWEICLOUD_SDK_PROJECT_ID",
  region: "HOTSPOT_SESSION_REGION",
  endpoint: "HOTSPOT_SESSION_ENDPOINT",
  iamEndpoint: "HUAWEICLOUD_SDK_IAM_ENDPOINT",
  token: "HOTSPOT_SESSION_AUTH_TOKEN"
} as const
