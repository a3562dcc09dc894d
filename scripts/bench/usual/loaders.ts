/** The usual way's loaders: one DataLoader for each edge, made anew for each request. */
import DataLoader from "dataloader";
import { type DataSource, In } from "typeorm";
import {
  Block,
  type Conversation,
  Friendship,
  InboxEntry,
  Like,
  Message,
  Participant,
  User,
  Video,
} from "./entities.ts";

export type Loaders = ReturnType<typeof createLoaders>;

export interface UsualContext {
  readonly viewerId: string;
  readonly loaders: Loaders;
}

function byKey<Row>(rows: readonly Row[], keyOf: (row: Row) => string): Map<string, Row> {
  return new Map(rows.map((row) => [keyOf(row), row]));
}

function grouped<Row>(rows: readonly Row[], keyOf: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return groups;
}

/** The loaders of one request of one viewer. */
export function createLoaders(source: DataSource, viewerId: string) {
  let blocking: Promise<string[]> | null = null;
  /** Who has blocked the viewer: asked once in a request. */
  const blockers = (): Promise<string[]> => {
    blocking ??= source
      .getRepository(Block)
      .find({ where: { blockedId: viewerId } })
      .then((blocks) => blocks.map(({ userId }) => userId));
    return blocking;
  };
  /** People whom the viewer may see. */
  const user = new DataLoader(async (ids: readonly string[]) => {
    const [users, blocks] = await Promise.all([
      source.getRepository(User).find({ where: { id: In([...ids]) } }),
      source.getRepository(Block).find({ where: { userId: In([...ids]), blockedId: viewerId } }),
    ]);
    const found = byKey(users, ({ id }) => id);
    const hidden = new Set(blocks.map(({ userId }) => userId));
    return ids.map((id) => {
      const row = found.get(id);
      return row === undefined || row.deletedAt !== null || hidden.has(id) ? null : row;
    });
  });

  /** The viewer in the friend lists of others. */
  const friendship = new DataLoader(async (ids: readonly string[]) => {
    const rows = await source
      .getRepository(Friendship)
      .find({ where: { userId: In([...ids]), friendId: viewerId } });
    const found = byKey(rows, ({ userId }) => userId);
    return ids.map((id) => found.get(id) ?? null);
  });

  /** Whether the viewer has blocked somebody. */
  const isBlocked = new DataLoader(async (ids: readonly string[]) => {
    const rows = await source
      .getRepository(Block)
      .find({ where: { userId: viewerId, blockedId: In([...ids]) } });
    const found = new Set(rows.map(({ blockedId }) => blockedId));
    return ids.map((id) => found.has(id));
  });

  const allVideosOf = new DataLoader(async (ids: readonly string[]) => {
    const rows = await source
      .getRepository(Video)
      .find({ where: { authorId: In([...ids]) }, order: { id: "DESC" } });
    const groups = grouped(rows, ({ authorId }) => authorId);
    return ids.map((id) => groups.get(id) ?? []);
  });

  /** The videos of an author that the viewer may see, newest first. */
  const videosOf = async (authorId: string): Promise<Video[]> => {
    const [author, friend, blocked, videos] = await Promise.all([
      user.load(authorId),
      friendship.load(authorId),
      isBlocked.load(authorId),
      allVideosOf.load(authorId),
    ]);
    if (authorId === viewerId) return videos.filter(({ status }) => status !== "REMOVED");
    if (author === null || blocked) return [];
    return videos.filter(
      ({ audience, status }) =>
        status === "READY" &&
        (audience === "PUBLIC" ||
          (audience === "FRIENDS" && friend !== null) ||
          (audience === "CLOSE_FRIENDS" && friend?.isClose === true)),
    );
  };

  const hasLiked = new DataLoader(async (ids: readonly string[]) => {
    const rows = await source
      .getRepository(Like)
      .find({ where: { videoId: In([...ids]), userId: viewerId } });
    const found = new Set(rows.map(({ videoId }) => videoId));
    return ids.map((id) => found.has(id));
  });

  const participantsOf = new DataLoader(async (ids: readonly string[]) => {
    const rows = await source.getRepository(Participant).find({
      where: { conversationId: In([...ids]), state: In(["ACTIVE", "REQUEST"]) },
      order: { joinedAt: "ASC", userId: "ASC" },
    });
    const groups = grouped(rows, ({ conversationId }) => conversationId);
    return ids.map((id) => groups.get(id) ?? []);
  });

  /** How the viewer takes part in a conversation; null for those who do not. */
  const participation = new DataLoader(async (ids: readonly string[]) => {
    const rows = await source.getRepository(Participant).find({
      where: { userId: viewerId, conversationId: In([...ids]), state: In(["ACTIVE", "REQUEST"]) },
    });
    const found = byKey(rows, ({ conversationId }) => conversationId);
    return ids.map((id) => found.get(id) ?? null);
  });

  const inboxEntry = new DataLoader(async (ids: readonly string[]) => {
    const rows = await source
      .getRepository(InboxEntry)
      .find({ where: { userId: viewerId, conversationId: In([...ids]) } });
    const found = byKey(rows, ({ conversationId }) => conversationId);
    return ids.map((id) => found.get(id) ?? null);
  });

  const lastMessage = new DataLoader(
    async (conversations: readonly Conversation[]) => {
      const rows = await source.getRepository(Message).find({
        where: conversations.map(({ id, lastPosition }) => ({ conversationId: id, position: lastPosition })),
      });
      const found = byKey(rows, ({ conversationId }) => conversationId);
      return conversations.map(({ id }) => found.get(id) ?? null);
    },
    { cacheKeyFn: ({ id }: Conversation): unknown => id },
  );

  return {
    blockers,
    user,
    friendship,
    isBlocked,
    videosOf,
    hasLiked,
    participantsOf,
    participation,
    inboxEntry,
    lastMessage,
  };
}
