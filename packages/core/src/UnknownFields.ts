/**
 * Annotations of a model that keeps the fields that it does not name, so that nothing of a newer API is lost on the way.
 * They hold however the model is decoded or encoded, and win over `onExcessProperty` of the caller.
 */
export const keepUnknownFields = { parseOptions: { onExcessProperty: "preserve" } } as const
