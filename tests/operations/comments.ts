/** Comments as tests read them. */
import type { Person, World } from "../support/world.ts";
import { at } from "../visibility/cast.ts";
import { COMMENT, type Comment } from "./mutations.ts";

export interface Thread extends Comment {
  readonly replies: { readonly nodes: Comment[] };
}

interface CommentPage {
  readonly nodes: Thread[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** Without whom they mention: in a hundred comments with their answers these may be too many. */
const SHOWN = COMMENT.replace("mentions { id }", "");

/** A page of the comments on a video, as somebody sees them, each with its answers. */
export async function pageOf(
  world: World,
  person: Person | null,
  videoId: string,
  args = "first: 100",
): Promise<CommentPage> {
  const question = `query ($id: ID!) { video(id: $id) { comments(${args}) {
    nodes { ${SHOWN} replies(first: 20) { nodes { ${SHOWN} } } } pageInfo { hasNextPage endCursor }
  } } }`;
  return at(await world.read(person, question, { id: videoId }), "video", "comments") as CommentPage;
}

/** The comments on a video, as somebody sees them. */
export const threadsOf = async (world: World, person: Person | null, videoId: string): Promise<Thread[]> =>
  (await pageOf(world, person, videoId, "first: 100, order: OLDEST")).nodes;

/** What somebody finds under the id of a comment. */
export async function commentAt(world: World, person: Person | null, id: string): Promise<Thread | null> {
  const question = `query ($id: ID!) { node(id: $id) { ... on Comment { ${COMMENT} replies { nodes { ${COMMENT} } } } } }`;
  return at(await world.read(person, question, { id }), "node") as Thread | null;
}

/** How many comments a video has for somebody. */
export const countOf = async (world: World, person: Person | null, videoId: string): Promise<unknown> =>
  at(
    await world.read(person, "query ($id: ID!) { video(id: $id) { commentCount } }", { id: videoId }),
    "video",
    "commentCount",
  );
