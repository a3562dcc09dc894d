/** Ends the suspension of a person: `npm run reinstate -- <handle>`. */
import { pathToFileURL } from "node:url";
import { reinstate } from "../src/actions/departure.ts";
import { configOfProcess } from "../src/config.ts";
import { Database } from "../src/db/database.ts";
import { appendEvents, type Change } from "../src/db/events.ts";
import { connect } from "../src/db/migrate.ts";
import { createDataSource } from "../src/db/source.ts";
import { statement } from "../src/db/sql.ts";
import { StartError } from "../src/errors.ts";

const suspendedOf = statement<{ handle: string }, { id: string }>(
  "reinstate_find",
  `
  select u.id
  from handles h
  join users u on u.id = h.user_id and u.suspended_at is not null
  where h.handle = lower(:handle) and h.freed_at is null`,
);

/** Ends the suspension of whoever has the handle, and tells those concerned; false where nobody is suspended by it. */
export async function reinstateByHandle(database: Database, handle: string): Promise<boolean> {
  return database.transaction(async (queries) => {
    const [person] = await queries.run(suspendedOf, { handle });
    if (person === undefined) return false;
    const changes: Change[] = [];
    await reinstate(queries, (...told) => changes.push(...told), person.id);
    // Nobody is woken from here: the nodes look at all logs once a second.
    await appendEvents(queries, changes);
    return true;
  });
}

async function main(): Promise<void> {
  const { databaseUrl } = configOfProcess();
  const handle = process.argv[2];
  if (databaseUrl === null) throw new StartError("Set DATABASE_URL to the database that the person is in.");
  if (handle === undefined) throw new StartError("Say whom: npm run reinstate -- <handle>");
  const source = createDataSource(databaseUrl);
  await connect(source);
  try {
    const isDone = await reinstateByHandle(new Database(source), handle);
    console.log(isDone ? "The suspension has ended." : "Nobody with this handle is suspended.");
    process.exitCode = isDone ? 0 : 1;
  } finally {
    await source.destroy();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await main().catch((error: unknown) => {
    if (!(error instanceof StartError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  });
}
