import { Agent, request } from "undici"
import { checkPage } from "../SamplePage.js"
import { type Make, pathOf, repeat } from "../Subject.js"

/** What everything is compared with: no signature, no validation, no retry, no time limit, no error of one's own. */
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
