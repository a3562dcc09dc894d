/** What people ask of videos: their feeds, what their friends did with each video of a page, and where it is talked about. */
import type { CircleQuery } from "./circles.ts";

const CARD = "id caption likeCount commentCount viewerHasLiked author { id handle displayName avatarUrl }";
const FRIENDS = "friends { id handle }";

const feed = (kind: string, selection: string) => `{ viewer { feed(kind: ${kind}, first: 20) {
  nodes { at video { ${selection} } } pageInfo { hasNextPage endCursor } } } }`;

const feedWithReasons = (kind: string, reasons: string) => `{ viewer { feed(kind: ${kind}, first: 20) {
  nodes { at video { ${CARD} } reasons { ${reasons} } } pageInfo { hasNextPage endCursor } } } }`;

/** A query without variables that answers a page of a feed. */
const page = (title: string, document: string): CircleQuery => ({
  title,
  document,
  variables: () => ({}),
  expects: '"feed"',
});

export const videoQueries: readonly CircleQuery[] = [
  page(
    "20 of the feed of friends, with reasons",
    feedWithReasons(
      "FRIENDS",
      `... on PostedByFriend { friend { id } } ... on RepostedByFriends { ${FRIENDS} count note }`,
    ),
  ),
  page(
    "20 of the feed chosen for the viewer, with reasons",
    feedWithReasons(
      "FOR_YOU",
      `... on PostedByFriend { friend { id } } ... on RepostedByFriends { ${FRIENDS} note }
       ... on LikedByFriends { ${FRIENDS} count } ... on CommentedByFriends { ${FRIENDS} count } ... on Trending { country }`,
    ),
  ),
  page(
    "20 of what was shared with the viewer, with the shares",
    feedWithReasons(
      "SHARED_WITH_ME",
      "... on SharedWithViewer { shares { id note sharedBy { id handle } } }",
    ),
  ),
  page(
    "What friends did with each of 20 videos of a feed",
    feed("FRIENDS", "id friendActivity(first: 3) { nodes { kind at friend { id handle } } }"),
  ),
  page(
    "Where each of 20 videos of a feed is talked about",
    feed("SHARED_WITH_ME", "id discussions(first: 3) { nodes { id replyCount conversation { id title } } }"),
  ),
];
