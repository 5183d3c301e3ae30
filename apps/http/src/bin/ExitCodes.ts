/** How the command ends. SIGTERM, and printing help or the version, end it with 0. */
export const exitCodes = { cannotListen: 1, usage: 2, configuration: 3, defect: 70, interrupted: 130 } as const
