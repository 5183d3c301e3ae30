import { Agent, request } from "undici"
import { checkPage } from "../SamplePage.js"
import { type Make, pathOf, repeat } from "../Subject.js"

/** The reference: no signature, validation, retries, timeouts or typed errors. */
export const make: Make = async (origin) => {
  const dispatcher = new Agent()
  return {
    lane: repeat(async (size) => {
      const { body, statusCode } = await request(origin + pathOf(size), { dispatcher })
      if (statusCode !== 200) throw new Error(`status ${statusCode}`)
      checkPage(JSON.parse(await body.text()), size)
    })
  }
}
