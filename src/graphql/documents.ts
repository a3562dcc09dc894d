/** Parsed and validated documents, kept for the next time they are sent, by HTTP, by socket or for an event stream. */
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  parse,
  specifiedRules,
  validate,
} from "graphql";
import { LRUCache } from "lru-cache";
import { MAX_TOKENS } from "./limits.ts";

/** With what is compiled for it, a document takes about 50 KB. */
const MOST_DOCUMENTS = 1_000;

/** A cache of documents in the shape that Apollo takes for its own. */
export class Documents {
  readonly #kept = new LRUCache<string, DocumentNode>({ max: MOST_DOCUMENTS });

  async get(key: string): Promise<DocumentNode | undefined> {
    return this.#kept.get(key);
  }

  async set(key: string, document: DocumentNode): Promise<void> {
    this.#kept.set(key, document);
  }

  async delete(key: string): Promise<boolean> {
    return this.#kept.delete(key);
  }

  /** The document of `source`, or the errors for which it can't be one. */
  parse(schema: GraphQLSchema, source: string): DocumentNode | readonly GraphQLError[] {
    const kept = this.#kept.get(source);
    if (kept !== undefined) return kept;
    let document: DocumentNode;
    try {
      document = parse(source, { maxTokens: MAX_TOKENS });
    } catch (error) {
      if (error instanceof GraphQLError) return [withCode(error, "GRAPHQL_PARSE_FAILED")];
      throw error;
    }
    const errors = validate(schema, document, specifiedRules);
    if (errors.length > 0) return errors.map((error) => withCode(error, "GRAPHQL_VALIDATION_FAILED"));
    this.#kept.set(source, document);
    return document;
  }
}

function withCode({ message, nodes, source, positions }: GraphQLError, code: string): GraphQLError {
  return new GraphQLError(message, { nodes, source, positions, extensions: { code } });
}
