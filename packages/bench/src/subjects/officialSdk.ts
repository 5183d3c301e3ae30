import { BasicCredentials } from "@huaweicloud/huaweicloud-sdk-core/auth/BasicCredentials.js"
import { ClientBuilder } from "@huaweicloud/huaweicloud-sdk-core/ClientBuilder.js"
import { Logger4jInstance } from "@huaweicloud/huaweicloud-sdk-core/logger/log4jLogger.js"
import type { SdkResponse } from "@huaweicloud/huaweicloud-sdk-core/SdkResponse.js"
import { checkPage } from "../SamplePage.js"
import { accessKey, type Make, projectId, repeat, secretKey } from "../Subject.js"

Logger4jInstance.level = "off"

/** The core of the official SDK, asked as its generated services ask it. */
export const make: Make = async (origin) => {
  // With a name of one's own it writes no file into the home directory.
  const client = new ClientBuilder((client) => client)
    .withOptions({ customUserAgent: "bench" })
    .withEndpoint(`${origin}/signed`)
    .withCredential(new BasicCredentials({ projectId, ak: accessKey, sk: secretKey }))
    .build()
  return {
    lane: repeat(async (size) => {
      const page = await client.sendRequest<SdkResponse>({
        method: "GET",
        url: "/v1/{project_id}/hotspot-session-config",
        contentType: "application/json",
        queryParams: { limit: size, offset: 0 },
        pathParams: {},
        headers: {},
        // As they do: it goes out as the body of the GET, and is signed.
        data: {}
      })
      checkPage(page, size)
    })
  }
}
