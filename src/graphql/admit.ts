/** The one gate: what an operation may ask for, decided before it runs, for HTTP, sockets and event streams alike. */
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
  typeFromAST,
  type ValueNode,
  valueFromASTUntyped,
} from "graphql";
import { RequestError } from "../errors.ts";
import {
  DEFAULT_PAGE_SIZE,
  LIST_BOUNDS,
  MAX_ALIASES,
  MAX_COST,
  MAX_DEPTH,
  MAX_LIST,
  MAX_SUBSCRIPTION_COST,
} from "./limits.ts";

type Variables = Readonly<Record<string, unknown>> | null | undefined;

/** What the gate has found out about an operation that it let in. */
export interface Admission {
  readonly operation: OperationDefinitionNode;
  readonly cost: number;
  /** How many fields it has at its root, however they are written: a mutation does as many things. */
  readonly roots: number;
  /** Whether it asks for `eventCursor`, which has to be read before anything else is. */
  readonly readsEventCursor: boolean;
  /** Whether all it does is to sign up or in, or to refresh: allowed with a token that is no longer good. */
  readonly onlySignsIn: boolean;
}

const SIGNING_IN = new Set(["signUp", "signIn", "refreshSession"]);

interface Size {
  readonly cost: number;
  readonly depth: number;
}

/** Lets an operation in, or throws OPERATION_TOO_LARGE with what it asks and the limit, or BAD_USER_INPUT. */
export function admit(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
  variables: Variables,
): Admission {
  checkText(variables);
  const operation = document.definitions.find(
    (definition): definition is OperationDefinitionNode =>
      definition.kind === Kind.OPERATION_DEFINITION &&
      (!operationName || definition.name?.value === operationName),
  );
  const root = operation && schema.getRootType(operation.operation);
  if (!operation || !root)
    throw new RequestError("BAD_REQUEST", "There is no such operation in the document.");

  for (const { defaultValue } of operation.variableDefinitions ?? []) {
    if (defaultValue !== undefined) checkLiteral(defaultValue);
  }
  const measure = new Measure(schema, document, withDefaults(operation, variables));
  const { cost, depth } = measure.selections(operation.selectionSet, root);
  within("depth", depth, MAX_DEPTH);
  within("aliases", measure.aliases, MAX_ALIASES);
  const isSubscription = operation.operation === OperationTypeNode.SUBSCRIPTION;
  within("cost", cost, isSubscription ? MAX_SUBSCRIPTION_COST : MAX_COST);
  return {
    operation,
    cost,
    roots: measure.names(operation.selectionSet).size,
    readsEventCursor: measure.readsEventCursor,
    onlySignsIn: operation.selectionSet.selections.every(
      (field) => field.kind === Kind.FIELD && SIGNING_IN.has(field.name.value),
    ),
  };
}

/** The variables as the operation will have them: those that are left out have their defaults. */
function withDefaults({ variableDefinitions }: OperationDefinitionNode, variables: Variables): Variables {
  const values: Record<string, unknown> = { ...variables };
  for (const { variable, defaultValue } of variableDefinitions ?? []) {
    const name = variable.name.value;
    if (defaultValue !== undefined && values[name] === undefined)
      values[name] = valueFromASTUntyped(defaultValue);
  }
  return values;
}

function within(what: string, asked: number, limit: number): void {
  if (asked <= limit) return;
  // An absurd cost overflows; JSON has no infinity.
  const value = Math.min(asked, Number.MAX_SAFE_INTEGER);
  throw new RequestError(
    "OPERATION_TOO_LARGE",
    `This operation's ${what} is ${value}; the limit is ${limit}.`,
    {
      [what]: value,
      limit,
    },
  );
}

/** Refuses what PostgreSQL can't keep as text: NUL, and halves of surrogate pairs. */
function checkText(given: unknown): void {
  // Not by recursion: a body has room for lists within lists that are deeper than the stack.
  const values = [given];
  for (let value = values.pop(); value !== undefined; value = values.pop()) {
    if (typeof value === "string") {
      if (value.includes("\u0000") || !value.isWellFormed()) {
        throw new RequestError(
          "BAD_USER_INPUT",
          "A text has a NUL character or half a surrogate pair in it.",
        );
      }
    } else if (typeof value === "object" && value !== null) {
      for (const part of Object.values(value)) if (part !== undefined) values.push(part);
    }
  }
}

class Measure {
  aliases = 0;
  readsEventCursor = false;
  readonly #schema: GraphQLSchema;
  readonly #variables: Variables;
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  /** A fragment is measured once, or fragments within fragments would take for ever. */
  readonly #measured = new Map<string, Size>();

