/** How a property's name becomes a column's, for TypeORM and for our own select lists. */
import { DefaultNamingStrategy, getMetadataArgsStorage } from "typeorm";

const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** `displayName` is stored in `display_name`. */
export class SnakeNaming extends DefaultNamingStrategy {
  override columnName(propertyName: string, customName: string | undefined, prefixes: string[]): string {
    return snakeCase(super.columnName(propertyName, customName ?? "", prefixes));
  }
}

type RowClass<Row> = new () => Row;

function columnsOf<Row>(row: RowClass<Row>, except: readonly (keyof Row)[]): string[] {
  return getMetadataArgsStorage()
    .filterColumns(row)
    .map(({ propertyName }) => propertyName)
    .filter((name) => !except.includes(name as keyof Row));
}

/** The columns of a row under the alias `table`, each named as the entity's property: what SQL returns is the entity. */
export function columns<Row>(row: RowClass<Row>, table: string, except: readonly (keyof Row)[] = []): string {
  return columnsOf(row, except)
    .map((name) => `${table}.${snakeCase(name)}${snakeCase(name) === name ? "" : ` as "${name}"`}`)
    .join(", ");
}

/** The same columns under their own names, for a subselect that the outer one names. */
export function plainColumns<Row>(row: RowClass<Row>, table: string): string {
  return columnsOf(row, [])
    .map((name) => `${table}.${snakeCase(name)}`)
    .join(", ");
}
