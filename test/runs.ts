/**
 * Whether everything is tried, as `npm run canary` does: every combination, and every property with all its inputs. The tests
 * of every day try a part of them, which differs from run to run or covers each value once.
 */
export const isWhole = process.env["CANARY"] === "whole"

/** With how many inputs a property is tried. */
export const runs = (whole: number, usual = Math.ceil(whole / 4)): number => (isWhole ? whole : usual)

/** All values, or the one whose turn it is. */
export const inTurn = <A>(values: ReadonlyArray<A>, turn: number): ReadonlyArray<A> =>
  isWhole ? values : values.filter((_, index) => index === turn % values.length)
