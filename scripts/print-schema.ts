/** Prints the schema to schema/schema.graphql; a test fails when the file is stale. */
import { writeFileSync } from "node:fs";
import { printedSchema, schemaFile } from "../src/graphql/print.ts";

writeFileSync(schemaFile, printedSchema());
console.log(`Wrote ${schemaFile}`);
