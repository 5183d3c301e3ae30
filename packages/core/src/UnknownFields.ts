/**
 * Annotations of a model that keeps fields it does not define, so that fields of a newer API are not lost. They apply to
 * every way of decoding and encoding, and override the caller's `onExcessProperty`.
 */
export const keepUnknownFields = { parseOptions: { onExcessProperty: "preserve" } } as const
