import { existsSync, readdirSync, readFileSync } from "node:fs"

/** Ticks of `/proc` per second, on all processors that Node supports. */
const ticksPerSecond = 100

/** Whether the system tells the CPU time of other processes. Only Linux does in a way that this package reads. */
export const hasProcessTimes = (): boolean => existsSync("/proc/self/stat") && existsSync("/proc/stat")

interface ProcessTimes {
  readonly pid: number
  readonly parent: number
  readonly own: number
  /** Those of its children that have ended. */
  readonly ended: number
}

const readTimes = (pid: number | string): ProcessTimes | undefined => {
  try {
    // The program's name may contain spaces; it ends at the last parenthesis.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ")
      .map(Number)
    const ticks = (index: number): number => (fields[index] ?? 0) + (fields[index + 1] ?? 0)
    return {
      pid: Number(pid),
      parent: fields[1] ?? 0,
      own: ticks(11) / ticksPerSecond,
      ended: ticks(13) / ticksPerSecond
    }
  } catch {
    // It has ended in the meantime.
    return undefined
  }
}

/** CPU time in seconds of a process and all it has started; NaN if the system does not tell. */
export const treeSeconds = (root: number): number => {
  if (!hasProcessTimes()) return Number.NaN
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readTimes(name) ?? [])
  const sum = ({ ended, own, pid }: ProcessTimes): number =>
    all.filter(({ parent }) => parent === pid).reduce((total, child) => total + sum(child), own + ended)
  return all.filter(({ pid }) => pid === root).reduce((total, process) => total + sum(process), 0)
}

/** CPU time in seconds of the processes that this one has started and that have ended; NaN if the system does not tell. */
export const endedSeconds = (): number =>
  hasProcessTimes() ? (readTimes(process.pid)?.ended ?? Number.NaN) : Number.NaN

/**
 * CPU time in seconds of the whole machine, as `/proc/stat` counts it, with what other virtual machines took. Without
 * that of interrupts: on some systems the times of processes contain it, on others they do not.
 */
export const busySecondsOf = (stat: string): number => {
  const [user = 0, nice = 0, system = 0, , , , , steal = 0] =
    /^cpu +(.*)$/m.exec(stat)?.[1]?.split(" ").map(Number) ?? []
  return (user + nice + system + steal) / ticksPerSecond
}

/** CPU time in seconds of the whole machine; NaN if the system does not tell. */
export const machineSeconds = (): number =>
  hasProcessTimes() ? busySecondsOf(readFileSync("/proc/stat", "utf8")) : Number.NaN
