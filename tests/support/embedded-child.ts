/** A process that owns an embedded database: prints it as one line of JSON, keeps on at SIGINT, stops it at SIGTERM. */
import { type EmbeddedOptions, startEmbeddedDatabase } from "../../src/db/embedded/embedded.ts";

const database = await startEmbeddedDatabase(JSON.parse(process.argv[2] ?? "{}") as EmbeddedOptions).catch(
  (error: Error) => {
    console.error(`${error.name}: ${error.message}`);
    process.exit(1);
  },
);
const alive = setInterval(() => {}, 60_000);
process.on("SIGINT", () => console.log("interrupted"));
process.once("SIGTERM", async () => {
  await database.stop();
  clearInterval(alive);
});
console.log(JSON.stringify(database));
