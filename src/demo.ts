/** The demo world: a few people who are friends, share videos and talk, made through the same actions as everything else. */
import { signUp } from "./actions/account.ts";
import { addComment } from "./actions/comment.ts";
import { setCommentLiked } from "./actions/comment-like.ts";
import type { ActionContext } from "./actions/context.ts";
import { startConversation } from "./actions/conversation.ts";
import { recordView, repost, setSaved } from "./actions/engagement.ts";
import { setCloseFriend } from "./actions/friendship.ts";
import { type Sent, sendMessage } from "./actions/message.ts";
import { markMomentSeen, postMoment } from "./actions/moment.ts";
import type { MomentKey } from "./actions/moment-notification.ts";
import { markRead } from "./actions/receipt.ts";
import { acceptFriendRequest, sendFriendRequest } from "./actions/request.ts";
import { shareVideo } from "./actions/share.ts";
import { setLiked } from "./actions/video.ts";
import { publishVideo } from "./actions/video-publish.ts";
import type { Queries } from "./db/database.ts";
import { statement } from "./db/sql.ts";
import type { Audience } from "./entities/video.ts";
import type { Viewer } from "./viewer.ts";

/** The password of everybody in the demo world. */
export const DEMO_PASSWORD = "kith-demo-2026";
/** The person who the playground's first tab signs in as. */
export const DEMO_GUIDE = { handle: "maya", password: DEMO_PASSWORD };

const PEOPLE = [
  ["maya", "Maya Okafor", "NG"],
  ["leo", "Leo Brandt", "DE"],
  ["ana", "Ana Sousa", "PT"],
  ["kofi", "Kofi Mensah", "GH"],
  ["yuki", "Yuki Tanaka", "JP"],
  ["noor", "Noor Haddad", "JO"],
  ["sam", "Sam Rivera", "US"],
  ["ines", "Inès Moreau", "FR"],
] as const;
type Handle = (typeof PEOPLE)[number][0];

const oldest = statement<{ count: number }, { handle: string }>(
  "demo_oldest",
  `
  select u.handle
  from users u
  order by u.id
  limit :count`,
);

/** Whether it was the demo world that an empty database was filled with: most of the oldest there are its people. */
export async function isDemoWorld(queries: Queries): Promise<boolean> {
  const found = await queries.run(oldest, { count: PEOPLE.length });
  const handles = new Set(found.map(({ handle }) => handle));
  return PEOPLE.filter(([handle]) => handles.has(handle)).length > PEOPLE.length / 2;
}

const FRIENDS: readonly (readonly [Handle, Handle])[] = [
  ["maya", "leo"],
  ["maya", "ana"],
  ["maya", "kofi"],
  ["maya", "yuki"],
  ["leo", "ana"],
  ["leo", "kofi"],
  ["ana", "yuki"],
  ["noor", "leo"],
  ["ines", "ana"],
  ["kofi", "sam"],
];

const VIDEOS: readonly (readonly [Handle, string, Audience])[] = [
  ["leo", "Cycling to work in the rain, again #commute", "PUBLIC"],
  ["ana", "The smallest kitchen in Lisbon makes the best bread", "PUBLIC"],
  ["maya", "Three chords and the sea", "FRIENDS"],
  ["kofi", "How to carry twelve oranges #lifehacks", "PUBLIC"],
  ["yuki", "First snow on the roof", "CLOSE_FRIENDS"],
  ["leo", "Nobody should see this haircut", "ONLY_ME"],
  ["ines", "A tram goes by, and by, and by", "PUBLIC"],
];

const TALK: readonly (readonly [Handle, string])[] = [
  ["leo", "Saw it. I am never carrying twelve oranges."],
  ["maya", "You carried a bicycle up four floors."],
  ["maya", "With the oranges on it."],
  ["leo", "That was eleven oranges' worth at most."],
];

// Each with the number of the comment that it answers, or null.
const COMMENTS: readonly (readonly [Handle, string, number | null])[] = [
  ["sam", "Which market is this?", null],
  ["leo", "Not one of them fell. I counted.", null],
  ["kofi", "Makola, on a Saturday. Come early!", 0],
  ["ana", "@maya you have to see this", null],
  ["maya", "I was there, I dropped the eleventh", 1],
];

