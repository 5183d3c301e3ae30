import { type Environment, Proxy } from "@hotspot-session/client"
import * as CertificateFile from "@hotspot-session/client/CertificateFile"
import type { HttpClientOptions } from "@hotspot-session/client/HttpClientOptions"
import * as NodeMachine from "@hotspot-session/client/NodeMachine"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { ConfigurationError } from "./ConfigurationError.js"
import type { ExplainedSetting } from "./ExplainedSetting.js"
import type { SourcedValue } from "./SourcedValue.js"

/** How hosts are reached, as set by an option or by a variable of a command. */
export interface ConnectionRequest {
  /** The URL of a proxy, or `off`. Default: the proxy variables of the environment. */
  readonly proxy: SourcedValue | undefined
  /** A file of certificate authorities. */
  readonly caFile: SourcedValue | undefined
}

/** How hosts are reached. */
export interface ResolvedConnection {
  readonly proxy: Proxy.ProxySettings
  /** The files of certificate authorities. */
  readonly caFiles: ReadonlyArray<SourcedValue>
  /** The authorities of the command's own file, as PEM. */
  readonly ca: ReadonlyArray<string>
}

/** The options of the clients. */
export const clientOptions = ({ ca, proxy }: ResolvedConnection, environment: Environment): HttpClientOptions => ({
  proxy,
  ca,
  systemCa: true,
  environment
})

/** Whether a value is that of a command line, which every user of the machine can read. */
const isOption = (source: string): boolean => source.startsWith("option ")

/** The variable in which a password belongs. */
const findProxy = (
  { source, value }: SourcedValue,
  environment: Environment,
  variable: string
): Proxy.ProxySettings => {
  if (value.trim() === "off") return {}
  const proxy = Either.filterOrLeft(
    Proxy.parse(value, source),
    ({ authorization }) => authorization === undefined || !isOption(source),
    () => ({
      source,
      problem: "contains a password, which every user of this machine can read",
      hint: `Set the whole URL with ${variable} instead. Then change the password.`
    })
  )
  return Proxy.forAll(proxy, environment)
}

const caError = ({ source, value }: SourcedValue, problem: string): ConfigurationError =>
  new ConfigurationError({
    message: `The file of certificate authorities (${source}) cannot be used: ${value} ${problem}.`,
    hint: "It must hold certificates as PEM, each between BEGIN CERTIFICATE and END CERTIFICATE."
  })

const environmentFile = (environment: Environment): SourcedValue | undefined => {
  const value = environment["SSL_CERT_FILE"]?.trim()
  return value ? { value, source: "environment variable SSL_CERT_FILE" } : undefined
}

/** Fails if the environment's file of authorities cannot be used. */
export const checkEnvironmentFile = (environment: Environment): Effect.Effect<void, ConfigurationError> => {
  const file = environmentFile(environment)
  return file === undefined
    ? Effect.void
    : Effect.mapError(CertificateFile.check(file.value), (problem) => caError(file, problem))
}

const proxyOf = ({ proxy }: ConnectionRequest, environment: Environment, variable: string): Proxy.ProxySettings =>
  proxy === undefined ? Proxy.fromEnvironment(environment) : findProxy(proxy, environment, variable)

/** The authorities of the command's own file. */
const readOwnFile = (
  file: SourcedValue | undefined,
  environment: Environment
): Effect.Effect<ReadonlyArray<string>, ConfigurationError> =>
  file === undefined
    ? Effect.succeed([])
    : NodeMachine.expandHome(file.value, environment).pipe(
        Effect.flatMap(CertificateFile.read),
        Effect.mapError((problem) => caError(file, problem))
      )

/** How hosts are reached. `variable` is the command's own for a proxy. Fails if the file of authorities cannot be used. */
export const resolveConnection = (
  request: ConnectionRequest,
  environment: Environment,
  variable: string
): Effect.Effect<ResolvedConnection, ConfigurationError> =>
  Effect.map(readOwnFile(request.caFile, environment), (ca) => ({
    proxy: proxyOf(request, environment, variable),
    caFiles: [request.caFile, environmentFile(environment)].filter((file) => file !== undefined),
    ca
  }))

const usesTls = (urls: ReadonlyArray<string | undefined>): boolean => urls.some((url) => url?.startsWith("https:"))

