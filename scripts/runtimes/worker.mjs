// Tries what runs in workerd, at each request.
import { faces, tryAll } from "./faces.mjs"

export default {
  fetch: async (request) => Response.json(await tryAll(faces, { ...(await request.json()), isWorkerd: true }))
}
