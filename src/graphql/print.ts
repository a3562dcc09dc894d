/** The schema as text, as it stands in schema/schema.graphql. */
import path from "node:path";
import { lexicographicSortSchema, printSchema } from "graphql";
import { projectRoot } from "../config.ts";
import { createSchema } from "./schema.ts";

export const schemaFile = path.join(projectRoot, "schema/schema.graphql");

/** The schema in the schema language, sorted by name. */
export function printedSchema(): string {
  return `${printSchema(lexicographicSortSchema(createSchema()))}\n`;
}
