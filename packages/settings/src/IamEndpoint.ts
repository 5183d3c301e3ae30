import * as Either from "effect/Either"
import type { ConfigurationError } from "./ConfigurationError.js"
import { unusable, usableUrl } from "./ResolvedEndpoint.js"
import type { SourcedValue } from "./SourcedValue.js"

/** Validates an IAM endpoint and removes its trailing slash. */
export const usableIamEndpoint = (endpoint: SourcedValue): Either.Either<SourcedValue, ConfigurationError> =>
  Either.mapBoth(usableUrl(endpoint.value), {
    onRight: (value) => ({ ...endpoint, value }),
    onLeft: (reason) =>
      unusable(
        endpoint,
        "IAM endpoint",
        reason,
        "Use the URL of IAM, such as https://iam.ap-southeast-1.myhuaweicloud.com."
      )
  })
