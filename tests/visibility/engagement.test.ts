/** Who knows of what somebody did with a video: as activity of a friend, in its counts, and among what was saved. */
import { undoRepost } from "../../src/actions/engagement.ts";
import { setLiked } from "../../src/actions/video.ts";
import type { Reach } from "../../src/entities/user.ts";
import { globalId } from "../../src/ids.ts";
import { mutate } from "../operations/mutations.ts";
import { type Person, World } from "../support/world.ts";
import { at, type Cast, castOf, everybody, row } from "./cast.ts";

let world: World;
let cast: Cast;
let author: Person;
beforeAll(async () => {
  world = await World.start();
  cast = await castOf(world);
  author = await world.person("author");
  await cast.block();
});
afterAll(() => world.stop());

interface Activity {
  readonly friend: { readonly id: string };
  readonly kind: string;
  readonly at: string;
}

const PAGE = "nodes { friend { id } kind at } pageInfo { hasNextPage endCursor }";
/** What somebody finds of their friends' doings with a video, newest first. */
async function activityOf(viewer: Person | null, video: string, page = "first: 100"): Promise<Activity[]> {
  const question = `{ video(id: "${globalId("video", video)}") { friendActivity(${page}) { ${PAGE} } } }`;
  return (at(await world.read(viewer, question), "video", "friendActivity", "nodes") ?? []) as Activity[];
}
/** Which of them are of one person: "LCR" for a like, a comment and a repost. */
async function doingsOf(viewer: Person | null, person: Person, video: string): Promise<string> {
  const found = (await activityOf(viewer, video)).filter(({ friend }) => friend.id === person.globalId);
  return (
    found
      .map(({ kind }) => kind.charAt(0))
      .sort()
      .join("") || "-"
  );
}

/** A video with which a person did everything that friends are told of. */
async function doEverything(person: Person, by: Person = author): Promise<string> {
  const video = await world.video(by);
  await world.like(person, video);
  await world.comment(person, video);
  await world.repost(person, video);
  return video;
}

const REACHES: readonly (readonly [Reach, Record<string, string>])[] = [
  //                                 oneself close friend fof stranger out blocked blocks
  ["EVERYONE", row("                 -       CLR   CLR    -   -        -   -       -")],
  ["FRIENDS_OF_FRIENDS", row("       -       CLR   CLR    -   -        -   -       -")],
  ["FRIENDS", row("                  -       CLR   CLR    -   -        -   -       -")],
  ["CLOSE_FRIENDS", row("            -       CLR   -      -   -        -   -       -")],
  ["NO_ONE", row("                   -       -     -      -   -        -   -       -")],
];

describe.each([
  ["many do something with it", 12],
  ["few do something with it", 0],
])("what somebody did with a video, where %s", (_, others) => {
  test.each(REACHES)(
    "is shown by whoever shows it to %s to these of their friends",
    async (reach, expected) => {
      const { owner } = cast;
      const video = await doEverything(owner);
      // More of them than the viewers have friends: then friends are looked for among those, else the other way round.
      for (let nr = 0; nr < others; nr++) {
        const other = await world.person(`other${nr}`);
        await world.like(other, video);
        await world.comment(other, video);
        await world.repost(other, video);
      }
      await world.privacy(owner, { activityVisibleTo: reach });
      expect(await everybody(cast, (viewer) => doingsOf(viewer, owner, video))).toEqual(expected);
      await world.privacy(owner, { activityVisibleTo: "FRIENDS" });
    },
  );
});

describe("a friend's doing is gone from the next read", () => {
  let named = 0;
  const pair = async () => {
    named++;
    const [ann, ben] = await world.people(`ann${named}`, `ben${named}`);
    await world.befriend(ann, ben);
    const video = await world.video(author);
    await world.like(ben, video);
    await world.repost(ben, video);
    const comment = await world.comment(ben, video);
    expect(await doingsOf(ann, ben, video)).toBe("CLR");
    return { ann, ben, video, comment };
  };

  test("once it is withdrawn", async () => {
    const { ann, ben, video, comment: first } = await pair();
    await setLiked(world.as(ben), video, false);
    expect(await doingsOf(ann, ben, video)).toBe("CR");
    await undoRepost(world.as(ben), video);
    expect(await doingsOf(ann, ben, video)).toBe("C");
    const [older] = await activityOf(ann, video);
    // Of several comments the newest counts, and the one before that when it is deleted.
    const comment = await world.comment(ben, video);
    const [newer, ...others] = await activityOf(ann, video);
    expect([newer?.kind, others]).toEqual(["COMMENTED", []]);
    expect(Date.parse(newer?.at ?? "")).toBeGreaterThan(Date.parse(older?.at ?? ""));
    await mutate(world, ben, "deleteComment", { commentId: comment });
    expect(await activityOf(ann, video)).toEqual([older]);
    await mutate(world, ben, "deleteComment", { commentId: first });
    expect(await activityOf(ann, video)).toEqual([]);
  });

  test("once the two are friends no more, and there again once they are", async () => {
    const { ann, ben, video } = await pair();
    await world.unfriend(ann, ben);
    expect(await activityOf(ann, video)).toEqual([]);
    await world.befriend(ann, ben);
    expect(await doingsOf(ann, ben, video)).toBe("CLR");
  });

  test.each([true, false])("once one blocks the other, whoever that is (%p)", async (isViewer) => {
    const { ann, ben, video } = await pair();
    await (isViewer ? world.block(ann, ben) : world.block(ben, ann));
    expect(await activityOf(ann, video)).toEqual([]);
  });

  test("while they are suspended, and there again afterwards", async () => {
    const { ann, ben, video } = await pair();
    await world.suspend(ben);
    expect(await activityOf(ann, video)).toEqual([]);
    await world.reinstate(ben);
    expect(await doingsOf(ann, ben, video)).toBe("CLR");
  });

  test("once they mark the viewer as a close friend no more, where they show it to those alone", async () => {
    const { ann, ben, video } = await pair();
    await world.privacy(ben, { activityVisibleTo: "CLOSE_FRIENDS" });
    // Whom the viewer has marked says nothing.
    await world.close(ann, ben);
    expect(await activityOf(ann, video)).toEqual([]);
    await world.close(ben, ann);
    expect(await doingsOf(ann, ben, video)).toBe("CLR");
  });
});

