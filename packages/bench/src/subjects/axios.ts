import { Agent } from "node:http"
import axios from "axios"
import { checkPage } from "../SamplePage.js"
import { type Make, pathOf, repeat } from "../Subject.js"

export const make: Make = async (origin) => {
  const client = axios.create({ baseURL: origin, httpAgent: new Agent({ keepAlive: true }) })
  return {
    lane: repeat(async (size) => {
      checkPage((await client.get(pathOf(size))).data, size)
    })
  }
}
