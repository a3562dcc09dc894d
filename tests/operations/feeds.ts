/** The viewer's feeds as tests read them: page by page, with something going on in between. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Audience } from "../../src/entities/video.ts";
import type { Person, World } from "../support/world.ts";

export type FeedKind = "FRIENDS" | "SHARED_WITH_ME" | "FOR_YOU";

export interface Reason {
  readonly __typename: string;
  readonly friend?: { handle: string };
  readonly friends?: { handle: string }[];
  readonly count?: number;
  readonly note?: string | null;
  readonly shares?: { note: string | null; sharedBy: { handle: string } | null }[];
  readonly country?: string | null;
}

export interface Item {
  readonly at: string;
  readonly video: { id: string; caption: string };
  readonly reasons: Reason[];
}

interface FeedPage {
  readonly nodes: Item[];
  readonly pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string | null };
}

const QUESTION = `query ($kind: FeedKind!, $first: Int, $after: String) { viewer { feed(kind: $kind, first: $first, after: $after) {
  nodes {
    at
    video { id caption }
    reasons {
      __typename
      ... on PostedByFriend { friend { handle } }
      ... on RepostedByFriends { friends { handle } count note }
      ... on LikedByFriends { friends { handle } count }
      ... on CommentedByFriends { friends { handle } count }
      ... on SharedWithViewer { shares { note sharedBy { handle } } }
      ... on Trending { country }
    }
  }
  pageInfo { hasNextPage hasPreviousPage endCursor }
} } }`;

/** One page of a feed. */
export async function feedPage(
  world: World,
  viewer: Person,
  kind: FeedKind,
  first = 100,
  after: string | null = null,
): Promise<FeedPage> {
  const data = await world.read<{ viewer: { feed: FeedPage } }>(viewer, QUESTION, { kind, first, after });
  return data.viewer.feed;
}

/** The captions of a feed, as one page shows them. */
export async function captions(world: World, viewer: Person, kind: FeedKind): Promise<string[]> {
  return (await feedPage(world, viewer, kind)).nodes.map(({ video }) => video.caption);
}

/** The captions of a whole feed, read in pages of `size`; `meanwhile` happens after each page but the last. */
export async function readThrough(
  world: World,
  viewer: Person,
  kind: FeedKind,
  size: number,
  meanwhile: (page: number) => Promise<unknown> = async () => {},
): Promise<string[]> {
  const found: string[] = [];
  let after: string | null = null;
  for (let page = 1; ; page++) {
    const { nodes, pageInfo } = await feedPage(world, viewer, kind, size, after);
    found.push(...nodes.map(({ video }) => video.caption));
    expect(pageInfo.hasPreviousPage).toBe(page > 1);
    if (!pageInfo.hasNextPage) return found;
    // A page that is not the last is full.
    expect(nodes).toHaveLength(size);
    after = pageInfo.endCursor;
    await meanwhile(page);
  }
}

/** The reasons for which a video is in a feed. */
export async function reasonsOf(
  world: World,
  viewer: Person,
  kind: FeedKind,
  caption: string,
): Promise<Reason[]> {
  const { nodes } = await feedPage(world, viewer, kind);
  return nodes.find(({ video }) => video.caption === caption)?.reasons ?? [];
}

let circles = 0;

/** A viewer with so many friends, and nobody else's doings in the way; `name` begins the handles of all. */
export async function circle(
  world: World,
  friends: number,
): Promise<{ viewer: Person; friends: Person[]; name: string }> {
  const name = `c${++circles}`;
  const viewer = await world.person(`${name}.viewer`);
  const all = await Promise.all(
    Array.from({ length: friends }, (_, at) => world.person(`${name}.friend${at}`)),
  );
  await world.befriend(viewer, ...all);
  return { viewer, friends: all, name };
}

/** Publishes a video, no two in the same millisecond, and returns its row id. */
export async function post(
  world: World,
  author: Person,
  caption: string,
  audience: Audience = "PUBLIC",
): Promise<string> {
  await sleep(2);
  return world.video(author, audience, caption);
}