/** Signs up the people and lets them live a little; `as` gives a fresh context in which a person acts. */
export async function makeDemoWorld(as: (viewer: Viewer | null) => ActionContext): Promise<void> {
  const viewers = new Map<Handle, Viewer>();
  await Promise.all(
    PEOPLE.map(async ([handle, displayName, country]) => {
      const account = { handle, displayName, country, birthDate: "1998-05-17", password: DEMO_PASSWORD };
      viewers.set(handle, (await signUp(as(null), account)).viewer);
    }),
  );
  const viewer = (handle: Handle): Viewer => {
    const found = viewers.get(handle);
    if (found === undefined) throw new Error(`The demo world has no ${handle}.`);
    return found;
  };
  const idOf = (handle: Handle) => viewer(handle).userId;
  const by = (handle: Handle) => as(viewer(handle));

  for (const [one, other] of FRIENDS) {
    await sendFriendRequest(by(one), { userId: idOf(other), metThrough: "CONTACTS" });
    await acceptFriendRequest(by(other), idOf(one));
  }
  await sendFriendRequest(by("noor"), {
    userId: idOf("maya"),
    note: "We met at Leo's birthday!",
    metThrough: "MUTUAL_FRIENDS",
  });
  await sendFriendRequest(by("maya"), { userId: idOf("ines"), metThrough: "MUTUAL_FRIENDS" });

  const videos = new Map<string, string>();
  for (const [author, caption, audience] of VIDEOS) {
    const name = `${author}-${videos.size + 1}`;
    const id = await publishVideo(by(author), {
      uploadId: null,
      sourceUrl: `https://media.example/${name}.mp4`,
      thumbnailUrl: `https://media.example/${name}.jpg`,
      durationMs: 14_000 + videos.size * 3_500,
      caption,
      audience,
      commentsFrom: null,
      nonce: name,
    });
    videos.set(name, id);
    if (audience !== "PUBLIC") continue;
    for (const handle of ["maya", "leo", "sam"] as const) {
      if (handle !== author) await setLiked(by(handle), id, true);
    }
  }

  // Maya is told of what close friends show.
  await setCloseFriend(by("maya"), idOf("ana"), true);
  const show = (handle: Handle, text: string, video: string | null = null): Promise<MomentKey> =>
    postMoment(by(handle), {
      text,
      videoId: video === null ? null : (videos.get(video) ?? null),
      audience: null,
      nonce: text,
    });
  const seen = await show("kofi", "Market day. Twelve again.", "kofi-4");
  await markMomentSeen(by("maya"), seen);
  await show("yuki", "It is still snowing.");
  await show("ana", "Out of the oven in ten minutes", "ana-2");
  const own = await show("maya", "New strings!");
  for (const handle of ["leo", "kofi"] as const) await markMomentSeen(by(handle), own);

  // She has not marked Maya as a close friend: what Maya gets is a card that says so, and that she may ask.
  await shareVideo(by("yuki"), {
    videoId: videos.get("yuki-5") ?? "",
    targets: [{ id: "maya", userId: idOf("maya"), conversationId: null }],
    note: "It snows!",
    nonce: "demo-snow",
  });

  await shareVideo(by("kofi"), {
    videoId: videos.get("leo-1") ?? "",
    targets: [{ id: "maya", userId: idOf("maya"), conversationId: null }],
    note: "He does this every morning.",
    nonce: "demo-rain",
  });

  const oranges = videos.get("kofi-4") ?? "";
  const said: string[] = [];
  for (const [handle, text, answers] of COMMENTS) {
    const id = answers === null ? null : (said[answers] ?? "");
    const replyTo = id === null ? null : { videoId: oranges, id };
    const nonce = `demo-comment-${said.length}`;
    said.push(await addComment(by(handle), { videoId: oranges, text, replyTo, nonce }));
  }
  await setCommentLiked(by("maya"), { videoId: oranges, id: said[1] ?? "" }, true);
  const bread = videos.get("ana-2") ?? "";
  await repost(by("leo"), oranges, "With the oranges on it.");
  await repost(by("yuki"), bread, null);
  await setSaved(by("maya"), bread, true);
  for (const handle of ["maya", "leo", "noor"] as const) await recordView(by(handle), oranges, 9_000);

  const [share] = await shareVideo(by("maya"), {
    videoId: oranges,
    targets: [{ id: "leo", userId: idOf("leo"), conversationId: null }],
    note: "This is so you.",
    nonce: "demo-share",
  });
  const conversationId = share?.conversationId ?? "";
  const say = (handle: Handle, body: string, nonce: string, topic: string | null): Promise<Sent> =>
    sendMessage(by(handle), {
      conversationId,
      userId: null,
      body,
      replyTo: null,
      topic: topic === null ? null : { conversationId, videoId: topic },
      videoAtMs: topic === null ? null : 4_200,
      nonce,
    });
  for (const [at, [handle, body]] of TALK.entries()) await say(handle, body, `demo-${at}`, oranges);

  await startConversation(by("maya"), {
    userIds: [idOf("leo"), idOf("yuki")],
    title: "Sea and strings",
    nonce: "demo-own-group",
  });
  const group = await startConversation(by("ana"), {
    userIds: [idOf("maya"), idOf("leo"), idOf("yuki"), idOf("ines")],
    title: "Bread on Sundays",
    nonce: "demo-group",
  });
  await sendMessage(by("ana"), {
    conversationId: group.conversationId,
    userId: null,
    body: "Who brings butter?",
    replyTo: null,
    topic: null,
    videoAtMs: null,
    nonce: "demo-butter",
  });
  await sendMessage(by("sam"), {
    conversationId: null,
    userId: idOf("maya"),
    body: "Hi Maya, is that your guitar in the sea video?",
    replyTo: null,
    topic: null,
    videoAtMs: null,
    nonce: "demo-hello",
  });
  await markRead(by("maya"), conversationId, 2);
}
