/** A configuration, by its place in the listing. */
export const configOf = (offset: number) => ({
  id: String(895110260098859008n + BigInt(offset)),
  project_id: "0123456789abcdef0123456789abcdef",
  hotspot_session_migration_enable: offset % 3 !== 0,
  hotspot_exit_session_num: offset % 20,
  non_migrate_users: [{ user_id: "da16f9b8bc9444029cc171a4f7286353", user_name: `user-${offset % 1000}` }]
})

/** The body of a page, as the service serializes it. */
export const pageBytes = (offset: number, size: number): Buffer =>
  Buffer.from(JSON.stringify({ items: Array.from({ length: size }, (_, index) => configOf(offset + index)) }))

interface Page {
  readonly items?: ReadonlyArray<{
    readonly id?: string
    readonly non_migrate_users?: ReadonlyArray<{ readonly user_name?: string }>
  }>
}

/** Checks a response, so that no client is faster by returning less. */
export const checkPage = (page: unknown, size: number): void => {
  const { items } = page as Page
  const last = items?.[size - 1]
  const expected = configOf(size - 1)
  if (
    items?.length !== size ||
    last?.id !== expected.id ||
    last.non_migrate_users?.[0]?.user_name !== expected.non_migrate_users[0]?.user_name
  ) {
    throw new Error(`not the page of ${size} configurations: ${JSON.stringify(page).slice(0, 200)}`)
  }
}
