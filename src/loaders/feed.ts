/** Reads of a viewer's feeds, whose pages are full though not everything that is looked at can be shown. */
import { type Choice, forYou } from "./for-you.ts";
import { type Candidate, friendsFeed } from "./friends-feed.ts";
import type { Loads, Page, PageOf, PageRequest } from "./kinds.ts";
import { mutedInShares, sharedFeed } from "./share-feed.ts";
import { type SeenVideo, videoById } from "./video.ts";

export const FEED_KINDS = ["FRIENDS", "SHARED_WITH_ME", "FOR_YOU"] as const;
export type FeedKind = (typeof FEED_KINDS)[number];

/** A video in a feed. */
export interface FeedItem {
  readonly kind: FeedKind;
  readonly video: SeenVideo;
  /** When it came into the feed; of one that was chosen for the viewer, as of when. */
  readonly at: string;
  /** Whether a friend of the viewer has published it; undefined where that is no reason for it to be here. */
  readonly isByFriend?: boolean;
  /** Where it trends, null for everywhere; undefined where it does not, or that is no reason for it to be here. */
  readonly trendsIn?: string | null;
}

/** How many are looked at for a page of this size, so that those which can't be shown seldom cost a second look. */
const enoughFor = (size: number) => size + Math.ceil(size / 2) + 8;
/** Each further look goes further, up to so many at a time. */
const GROWTH = 3;
const MOST = 300;
/** A page for which so many were looked at is ended where it stands: a group may be full of what the viewer can't see. */
const MOST_FOR_A_PAGE = 3_000;

/**
 * A page of those candidates that `show` has something for. It is read on until the page is full, or there are no more:
 * who may see a video is known where videos are, and the order in which they came may be known elsewhere. A page for
 * which too many had to be looked at says from where to go on.
 */
async function fullPage<From, To>(
  request: PageRequest,
  candidates: (request: PageRequest) => Promise<Page<From>>,
  show: (candidate: From) => Promise<To | null>,
): Promise<Page<To>> {
  const size = request.first ?? 0;
  const shown: To[] = [];
  const cursors = new Map<To, string>();
  let next: PageRequest | null = { ...request, first: enoughFor(size) };
  let lookedAt = 0;
  while (next !== null && shown.length <= size && lookedAt < MOST_FOR_A_PAGE) {
    const looked: Page<From> = await candidates(next);
    const found = await Promise.all(looked.rows.map(show));
    looked.rows.forEach((candidate, at) => {
      const item = found[at];
      if (item === null || item === undefined) return;
      shown.push(item);
      cursors.set(item, looked.cursorOf(candidate));
    });
    lookedAt += looked.rows.length;
    const last = looked.rows.at(-1);
    const first = Math.min(MOST, (next.first ?? 0) * GROWTH);
    next = looked.hasNextPage && last !== undefined ? { ...next, first, after: looked.cursorOf(last) } : null;
  }
  const isFull = shown.length > size;
  return {
    rows: shown.slice(0, size),
    hasNextPage: isFull || next !== null,
    hasPreviousPage: request.after !== null,
    cursorOf: (item) => cursors.get(item) ?? "",
    ...(!isFull && typeof next?.after === "string" && { lookedTo: next.after }),
  };
}

/** `unshown` are those whose videos `read` can't keep out, for it doesn't know whose they are. */
function ofCandidates(
  kind: FeedKind,
  read: PageOf<Candidate>,
  unshown: (loads: Loads) => Promise<readonly string[]> = async () => [],
) {
  return (loads: Loads, ownerId: string, request: PageRequest): Promise<Page<FeedItem>> =>
    fullPage(
      request,
      (part) => read(loads, [ownerId], part),
      async ({ videoId, isWanted, ...reasons }) => {
        const video = isWanted ? await videoById(loads, videoId) : null;
        if (video === null || (await unshown(loads)).includes(video.authorId)) return null;
        return { kind, video, ...reasons };
      },
    );
}

async function chosen(loads: Loads, ownerId: string, request: PageRequest): Promise<Page<FeedItem>> {
  const { rows, cursorOf, ...page } = await forYou(loads, [ownerId], request);
  const choices = new Map(
    rows.map((video): [FeedItem, Choice] => {
      const { asOf: at, isByFriend, trends, trendsIn } = video;
      return [{ kind: "FOR_YOU", video, at, isByFriend, ...(trends && { trendsIn }) }, video];
    }),
  );
  return {
    ...page,
    rows: [...choices.keys()],
    cursorOf: (item: FeedItem) => {
      const choice = choices.get(item);
      return choice === undefined ? "" : cursorOf(choice);
    },
  };
}

const FEEDS = {
  FRIENDS: ofCandidates("FRIENDS", friendsFeed),
  SHARED_WITH_ME: ofCandidates("SHARED_WITH_ME", sharedFeed, mutedInShares),
  FOR_YOU: chosen,
};

/** A page of one of the viewer's feeds. */
export function feedOf(loads: Loads, kind: FeedKind, request: PageRequest): Promise<Page<FeedItem>> {
  return FEEDS[kind](loads, loads.viewerId, request);
}