const proxyError = ({ hint, problem, source }: Proxy.ProxyProblem): ConfigurationError =>
  new ConfigurationError({ message: `The proxy (${source}) cannot be used: it ${problem}.`, hint })

/** Checks what is used only for some URLs: their proxy, and for TLS the environment's file of authorities. */
export const checkUrls = (
  { proxy }: Pick<ResolvedConnection, "proxy">,
  urls: ReadonlyArray<string>,
  environment: Environment
): Effect.Effect<void, ConfigurationError> => {
  for (const url of urls) {
    const route = Proxy.routeOf(new URL(url), proxy)
    if (route._tag === "Unusable") return proxyError(route.problem)
  }
  return usesTls(urls) ? checkEnvironmentFile(environment) : Effect.void
}

/** The route to a URL, without a password. */
export const routeText = ({ proxy }: Pick<ResolvedConnection, "proxy">, url: string): string => {
  const route = Proxy.routeOf(new URL(url), proxy)
  switch (route._tag) {
    case "Direct":
      return `direct: ${route.reason}`
    case "Proxied":
      return `through ${Proxy.describe(route.proxy)}`
    case "Unusable":
      return `none: ${route.problem.source} ${route.problem.problem}`
  }
}

/** The proxy of a URL as a setting. */
const explainRoute = (setting: string, proxy: Proxy.ProxySettings, url: string): ExplainedSetting => {
  const route = Proxy.routeOf(new URL(url), proxy)
  switch (route._tag) {
    case "Direct":
      return { setting, source: route.reason }
    case "Proxied":
      return { setting, value: Proxy.urlOf(route.proxy), source: route.proxy.source }
    case "Unusable":
      return { setting, source: `${route.problem.source} ${route.problem.problem}` }
  }
}

/** The URLs that are reached. */
interface ReachedUrls {
  readonly endpoint: string | undefined
  readonly iamEndpoint: string | undefined
}

const explainProxies = (
  proxy: Proxy.ProxySettings,
  { endpoint, iamEndpoint }: ReachedUrls
): ReadonlyArray<ExplainedSetting> => [
  ...(endpoint === undefined ? [] : [explainRoute("proxy", proxy, endpoint)]),
  ...(iamEndpoint === undefined ? [] : [explainRoute("IAM proxy", proxy, iamEndpoint)])
]

const explainFile = (file: SourcedValue): ExplainedSetting => ({ setting: "CA file", ...file })

/** The settings for display: the proxy of the endpoint, that of IAM, and the files of authorities. */
export const explainConnection = (
  { caFiles, proxy }: ResolvedConnection,
  urls: ReachedUrls
): ReadonlyArray<ExplainedSetting> => [...explainProxies(proxy, urls), ...caFiles.map(explainFile)]

/** Like `explainConnection`, with what is wrong with a file of authorities in its place. The environment's is used for TLS. */
export const explainRequest = (
  request: ConnectionRequest,
  environment: Environment,
  variable: string,
  urls: ReachedUrls
): Effect.Effect<ReadonlyArray<ExplainedSetting>> => {
  const explained = (file: SourcedValue | undefined, check: Effect.Effect<unknown, ConfigurationError>) =>
    file === undefined
      ? Effect.succeed([])
      : Effect.match(check, {
          onFailure: ({ message }): ReadonlyArray<ExplainedSetting> => [{ setting: "CA file", source: message }],
          onSuccess: () => [explainFile(file)]
        })
  return Effect.zipWith(
    explained(request.caFile, readOwnFile(request.caFile, environment)),
    explained(
      environmentFile(environment),
      usesTls([urls.endpoint, urls.iamEndpoint]) ? checkEnvironmentFile(environment) : Effect.void
    ),
    (own, environments) => [...explainProxies(proxyOf(request, environment, variable), urls), ...own, ...environments]
  )
}

/** The warning for Node's switch that turns the verification of certificates off, which has no effect here. */
export const verificationWarning = (environment: Environment): string | undefined =>
  environment["NODE_TLS_REJECT_UNAUTHORIZED"] === "0"
    ? "NODE_TLS_REJECT_UNAUTHORIZED=0 is ignored: certificates are always verified. Trust a private authority with --ca-file."
    : undefined
