/** Made-up readings, one a minute: the same for the same number, warmest after noon, now and then too hot. */
export function dayOfReadings(day: number): readonly number[] {
  return Array.from({ length: 1440 }, (_nothing, minute) => {
    const warmth = Math.sin(((minute - 480) / 1440) * 2 * Math.PI) * 150
    return Math.round(600 + warmth + ((day * 7 + minute * 13) % 41))
  })
}

export const limit = 785
