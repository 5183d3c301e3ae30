/** Version of this library, as `User-Agent` names it. A test keeps it equal to the manifest's. */
export const version = "0.0.0"
