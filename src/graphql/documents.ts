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
import { MAX_COMMENTS, MAX_TOKENS } from "./limits.ts";

/** How far a document is read, by whichever way it comes. */
export const PARSE_OPTIONS = { maxTokens: MAX_TOKENS, maxComments: MAX_COMMENTS };

/** With what is compiled for it, an app's document takes about 50 KB. */
const MOST_DOCUMENTS = 1_000;
/** What all of them take together. */
const MOST_BYTES = 48 * 1024 * 1024;
/** A stranger's can be a hundred times as large: those push out each other, and none that apps send. */
const LARGE_BYTES = 256 * 1024;
const MOST_BYTES_OF_LARGE = 16 * 1024 * 1024;
/** A token with its nodes, and what is compiled of them. */
const BYTES_PER_TOKEN = 1_024;
/** A character in the source, and in the text of a string. */
const BYTES_PER_CHARACTER = 4;
/** The parser joins the text of a string at each escape, and keeps the pieces. */
const BYTES_PER_ESCAPE = 100;

/** A cache of documents in the shape that Apollo takes for its own. */
export class Documents {
  readonly #kept = documents(MOST_BYTES);
  readonly #large = documents(MOST_BYTES_OF_LARGE);

  async get(key: string): Promise<DocumentNode | undefined> {
    return this.#find(key);
  }

  async set(key: string, document: DocumentNode): Promise<void> {
    this.#keep(key, document);
  }

  async delete(key: string): Promise<boolean> {
    return this.#kept.delete(key) || this.#large.delete(key);
  }

  /** The document of `source`, or the errors for which it can't be one. */
  parse(schema: GraphQLSchema, source: string): DocumentNode | readonly GraphQLError[] {
    const kept = this.#find(source);
    if (kept !== undefined) return kept;
    let document: DocumentNode;
    try {
      document = parse(source, PARSE_OPTIONS);
    } catch (error) {
      if (error instanceof GraphQLError) return [withCode(error, "GRAPHQL_PARSE_FAILED")];
      throw error;
    }
    const errors = validate(schema, document, specifiedRules);
    if (errors.length > 0) return errors.map((error) => withCode(error, "GRAPHQL_VALIDATION_FAILED"));
    this.#keep(source, document);
    return document;
  }

  #find(key: string): DocumentNode | undefined {
    return this.#kept.get(key) ?? this.#large.get(key);
  }

  #keep(key: string, document: DocumentNode): void {
    (sizeOf(document) > LARGE_BYTES ? this.#large : this.#kept).set(key, document);
  }
}

const documents = (maxSize: number) =>
  new LRUCache<string, DocumentNode>({ max: MOST_DOCUMENTS, maxSize, sizeCalculation: sizeOf });

/** About how many bytes a document takes, at most. */
function sizeOf({ loc, tokenCount = MAX_TOKENS }: DocumentNode): number {
  const source = loc?.source.body ?? "";
  const escapes = source.split("\\").length - 1;
  return BYTES_PER_TOKEN * tokenCount + BYTES_PER_CHARACTER * source.length + BYTES_PER_ESCAPE * escapes;
}

function withCode({ message, nodes, source, positions }: GraphQLError, code: string): GraphQLError {
  return new GraphQLError(message, { nodes, source, positions, extensions: { code } });
}
