/** Kith's own figures for one query, as asked by people with few friends, with many, and with the most that anybody has. */
import { type GraphQLSchema, graphql } from "graphql";
import type { DataSource } from "typeorm";
import { NO_RATES } from "../../src/db/rates.ts";
import { createSchema } from "../../src/graphql/schema.ts";
import { Batch } from "../../src/loaders/kinds.ts";
import type { Contestant } from "./contestants.ts";
import { ExplainingQueries } from "./explain.ts";
import { postOf } from "./line.ts";
import { drive, type Measure, percentile } from "./load.ts";

/** Who asks: their id, how many friends they have, and a friend of a friend. */
export interface Asker {
  readonly id: string;
  readonly friends: number;
  readonly otherId: string;
}

export interface CircleQuery {
  readonly title: string;
  readonly document: string;
  variables(asker: Asker, nr: number): Record<string, string>;
  readonly expects: string;
}

/** How many people ask, of each circle. */
export const ASKERS = 30;
const WARM_UP = 5;

// Whoever is asked about: a friend of one of the asker's friends, who is neither the asker nor a friend of theirs.
const askersNear = (friends: string) => `
  select a.id, a.friend_count as friends, o.id as "otherId"
  from (
    select u.id, u.friend_count
    from users u
    where u.deleted_at is null and u.friend_count > 0
    order by abs(u.friend_count - ${friends}), u.id
    limit ${ASKERS}
  ) a
  cross join lateral (
    select theirs.friend_id as id
    from friendships mine
    join friendships theirs on theirs.user_id = mine.friend_id and theirs.friend_id <> a.id
    where mine.user_id = a.id
      and not exists (select from friendships f where f.user_id = a.id and f.friend_id = theirs.friend_id)
    order by mine.since desc, theirs.since desc
    limit 1
  ) o`;

const CIRCLES = [
  { title: "about 30", askers: askersNear("30") },
  { title: "about 1,000", askers: askersNear("1000") },
  { title: "the most", askers: askersNear("100000") },
];

/** One query as asked by people with so many friends. */
export interface CircleResult {
  readonly title: string;
  /** How many friends those who asked have, on average. */
  readonly friends: number;
  readonly measure: Measure;
  readonly statements: number;
  /** Milliseconds for which the database executes the statements of one request. */
  readonly database: { readonly p50: number; readonly worst: number };
}

type Inside = Pick<CircleResult, "statements" | "database">;

/** Runs a query for each who asks in this process, on statements that are explained. */
async function lookInside(
  explaining: ExplainingQueries,
  schema: GraphQLSchema,
  { document, variables }: CircleQuery,
  askers: readonly Asker[],
): Promise<Inside> {
  const executed: number[] = [];
  for (const [nr, asker] of [...askers.slice(0, WARM_UP), ...askers].entries()) {
    // As much of a context as these queries look at.
    const contextValue = {
      loads: { viewerId: asker.id, batch: new Batch(explaining) },
      viewer: { userId: asker.id, sessionId: "0", expiresAt: Number.MAX_SAFE_INTEGER },
      client: { userAgent: null, address: null },
      rates: NO_RATES,
      takeTogether: async () => {},
    };
    explaining.begin();
    const variableValues = variables(asker, nr);
    const { errors } = await graphql({ schema, source: document, contextValue, variableValues });
    if (errors !== undefined) throw errors[0];
    if (nr >= WARM_UP) executed.push(explaining.milliseconds);
  }
  const { statements } = explaining;
  return { statements, database: { p50: percentile(executed, 0.5), worst: Math.max(...executed) } };
}

/** Puts the load of a query on this server. */
async function load(
  kith: Contestant,
  { document, variables, expects }: CircleQuery,
  askers: readonly Asker[],
  seconds: number,
): Promise<Measure> {
  const requests = await Promise.all(
    askers.map(async (asker, nr) =>
      postOf("/graphql", await kith.socketParams(asker.id), {
        query: document,
        variables: variables(asker, nr),
      }),
    ),
  );
  let sent = 0;
  const next = () => requests[sent++ % requests.length] ?? Buffer.alloc(0);
  return drive(kith.port, next, expects, seconds);
}

/** Measures each query on this server, and inside the database behind `source`. */
export async function measureCircles(
  kith: Contestant,
  source: DataSource,
  databaseUrl: string,
  queries: readonly CircleQuery[],
  seconds: number,
  progress: (what: string) => void,
): Promise<CircleResult[]> {
  const explaining = await ExplainingQueries.open(databaseUrl);
  const schema = createSchema();
  const results: CircleResult[] = [];
  try {
    for (const query of queries) {
      for (const circle of CIRCLES) {
        progress(`${query.title}, ${circle.title} friends`);
        const askers = (await source.query(circle.askers)) as Asker[];
        results.push({
          title: query.title,
          friends: askers.reduce((sum, { friends }) => sum + friends, 0) / askers.length,
          ...(await lookInside(explaining, schema, query, askers)),
          measure: await load(kith, query, askers, seconds),
        });
      }
    }
  } finally {
    await explaining.close();
  }
  return results;
}
