/** What the help of the options does not have: all variables, and the files. */

export type Reference = ReadonlyArray<readonly [names: ReadonlyArray<string>, meaning: string]>

export const environment: Reference = [
  [["HOTSPOT_SESSION_REGION"], "--region"],
  [["HOTSPOT_SESSION_ENDPOINT"], "--endpoint"],
  [["HUAWEICLOUD_SDK_PROJECT_ID"], "--project-id"],
  [["HUAWEICLOUD_SDK_IAM_ENDPOINT"], "URL of IAM, instead of the region's"],
  [
    ["HUAWEICLOUD_SDK_REGION_WORKSPACEAPP_AP_SOUTHEAST_1"],
    "endpoint of a region, here of ap-southeast-1; of a list, the first is used"
  ],
  [["HOTSPOT_SESSION_OUTPUT"], "-o of list, create, update and users"],
  [["HOTSPOT_SESSION_PROXY"], "--proxy; may hold a password"],
  [
    ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"],
    "proxies, and the hosts that are reached directly; also in lower case"
  ],
  [["HOTSPOT_SESSION_CA_FILE"], "--ca-file"],
  [["SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS"], "further certificate authorities"],
  [["NODE_TLS_REJECT_UNAUTHORIZED"], "ignored with a warning: certificates are always verified"],
  [["NO_COLOR"], "no colours; CLICOLOR=0 has the same effect"],
  [["FORCE_COLOR", "CLICOLOR_FORCE"], "colours without a terminal"],
  [["CLICOLOR"], "see NO_COLOR"],
  [["TERM"], "dumb: no escape sequences at all"],
  [["XDG_CACHE_HOME"], "parent of the cache folder; a relative path is ignored"],
  [["NODE_COMPILE_CACHE"], "folder of the cache"],
  [["NODE_DISABLE_COMPILE_CACHE"], "disables the cache"]
]

export const files: Reference = [
  [["~/.huaweicloud/credentials"], "credentials, as in the official SDKs"],
  [["~/.huaweicloud/regions.yaml"], "endpoints of regions, as in the official SDKs"],
  [["~/.hcloud/config.json"], "profiles of KooCLI"],
  [["~/.cache/hotspot-session"], "cache of compiled code; can be deleted at any time"]
]
