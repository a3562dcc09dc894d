/** The dice of the bench's world: SQL expressions that always give the same world for the same size. */

/** Runs one SQL statement on the one connection that the world is built on. */
export type Sql = (text: string) => Promise<Record<string, unknown>[]>;

/** The days of the world, from 2025-01-01: people join, then make friends and videos, and talk to the last day. */
export const JOINED_BY_DAY = 100;
export const LAST_DAY = 300;
export const DAY_MS = 86_400_000;

/** The temporary functions that the expressions below call. */
export const functions = `
  create or replace function pg_temp.roll(salt bigint, n bigint) returns float8 language sql immutable as $$
    select (hashint8extended(n, salt) & 9007199254740991)::float8 / 9007199254740992
  $$;
  create or replace function pg_temp.id_at(ms bigint, salt bigint, n bigint) returns bigint language sql immutable as $$
    select (ms << 22) | (hashint8extended(n, salt) & 4194303)
  $$;
  create or replace function pg_temp.time_at(ms bigint) returns timestamptz language sql immutable as $$
    select to_timestamp((1735689600000 + ms)::float8 / 1000)
  $$;`;

function salt(name: string): number {
  let hash = 2_166_136_261;
  for (const letter of name) hash = Math.imul(hash ^ letter.charCodeAt(0), 16_777_619);
  return hash >>> 0;
}

/** SQL: a number from 0 up to 1 that depends on `name` and the integer expression `n` alone. */
export function roll(name: string, n: string): string {
  return `pg_temp.roll(${salt(name)}, ${n})`;
}

/** SQL: a whole number from 1 to `count`, each as likely as the next. */
export function any(name: string, n: string, count: number | string): string {
  return `(1 + floor(${roll(name, n)} * (${count})))::integer`;
}

/**
 * SQL: a whole number from 1 to `count`, the first the likeliest: the chance of r is as (r + `offset`) to the power of
 * -`steepness`, which is below 1.
 */
export function skewed(name: string, n: string, count: number, steepness: number, offset: number): string {
  const power = 1 - steepness;
  const low = offset ** power;
  const span = (count + offset) ** power - low;
  return `least(${count}, 1 + floor(power(${span} * ${roll(name, n)} + ${low}, ${1 / power}) - ${offset}))::integer`;
}

/** SQL: one of the texts, for the integer expression `n`. */
export function oneOf(name: string, n: string, texts: readonly string[]): string {
  const list = texts.map((text) => `'${text.replaceAll("'", "''")}'`).join(", ");
  return `(array[${list}])[${any(name, n, texts.length)}]`;
}

/** SQL: the id of a row of kind `kind`, the `n`th, made `ms` milliseconds into the world. */
export function idAt(kind: string, ms: string, n: string): string {
  return `pg_temp.id_at((${ms})::bigint, ${salt(kind)}, ${n})`;
}

/** SQL: the moment `ms` milliseconds into the world. */
export function timeAt(ms: string): string {
  return `pg_temp.time_at((${ms})::bigint)`;
}

/** How many of each thing the world has. */
export interface WorldSize {
  readonly people: number;
  /** The first so many people; the accounts after them have been deleted. */
  readonly living: number;
  readonly friendships: number;
  readonly videos: number;
  readonly likes: number;
  /** Also how many are saved. */
  readonly reposts: number;
  readonly comments: number;
  readonly views: number;
  readonly conversations: number;
  readonly messages: number;
  /** Messages that bring a video, about; of public ones they are fewer. */
  readonly shares: number;
  /** How many take part in the largest groups. */
  readonly largestGroup: number;
}

/** The size of the world at `scale`: 1 is 20,000 people. */
export function worldSize(scale: number): WorldSize {
  const times = (count: number) => Math.max(1, Math.round(count * scale));
  const people = Math.max(40, times(20_000));
  const living = people - Math.floor(people / 200);
  const conversations = Math.max(20, times(10_000));
  return {
    people,
    living,
    // A person has 60 friends on average, as far as there are people.
    friendships: Math.min(people * 30, Math.floor((living * (living - 1)) / 8)),
    videos: times(100_000),
    likes: times(200_000),
    reposts: times(60_000),
    comments: times(100_000),
    views: times(400_000),
    conversations,
    messages: Math.max(conversations * 5, times(400_000)),
    shares: times(40_000),
    largestGroup: Math.min(256, living),
  };
}

/** SQL: the id of the `n`th person, who joined in the order of `n`. */
export function personId(size: WorldSize, n: string): string {
  return idAt("person", joinedMs(size, n), n);
}

/** SQL: when the `n`th person joined, in milliseconds into the world. */
export function joinedMs(size: WorldSize, n: string): string {
  return `(${n})::bigint * ${Math.floor((JOINED_BY_DAY * DAY_MS) / size.people)}`;
}

/** SQL: a person, those who have many friends and talk much the likelier. */
export function talker(size: WorldSize, name: string, n: string): string {
  return skewed(name, n, size.living, 0.67, Math.max(1, size.people / 1000));
}

/** SQL: when the `v`th video was published, in milliseconds into the world. */
export function publishedMs({ videos }: WorldSize, v: string): string {
  const spanMs = (LAST_DAY - JOINED_BY_DAY) * DAY_MS;
  return `${JOINED_BY_DAY * DAY_MS} + (${v})::bigint * ${Math.floor(spanMs / videos)}`;
}

/** SQL: the id of the `v`th video. */
export function videoId(size: WorldSize, v: string): string {
  return idAt("video", publishedMs(size, v), v);
}
