// What is tried in every runtime: the client over fetch, with Effect and with promises, and the gateway's handler.
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { Credentials, HotspotSession, RetryPolicy } from "@hotspot-session/client"
import { connect, fromLayer } from "@hotspot-session/client/promise"
import { Gateway } from "@hotspot-session/gateway"
import { Layer, Redacted } from "effect"

const project_id = "0123456789abcdef0123456789abcdef"
const token = "emulator-token"
const create = { project_id, hotspot_session_migration_enable: true, hotspot_exit_session_num: 4 }

/** Throws unless all expected fields of the error of a call are as expected. */
const fails = async (title, call, expected) => {
  const error = await call.then(
    () => ({ _tag: "success" }),
    (error) => error
  )
  for (const [name, value] of Object.entries(expected)) {
    if (error[name] !== value) throw new Error(`${title}: ${name} is ${error[name]}, not ${value}: ${error}`)
  }
}

/** workerd reports neither what kept a connection from being opened nor whether anything was sent. */
const expectedIn = (isWorkerd) => ({
  refused: isWorkerd ? { reason: "reset", outcome: "unknown" } : { reason: "connect", outcome: "not_done" },
  untrusted: isWorkerd ? { reason: "unknown", outcome: "unknown" } : { reason: "tls", outcome: "not_done" }
})

/** Tries a client with promises; `makeClient` makes one of an endpoint. */
export const tryClient = async (makeClient, { endpoint, isWorkerd, redirecting, refused, silent, untrusted }) => {
  const client = await makeClient(endpoint)
  const expected = expectedIn(isWorkerd)
  const createAt = (endpoint) => client.createHotspotSessionConfig(create, { endpoint, timeout: "5 seconds" })
  try {
    const { id } = await client.createHotspotSessionConfig(create)
    const ids = new Set()
    for await (const config of client.listHotspotSessionConfig.items({ project_id, limit: 10 })) ids.add(config.id)
    if (ids.size < 26 || !ids.has(id)) throw new Error(`${ids.size} configurations are listed`)

    const wrong = client.listHotspotSessionConfig({ project_id }, { credentials: { token: "wrong" } })
    await fails("a wrong token", wrong, { _tag: "Unauthorized" })
    await fails("a refused connection", createAt(refused), expected.refused)
    if (untrusted !== undefined) await fails("an untrusted certificate", createAt(untrusted), expected.untrusted)
    await fails("a redirect", createAt(redirecting), { _tag: "UnexpectedStatus", status: 302 })

    const late = client.createHotspotSessionConfig(create, { endpoint: silent, timeout: "200 millis" })
    await fails("a time limit", late, { reason: "deadline", outcome: "unknown" })
    const aborted = client.createHotspotSessionConfig(create, { endpoint: silent, signal: AbortSignal.timeout(200) })
    await fails("an aborted call", aborted, { name: "TimeoutError" })
  } finally {
    await client.close()
  }
}

const options = { retry: RetryPolicy.none }

/** A client over an `HttpClient`. */
export const clientOver = (httpClient) => (endpoint) =>
  fromLayer(
    HotspotSession.layer({ ...options, endpoint }).pipe(
      Layer.provide([Credentials.layerToken(Redacted.make(token)), httpClient])
    )
  )

const tryGateway = async ({ endpoint, refused }) => {
  const request = () =>
    new Request(`http://gateway.example/v1/${project_id}/hotspot-session-config?limit=10`, {
      headers: { "x-auth-token": token }
    })
  const respond = async (endpoint) => {
    const client = HotspotSession.layer({ ...options, endpoint }).pipe(
      Layer.provide([Gateway.layerNoCredentials, FetchHttpClient.layer])
    )
    const { dispose, handler } = Gateway.toWebHandler(client)
    const response = await handler(request())
    const result = { status: response.status, body: await response.json() }
    await dispose()
    return result
  }
  const listed = await respond(endpoint)
  if (listed.body.items?.length !== 10) throw new Error(`the gateway responds with ${JSON.stringify(listed)}`)
  const failed = await respond(refused)
  if (failed.status !== 503) throw new Error(`without the service, the gateway responds with ${JSON.stringify(failed)}`)
}

export const faces = {
  fetch: (backends) => tryClient(clientOver(FetchHttpClient.layer), backends),
  promise: (backends) => tryClient((endpoint) => connect({ ...options, endpoint, credentials: { token } }), backends),
  gateway: tryGateway
}

/** The problem of each face; `ok` if there is none. */
export const tryAll = async (faces, backends) => {
  const results = {}
  for (const [name, face] of Object.entries(faces)) {
    results[name] = await face(backends).then(
      () => "ok",
      (error) => String(error?.stack ?? error)
    )
  }
  return results
}
