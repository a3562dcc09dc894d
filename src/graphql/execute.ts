/** Runs operations: compiled at second sight where that is safe, by graphql-js otherwise. */
import {
  type DocumentNode,
  type ExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  execute as interpret,
  visit,
} from "graphql";
import { type CompiledQuery, compileQuery, isCompiledQuery } from "graphql-jit";

interface Operation {
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
  readonly context: unknown;
  readonly root?: unknown;
}

export type Execute = (operation: Operation) => Promise<ExecutionResult>;

/**
 * graphql-jit gives wrong data with directives and with defaults inside input objects (Kith's have none): a document
 * with directives, and every document that was seen only once, is left to graphql-js. What is compiled lives as long as
 * its document, of which the document cache keeps a bounded number.
 */
export function createExecutor(schema: GraphQLSchema): Execute {
  const sights = new WeakMap<DocumentNode, Map<string, CompiledQuery | "seen" | "unfit">>();

  const lookUp = (document: DocumentNode, operationName: string): CompiledQuery | null => {
    const operations = sights.get(document);
    if (operations === undefined) {
      sights.set(document, new Map([[operationName, "seen"]]));
      return null;
    }
    const sight = operations.get(operationName);
    if (typeof sight === "object") return sight;
    if (sight === "unfit") return null;
    const query = sight === "seen" ? compile(document, operationName) : null;
    operations.set(operationName, query ?? (sight === "seen" ? "unfit" : "seen"));
    return query;
  };

  const compile = (document: DocumentNode, operationName: string): CompiledQuery | null => {
    if (hasDirectives(document)) return null;
    const query = compileQuery(schema, document, operationName || undefined);
    return isCompiledQuery(query) ? query : null;
  };

  return async ({ document, operationName, variables, context, root }) => {
    const query = lookUp(document, operationName ?? "");
    const result = await query?.query(root, context, variables ?? {});
    // Without data nothing has run yet: the variables do not fit, and graphql-js says so in its own words.
    if (result?.data === undefined) {
      return interpret({
        schema,
        document,
        operationName,
        variableValues: variables,
        contextValue: context,
        rootValue: root,
      });
    }
    return result.errors === undefined ? result : { ...result, errors: result.errors.map(asGraphQLError) };
  };
}

function hasDirectives(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Directive() {
      found = true;
    },
  });
  return found;
}

// graphql-jit has an error class of its own, which passes for a GraphQLError but lacks what one has to have.
function asGraphQLError(error: GraphQLError): GraphQLError {
  if (error.constructor === GraphQLError) return error;
  const { message, path, locations, originalError, extensions } = error;
  const cause = originalError ?? new Error(message);
  return Object.assign(new GraphQLError(message, { path, originalError: cause, extensions }), { locations });
}
