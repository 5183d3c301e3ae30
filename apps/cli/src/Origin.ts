/** The project of a configuration or a failure, where there are several. */
export interface Origin {
  readonly region?: string | undefined
  readonly endpoint?: string | undefined
  readonly project_id: string
}
