/** Instants inside ids, in SQL: ids grow with time, so an index of ids is one of instants as well. */
import { EPOCH_MS, RANDOM_BITS } from "../ids.ts";

/** SQL: the instant, to the millisecond, at which the id was made. */
export function madeAt(id: string): string {
  return `('epoch'::timestamptz + ((${id} >> ${RANDOM_BITS}) + ${EPOCH_MS}) * interval '1 millisecond')`;
}

// An instant that somebody has made up may lie where there are no ids: in years of which these bits can't tell.
const LAST_MS = (1n << (63n - RANDOM_BITS)) - 2n;

/** SQL: the lowest id that may have been made at the instant. */
export function firstIdAt(instant: string): string {
  const made = `(extract(epoch from ${instant}) * 1000)::bigint - ${EPOCH_MS}`;
  return `(greatest(least(${made}, ${LAST_MS}), 0) << ${RANDOM_BITS})`;
}

/** SQL: the id below which are all those that come before (`instant`, `id`), ordered by when they were made and by themselves. */
export function idBefore(instant: string, id: string): string {
  return `greatest(${firstIdAt(instant)}, least(${id}, ${firstIdAt(instant)} + ${1n << RANDOM_BITS}))`;
}
