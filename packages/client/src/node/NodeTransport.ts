/** A transport over `node:http`, which costs a program that makes a few calls the least to load. */
import * as Http from "node:http"
import type * as HttpClient from "@effect/platform/HttpClient"
import type { Transport } from "../Transport.js"
import * as CallbackTransport from "./CallbackTransport.js"
import { Receiver } from "./CallbackTransport.js"
import type { Agents } from "./NodeClient.js"

/** The parts of an origin: `https:`, `[::1]` without its brackets, `8080`. */
const originParts = /^(https?:)\/\/\[?(.*?)\]?(?::(\d+))?$/

/** If the server switches to another protocol, or stops within the body, this is the first that is reported. */
const closedEarly = Object.assign(new Error("no complete response"), { code: "ECONNRESET" })

/** `client` sends what `node:http` does not take as it is. The agents must pass on connections that are ready. */
export const make = (agents: Agents, client: HttpClient.HttpClient, maxBodyBytes: number): Transport =>
  CallbackTransport.make(client, maxBodyBytes, Receiver, ({ body, headers, method, url }, receiver) => {
    const [, protocol, hostname, port] = originParts.exec(url.origin) ?? []
    const request = Http.request({
      protocol,
      hostname,
      port,
      path: url.pathname + url.search,
      method,
      headers,
      agent: protocol === "https:" ? agents.https : agents.http
    })
    request
      .once("socket", () => receiver.sending())
      .once("response", (response) => {
        receiver.head(response.statusCode ?? 0, response.headers)
        response
          .on("data", (chunk: Buffer) => receiver.data(chunk))
          .once("end", () => receiver.complete())
          .on("error", (error) => receiver.fail(error))
      })
      .on("error", (error) => receiver.fail(error))
      .once("close", () => receiver.fail(closedEarly))
    receiver.abortWith(() => request.destroy())
    request.end(body)
  })
