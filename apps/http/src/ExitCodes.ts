/** How the command ends: as the command line tool does, but that SIGTERM, which ends a service as it should, gives 0. */
export const exitCodes = {
  ok: 0,
  cannotListen: 1,
  usage: 2,
  configuration: 3,
  authentication: 4,
  unavailable: 6,
  defect: 70,
  interrupted: 130
} as const
