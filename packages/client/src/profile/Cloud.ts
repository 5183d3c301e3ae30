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

/** A URL without what makes no difference, or is secret. */
const plain = (url: string): string => {
  if (!URL.canParse(url)) return ""
  const { origin, pathname } = new URL(url)
  return `${origin.replace(/\.(?=:\d+$|$)/, "")}${pathname.replace(/\/+$/, "")}`
}

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
  /** Whether it says which cloud the credentials are for, as Terraform's URL of IAM does. Default: false. */
  readonly namesCloud?: boolean | undefined
}

/**
 * The URLs that credentials are used with.
 *
 * @category models
 * @since 0.1.0
 */
export interface Addresses {
  /** Absent if it is not known yet. */
  readonly endpoint?: Address | undefined
  /** Another endpoint that the credentials are used at. */
  readonly otherEndpoint?: Address | undefined
  /** Absent if there is no IAM. */
  readonly iamEndpoint?: Address | undefined
  /** The cloud that the source of the credentials names. */
  readonly profile?: { readonly cloud?: Address | undefined; readonly iamEndpoint?: Address | undefined } | undefined
}

/** Whether the host is an IP address, which says nothing about a cloud. */
const isAddress = (url: string): boolean => /^(?:[\d.]+|\[.*\])$/.test(hostOf(url))

const described = (what: string, { source, value }: Address, cloud: string | undefined): string => {
  const at = plain(value)
  return `the ${what} (${source}) is ${cloud !== undefined ? `of ${cloud}` : at === "" ? "not a URL" : `at ${at}`}`
}

/**
 * Why the service, IAM and the cloud that the credentials are for do not belong together, as a sentence without its end.
 * `undefined` if they may: a host in no known cloud can be a gateway or a private endpoint of any. Secrets of one cloud must not
 * be sent to another.
 *
 * @category conversions
 * @since 0.1.0
 */
export const mismatch = ({ endpoint, iamEndpoint, otherEndpoint, profile }: Addresses): string | undefined => {
  const { cloud, iamEndpoint: ofProfile } = profile ?? {}
  const of = (address: Address | undefined) => address && cloudOfUrl(address.value, cloud?.value)
  const ofService = of(endpoint)
  const ofIam = of(iamEndpoint)
  const ofOther = of(otherEndpoint)
  if (cloud !== undefined) {
    const named = `the cloud (${cloud.source}) is ${cloud.value}`
    if (endpoint !== undefined && ofService !== undefined && ofService !== cloud.value) {
      return `${described("endpoint", endpoint, ofService)}, but ${named}`
    }
    if (iamEndpoint !== undefined && ofIam !== undefined && ofIam !== cloud.value) {
      return `${described("IAM endpoint", iamEndpoint, ofIam)}, but ${named}`
    }
  }
  if (
    iamEndpoint !== undefined &&
    ofProfile?.namesCloud === true &&
    plain(ofProfile.value) !== plain(iamEndpoint.value)
  ) {
    return `${described("IAM endpoint", ofProfile, undefined)}, but ${described("IAM endpoint", iamEndpoint, undefined)}`
  }
  if (endpoint === undefined || ofService === undefined) return undefined
  const service = described("endpoint", endpoint, ofService)
  if (otherEndpoint !== undefined && ofOther !== undefined && ofOther !== ofService) {
    return `${service}, but ${described("endpoint", otherEndpoint, ofOther)}`
  }
  if (iamEndpoint === undefined || ofService === ofIam) return undefined
  const mayBePrivate = cloud !== undefined && isAddress(iamEndpoint.value)
  return ofIam !== undefined || (iamEndpoint.namesCloud === true && !mayBePrivate)
    ? `${service}, but ${described("IAM endpoint", iamEndpoint, ofIam)}`
    : undefined
}

/**
 * Whether a host is in one of the known clouds, or in the given one.
 *
 * @internal
 */
export const isKnown = (url: string, cloud: string | undefined): boolean => cloudOfUrl(url, cloud) !== undefined
