/** The options of a field that may be absent, and for which `null` means absent. */
export const nullable = { nullable: true, exact: true } as const
