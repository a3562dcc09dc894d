/** The Node interface, and the mark by which a row that stands for several types says which it is. */
import { Field, ID, InterfaceType } from "type-graphql";

const typeName = Symbol("GraphQL type");

/** Marks a row as being of a GraphQL type, where the schema alone does not say: in interfaces and unions. */
export function asType<Row extends object>(name: string, row: Row): Row {
  return Object.defineProperty(row, typeName, { value: name, configurable: true });
}

/** The GraphQL type that a row was marked as. */
export function typeOf(row: object): string | undefined {
  return (row as { [typeName]?: string })[typeName];
}

@InterfaceType("Node", { description: "Whatever has an id of its own.", resolveType: typeOf })
export abstract class Node {
  @Field(() => ID, { description: "Global and opaque; it says its type, and nothing else of use." })
  id: string;
}
