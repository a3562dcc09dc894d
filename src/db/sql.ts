/** SQL with named parameters, written once and prepared once on each connection. */

/** The values that a parameter may take; an array is one PostgreSQL array. */
export type SqlValue = string | number | boolean | null | Date | Buffer | readonly (string | number | null)[];

/** The parameters of a statement that has none, and the row of one that returns none. */
export type Nothing = Record<string, never>;

export interface Statement<Parameters extends Record<string, SqlValue>, Row> {
  /** The name under which each connection prepares it: unique in the whole program. */
  readonly name: string;
  readonly text: string;
  /** The parameters in the order of `$1`, `$2` ... */
  readonly parameters: readonly (keyof Parameters & string)[];
  /** For the compiler alone: what a row looks like. */
  readonly row?: Row;
}

const names = new Set<string>();

// A parameter is `:name`; `::type` is a cast, and neither is looked for inside quotes or comments.
const TOKENS = /'(?:[^']|'')*'|--[^\n]*|::\w+|:([a-zA-Z]\w*)/g;

/** Declares a statement; throws at start-up when the name is taken or longer than PostgreSQL keeps. */
export function statement<Parameters extends Record<string, SqlValue>, Row>(
  name: string,
  text: string,
): Statement<Parameters, Row> {
  if (names.has(name) || name.length > 63)
    throw new Error(`The statement name "${name}" is taken or too long.`);
  names.add(name);
  const parameters: string[] = [];
  const numbered = text.replace(TOKENS, (token: string, parameter: string | undefined) => {
    if (parameter === undefined) return token;
    if (!parameters.includes(parameter)) parameters.push(parameter);
    return `$${parameters.indexOf(parameter) + 1}`;
  });
  return { name, text: numbered, parameters };
}
