/** The TypeORM command line's door: `npm run typeorm -- migration:run`. */
import { configOfProcess } from "./src/config.ts";
import { createDataSource } from "./src/db/source.ts";
import { StartError } from "./src/errors.ts";

const { databaseUrl } = configOfProcess();
if (databaseUrl === null) throw new StartError("Set DATABASE_URL to the database that the command is for.");

export default createDataSource(databaseUrl);
