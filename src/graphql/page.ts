/** Connections: how a page of rows looks in GraphQL, and what may be asked of one. */
import { ArgsType, type ClassType, Field, Int, ObjectType } from "type-graphql";
import { RequestError } from "../errors.ts";
import type { Page, PageRequest } from "../loaders/kinds.ts";
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from "./limits.ts";

@ObjectType("PageInfo", { description: "Where a page stands in its connection." })
export class PageInfo {
  @Field(() => Boolean, { description: "Whether there is more after this page." })
  hasNextPage: boolean;

  @Field(() => Boolean, { description: "Whether there is more before this page." })
  hasPreviousPage: boolean;

  @Field(() => String, {
    nullable: true,
    description: "The cursor of the first edge; null on an empty page.",
  })
  startCursor: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Where to go on: the cursor of the last edge, or one beyond it on a page that had to be ended before it was full; null on an empty page that is the last.",
  })
  endCursor: string | null;
}

const FIRST = `How many at most, from 1 to ${MAX_PAGE_SIZE}; ${DEFAULT_PAGE_SIZE} when neither \`first\` nor \`last\` is given.`;
const LAST = `How many at most, counted from the end, from 1 to ${MAX_PAGE_SIZE}.`;

@ArgsType()
export class PageArgs {
  @Field(() => Int, { nullable: true, description: FIRST })
  first?: number | null;

  @Field(() => String, { nullable: true, description: "The cursor after which the page begins." })
  after?: string | null;
}

@ArgsType()
export class TwoWayPageArgs extends PageArgs {
  @Field(() => Int, { nullable: true, description: LAST })
  last?: number | null;

  @Field(() => String, {
    nullable: true,
    description: "The cursor before which the page ends; goes with `last`.",
  })
  before?: string | null;
}

/** What part of a connection the arguments ask for; throws BAD_USER_INPUT for sizes beyond what a page may have. */
export function pageRequest({ first, after, last, before }: TwoWayPageArgs): PageRequest {
  for (const size of [first, last]) {
    if (typeof size === "number" && (size < 1 || size > MAX_PAGE_SIZE)) {
      throw new RequestError("BAD_USER_INPUT", `A page has from 1 to ${MAX_PAGE_SIZE} edges.`);
    }
  }
  const backwards = typeof last === "number";
  return {
    first: first ?? (backwards ? null : DEFAULT_PAGE_SIZE),
    after: after ?? null,
    last: last ?? null,
    before: before ?? null,
  };
}

/** A page as the fields of a connection read it; edges and page info are made when they are asked for. */
export class Connection<Row> {
  constructor(readonly page: Page<Row>) {}

  get nodes(): readonly Row[] {
    return this.page.rows;
  }

  get edges(): { cursor: string; node: Row }[] {
    return this.page.rows.map((node) => ({ cursor: this.page.cursorOf(node), node }));
  }

  get pageInfo(): PageInfo {
    const { rows, hasNextPage, hasPreviousPage, lookedTo } = this.page;
    const cursor = (row: Row | undefined) => (row === undefined ? null : this.page.cursorOf(row));
    const endCursor = lookedTo ?? cursor(rows.at(-1));
    return { hasNextPage, hasPreviousPage, startCursor: cursor(rows[0]), endCursor };
  }
}

/** Declares `<name>Connection` and, unless `edgeType` is given, `<name>Edge`. */
export function connectionOf(name: string, nodeType: () => ClassType, edgeType?: () => ClassType): ClassType {
  @ObjectType(`${name}Edge`, { description: `A ${name} in a connection.` })
  class Edge {
    @Field(() => String, { description: "Where the edge stands: to be given as `after` or `before`." })
    cursor: string;

    @Field(() => nodeType(), { description: `The ${name}.` })
    node: object;
  }

  @ObjectType(`${name}Connection`, { description: "A page of what the viewer may see, and nothing else." })
  class ConnectionType {
    @Field(() => [edgeType?.() ?? Edge], { description: "The page with a cursor for each edge." })
    edges: object[];

    @Field(() => [nodeType()], { description: "The page without cursors." })
    nodes: object[];

    @Field(() => PageInfo, { description: "Where the page stands." })
    pageInfo: PageInfo;
  }

  return ConnectionType;
}
