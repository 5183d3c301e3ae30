/** A number such as "1,234". */
export const digits = (number: number): string => String(number).replace(/\B(?=(\d{3})+$)/g, ",")

/** A number and what it counts, such as "1,234 configurations". */
export const plural = (number: number, noun: string): string => `${digits(number)} ${noun}${number === 1 ? "" : "s"}`

export const countText = (number: number): string => plural(number, "configuration")
