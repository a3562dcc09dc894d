/** What people ask of the friend graph: the friends page, mutual friends, suggestions and search. */
import { globalId } from "../../src/ids.ts";
import type { CircleQuery } from "./circles.ts";

// What people begin to type: names, parts of handles, and what stands in captions.
const TERMS = [
  "ma",
  "maya",
  "jon",
  "aiko",
  "lei",
  "tomas",
  "ni",
  "oskar",
  "ravi",
  "zoe.1",
  "silva",
  "the",
  "#dan",
  "mountain",
];

export const peopleQueries: readonly CircleQuery[] = [
  {
    title: "A page of 20 friends",
    document: `{ viewer { friends(first: 20) {
      edges { since isCloseFriend node { id handle displayName avatarUrl } } pageInfo { hasNextPage endCursor } } } }`,
    variables: () => ({}),
    expects: '"edges"',
  },
  {
    title: "Mutual friends with a friend of a friend",
    document: `query ($id: ID!) { user(id: $id) {
      id relationship { state mutualFriendCount }
      mutualFriends(first: 20) { nodes { id handle displayName avatarUrl } pageInfo { hasNextPage endCursor } } } }`,
    variables: ({ otherId }) => ({ id: globalId("user", otherId) }),
    expects: '"mutualFriends"',
  },
  {
    title: "20 suggestions with their reasons",
    document: `{ viewer { friendSuggestions(first: 20) {
      nodes {
        user { id handle displayName avatarUrl }
        reasons {
          ... on MutualFriendsReason { count sample { id handle } }
          ... on ContactReason { mutual }
          ... on SharedConversationReason { conversation { id title } }
        }
      }
      pageInfo { hasNextPage endCursor } } } }`,
    variables: () => ({}),
    expects: '"friendSuggestions"',
  },
  {
    title: "Search",
    document: `query ($q: String!) { search(query: $q, first: 20) { nodes {
      ... on User { id handle } ... on Video { id caption } ... on Hashtag { name } } } }`,
    variables: (_, nr) => ({ q: TERMS[nr % TERMS.length] ?? "" }),
    expects: '"search"',
  },
];
