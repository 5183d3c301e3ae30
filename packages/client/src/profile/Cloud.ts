/**
 * Checks the domain of a cloud, such as `myhuaweicloud.eu`. The result is what is wrong with it, as the end of a sentence;
 * `undefined` if nothing is.
 *
 * @category conversions
 * @since 0.1.0
 */
export const problemOf = (domain: string): string | undefined =>
  /^(?=.{1,200}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/i.test(domain)
    ? undefined
    : "must be a domain such as myhuaweicloud.eu, without a scheme and a path"

const knownClouds = ["myhuaweicloud.com", "myhuaweicloud.eu"]

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).hostname.replace(/\.$/, "") : "")

/** The cloud of a URL, if its host is in one of the known or the given one. */
const cloudOfUrl = (url: string, cloud: string | undefined): string | undefined => {
  const host = hostOf(url)
  return [...(cloud === undefined ? [] : [cloud]), ...knownClouds].find((domain) => host.endsWith(`.${domain}`))
}

/**
 * A URL or a domain, and where it was found, for messages.
 *
 * @category models
 * @since 0.1.0
 */
export interface Address {
  readonly value: string
  readonly source: string
}

/**
 * The URLs that credentials are used with.
 *
 * @category models
 * @since 0.1.0
 */
export interface Addresses {
  readonly endpoint: Address
  /** Absent if there is no IAM. */
  readonly iamEndpoint?: Address | undefined
  /** The cloud that the source of the credentials names. */
  readonly profile?: { readonly cloud?: Address | undefined; readonly iamEndpoint?: Address | undefined } | undefined
}

/** Whether the host is an IP address, which says nothing about a cloud. */
const isAddress = (url: string): boolean => /^(?:[\d.]+|\[.*\])$/.test(hostOf(url))

/** Terraform's URL of IAM says which cloud the credentials are for. */
const isTerraforms = ({ source }: Address): boolean => source.endsWith(" HW_AUTH_URL")

const described = (what: string, { source, value }: Address, cloud: string | undefined): string => {
  const host = hostOf(value)
  return `the ${what} (${source}) is ${cloud !== undefined ? `of ${cloud}` : host === "" ? "not a URL" : `at ${host}`}`
}

/**
 * Why the service, IAM and the cloud that the credentials are for do not belong together, as a sentence without its end.
 * `undefined` if they may: a host in no known cloud can be a gateway or a private endpoint of any. Secrets of one cloud must not
 * be sent to another.
 *
 * @category conversions
 * @since 0.1.0
 */
export const mismatch = ({ endpoint, iamEndpoint, profile }: Addresses): string | undefined => {
  const { cloud, iamEndpoint: ofProfile } = profile ?? {}
  const ofService = cloudOfUrl(endpoint.value, cloud?.value)
  const ofIam = iamEndpoint === undefined ? undefined : cloudOfUrl(iamEndpoint.value, cloud?.value)
  const service = described("endpoint", endpoint, ofService)
  if (cloud !== undefined) {
    const named = `the cloud (${cloud.source}) is ${cloud.value}`
    if (ofService !== undefined && ofService !== cloud.value) return `${service}, but ${named}`
    if (iamEndpoint !== undefined && ofIam !== undefined && ofIam !== cloud.value) {
      return `${described("IAM endpoint", iamEndpoint, ofIam)}, but ${named}`
    }
  }
  if (iamEndpoint === undefined) return undefined
  if (ofProfile !== undefined && isTerraforms(ofProfile) && hostOf(ofProfile.value) !== hostOf(iamEndpoint.value)) {
    return `${described("IAM endpoint", ofProfile, undefined)}, but ${described("IAM endpoint", iamEndpoint, undefined)}`
  }
  if (ofService === undefined || ofService === ofIam) return undefined
  const mayBePrivate = cloud !== undefined && isAddress(iamEndpoint.value)
  return ofIam !== undefined || (isTerraforms(iamEndpoint) && !mayBePrivate)
    ? `${service}, but ${described("IAM endpoint", iamEndpoint, ofIam)}`
    : undefined
}
