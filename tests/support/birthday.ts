/** Birth dates for an age that somebody has from a day on. */

/** The day on which somebody was born who has their birthday in `days` days and is then `years` old, in UTC. */
export function bornFor(years: number, days = 0): string {
  const day = new Date(Date.now() + days * 24 * 60 * 60 * 1_000).toISOString().slice(0, 10);
  const born = `${Number(day.slice(0, 4)) - years}${day.slice(4)}`;
  const hasDay = new Date(`${born}T00:00Z`).toISOString().startsWith(born);
  return hasDay ? born : born.replace("02-29", days > 0 ? "03-01" : "02-28");
}