  constructor(schema: GraphQLSchema, document: DocumentNode, variables: Variables) {
    this.#schema = schema;
    this.#variables = variables;
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION)
        this.#fragments.set(definition.name.value, definition);
    }
  }

  selections(set: SelectionSetNode, type: GraphQLCompositeType): Size {
    let cost = 0;
    let depth = 0;
    for (const selection of set.selections) {
      const size =
        selection.kind === Kind.FIELD
          ? this.#field(selection, type)
          : selection.kind === Kind.INLINE_FRAGMENT
            ? this.selections(selection.selectionSet, this.#typeOf(selection.typeCondition, type))
            : this.#fragment(selection.name.value, type);
      cost += size.cost;
      depth = Math.max(depth, size.depth);
    }
    return { cost, depth };
  }

  /** The names under which a selection answers, fragments and all. */
  names(set: SelectionSetNode, found = new Set<string>(), seen = new Set<string>()): Set<string> {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) found.add(selection.alias?.value ?? selection.name.value);
      else if (selection.kind === Kind.INLINE_FRAGMENT) this.names(selection.selectionSet, found, seen);
      else if (!seen.has(selection.name.value)) {
        seen.add(selection.name.value);
        const fragment = this.#fragments.get(selection.name.value);
        if (fragment !== undefined) this.names(fragment.selectionSet, found, seen);
      }
    }
    return found;
  }

  #fragment(name: string, type: GraphQLCompositeType): Size {
    const fragment = this.#fragments.get(name);
    if (fragment === undefined) return { cost: 0, depth: 0 };
    let size = this.#measured.get(name);
    if (size === undefined) {
      size = this.selections(fragment.selectionSet, this.#typeOf(fragment.typeCondition, type));
      this.#measured.set(name, size);
    }
    return size;
  }

  #typeOf(
    condition: Parameters<typeof typeFromAST>[1] | undefined,
    type: GraphQLCompositeType,
  ): GraphQLCompositeType {
    const named = condition && typeFromAST(this.#schema, condition as never);
    return named && isCompositeType(named) ? named : type;
  }

  #field(field: FieldNode, parent: GraphQLCompositeType): Size {
    const name = field.name.value;
    if (field.alias !== undefined) this.aliases++;
    if (name === "eventCursor") this.readsEventCursor = true;
    for (const argument of field.arguments ?? []) checkLiteral(argument.value);

    const definition =
      isObjectType(parent) || isInterfaceType(parent)
        ? (parent.getFields()[name] ??
          [SchemaMetaFieldDef, TypeMetaFieldDef].find((meta) => meta.name === name))
        : undefined;
    if (field.selectionSet === undefined || definition === undefined) return { cost: 1, depth: 1 };
    const type = getNamedType(definition.type);
    if (!isCompositeType(type)) return { cost: 1, depth: 1 };

    const inner = this.selections(field.selectionSet, type);
    // A type's modifiers are wrappers, not things: the standard introspection query unwraps nine of them.
    const step = name === "ofType" ? 0 : 1;
    return { cost: 1 + this.#multiplier(field, definition, parent) * inner.cost, depth: step + inner.depth };
  }

  #multiplier(
    field: FieldNode,
    { args, type }: GraphQLField<unknown, unknown>,
    parent: GraphQLCompositeType,
  ): number {
    let asked: number | null = args.some(({ name }) => name === "first") ? DEFAULT_PAGE_SIZE : null;
    for (const { name, value } of field.arguments ?? []) {
      const given = this.#value(value);
      if ((name.value === "first" || name.value === "last") && typeof given === "number") asked = given;
      if (name.value === "ids" && Array.isArray(given)) asked = given.length;
    }
    return Math.max(1, asked ?? (isListType(getNullableType(type)) ? boundOf(parent, field.name.value) : 1));
  }

  #value(node: ValueNode): unknown {
    if (node.kind === Kind.VARIABLE) return this.#variables?.[node.name.value];
    if (node.kind === Kind.INT) return Number(node.value);
    return node.kind === Kind.LIST ? node.values : undefined;
  }
}

/** How many a list can bring of itself. */
function boundOf(parent: GraphQLCompositeType, name: string): number {
  // What a connection has is multiplied at the connection. The schema is in memory, and its own rule keeps it short.
  if (parent.name.endsWith("Connection") || isIntrospectionType(parent)) return 1;
  return LIST_BOUNDS[`${parent.name}.${name}`] ?? MAX_LIST;
}

function checkLiteral(node: ValueNode): void {
  if (node.kind === Kind.STRING) checkText(node.value);
  else if (node.kind === Kind.LIST) for (const value of node.values) checkLiteral(value);
  else if (node.kind === Kind.OBJECT) for (const field of node.fields) checkLiteral(field.value);
}
