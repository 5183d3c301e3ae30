/** A number and what it counts, such as "1,234 configurations". */
export const plural = (number: number, noun: string): string => {
  const digits = String(number).replace(/\B(?=(\d{3})+$)/g, ",")
  return `${digits} ${noun}${number === 1 ? "" : "s"}`
}

export const countText = (number: number): string => plural(number, "configuration")