test("friends' doings are paged, newest first, each once", async () => {
  const viewer = await world.person("pager");
  const video = await world.video(author);
  for (let nr = 0; nr < 3; nr++) {
    const friend = await world.person(`paged${nr}`);
    await world.befriend(viewer, friend);
    await world.like(friend, video);
    await world.repost(friend, video);
  }
  // All at one instant: then by the friend and the kind.
  await world.server.database.query(
    "with l as (update likes set created_at = '2026-01-31') update reposts set created_at = '2026-01-31' where video_id = $1",
    [video],
  );
  const all = await activityOf(viewer, video);
  expect(all).toHaveLength(6);
  const paged: Activity[] = [];
  for (let after: unknown = null, more: unknown = true; more; ) {
    const page = `first: 4, after: ${JSON.stringify(after)}`;
    const question = `{ video(id: "${globalId("video", video)}") { friendActivity(${page}) { ${PAGE} } } }`;
    const found = at(await world.read(viewer, question), "video", "friendActivity");
    paged.push(...(at(found, "nodes") as Activity[]));
    [after, more] = [at(found, "pageInfo", "endCursor"), at(found, "pageInfo", "hasNextPage")];
  }
  expect(paged).toEqual(all);
});

test("what was saved is shown while it may be seen, to whoever saved it", async () => {
  const { owner, people } = cast;
  const AUDIENCES = ["PUBLIC", "FRIENDS", "CLOSE_FRIENDS", "ONLY_ME", "REMOVED", "PROCESSING"];
  const saved = new Map<string, string>();
  for (const name of AUDIENCES) {
    const video = await world.video(owner);
    saved.set(globalId("video", video), name);
    for (const person of people) {
      await world.server.database.query("insert into saves (user_id, video_id) values ($1, $2)", [
        person.id,
        video,
      ]);
    }
    const column = /REMOVED|PROCESSING/.test(name) ? "status" : "audience";
    await world.server.database.query(`update videos set ${column} = $2 where id = $1`, [video, name]);
  }
  const found = await everybody(cast, async (viewer) => {
    const answer = await world.read(viewer, "{ viewer { savedVideos { nodes { id } } } }");
    const nodes = (at(answer, "viewer", "savedVideos", "nodes") ?? []) as { id: string }[];
    return nodes
      .map(({ id }) => saved.get(id))
      .reverse()
      .join(" ");
  });
  expect(found).toEqual({
    oneself: "PUBLIC FRIENDS CLOSE_FRIENDS ONLY_ME PROCESSING",
    "a close friend": "PUBLIC FRIENDS CLOSE_FRIENDS",
    "a friend": "PUBLIC FRIENDS",
    "a friend of a friend": "PUBLIC",
    "a stranger": "PUBLIC",
    "somebody signed out": "",
    "somebody whom the owner blocks": "",
    "somebody who blocks the owner": "",
  });
});

describe("the counts of a video", () => {
  const COUNTS = ["likeCount", "commentCount", "repostCount", "viewCount", "shareCount"];
  const countsFor = async (viewer: Person | null, video: string) => {
    const question = `{ video(id: "${globalId("video", video)}") { ${COUNTS.join(" ")} } }`;
    const found = at(await world.read(viewer, question), "video");
    return COUNTS.map((name) => at(found, name)).join();
  };
  const watched = async () => {
    const { owner } = cast;
    const video = await doEverything(owner);
    await world.watch(owner, video);
    await world.server.database.query(
      `with s as (insert into sharings (video_id, user_id, conversation_id) values ($1, $2, 1))
       update videos set share_count = 1 where id = $1`,
      [video, owner.id],
    );
    return video;
  };

  test("do not count whoever has blocked the viewer, nor comments of whom the viewer has blocked", async () => {
    const video = await watched();
    const everyone = "1,1,1,1,1";
    expect(await everybody(cast, (viewer) => countsFor(viewer, video))).toEqual(
      // oneself close friend fof stranger out blocked blocks
      row(`${[1, 2, 3, 4, 5, 6].map(() => everyone).join(" ")} 0,0,0,0,0 1,0,1,1,1`),
    );
  });

  test("do not count whoever is hidden from everybody, until they are back", async () => {
    const video = await watched();
    const reader = cast.viewers["a stranger"];
    await world.suspend(cast.owner);
    expect(await countsFor(reader, video)).toBe("0,0,0,0,0");
    await world.reinstate(cast.owner);
    expect(await countsFor(reader, video)).toBe("1,1,1,1,1");
  });
});
