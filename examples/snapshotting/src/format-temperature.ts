/** From tenths of a degree. */
export function formatTemperature(tenths: number | null): string {
  return tenths === null ? "unknown" : `${(tenths / 10).toFixed(1)} °C`
}
