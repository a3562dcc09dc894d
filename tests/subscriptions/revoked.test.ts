/** What goes dark: whoever could see something and can't any more is told to forget it, and nobody else is told a thing. */
import { deleteAccount } from "../../src/actions/deletion.ts";
import { setCloseFriend } from "../../src/actions/friendship.ts";
import { leaveConversation } from "../../src/actions/leaving.ts";
import { deleteVideo, updateVideo } from "../../src/actions/video.ts";
import type { Audience } from "../../src/entities/video.ts";
import { globalId } from "../../src/ids.ts";
import { PASSWORD, type Person, World } from "../support/world.ts";
import { type Change, received, Streams } from "./streams.ts";

let world: World;
let streams: Streams;
let maya: Person;
/** A friend, a close friend, somebody who is neither, and somebody who has nothing to do with any of it. */
let leo: Person;
let ana: Person;
let kofi: Person;
let yuki: Person;
/** Of Maya's. */
const videos: Record<Audience, string> = { PUBLIC: "", FRIENDS: "", CLOSE_FRIENDS: "", ONLY_ME: "" };

let round = 0;
beforeEach(async () => {
  round += 1;
  world ??= await World.start();
  streams ??= new Streams(world);
  const name = (handle: string) => `${handle}${round}`;
  [maya, leo, ana, kofi, yuki] = await world.people(
    name("maya"),
    name("leo"),
    name("ana"),
    name("kofi"),
    name("yuki"),
  );
  await world.befriend(maya, leo, ana);
  await world.close(maya, ana);
  for (const audience of Object.keys(videos) as Audience[])
    videos[audience] = await world.video(maya, audience);
});
afterEach(() => streams.close());
afterAll(() => world.stop());

/** The ids of what each of these people is told to forget, but for notifications. */
async function forgotten(people: readonly Person[], act: () => Promise<unknown>): Promise<string[][]> {
  const idsOf = (changes: Change[]) =>
    changes
      .filter(({ __typename }) => __typename === "AccessRevoked")
      .flatMap(({ ids }) => ids as string[])
      .filter((id) => !id.startsWith("notification_"));
  return (await streams.told(people, act)).map(idsOf);
}
const video = (audience: Audience) => globalId("video", videos[audience]);

describe("between two people", () => {
  test("who is blocked forgets who blocks them, save a stranger, who would learn of the block by it", async () => {
    const [byLeo] = await forgotten([leo], () => world.block(maya, leo));
    expect(byLeo).toContain(maya.globalId);
    await world.request(kofi, maya);
    const [byKofi, byYuki] = await forgotten([kofi, yuki], async () => {
      for (const other of [kofi, yuki]) await world.block(maya, other);
    });
    expect(byKofi).toEqual([maya.globalId]);
    expect(byYuki).toEqual([]);
  });

  test("whoever is no longer a friend forgets the videos that were for friends", async () => {
    const theirs = await world.video(leo, "FRIENDS");
    const [byMaya, byLeo, byAna] = await forgotten([maya, leo, ana], () => world.unfriend(leo, maya));
    expect([byMaya, byLeo, byAna]).toEqual([[globalId("video", theirs)], [video("FRIENDS")], []]);
  });

  test("a close friend also forgets those that were for close friends, which others never hear of", async () => {
    const [, byAna] = await forgotten([maya, ana], () => world.unfriend(maya, ana));
    expect(byAna?.sort()).toEqual([video("FRIENDS"), video("CLOSE_FRIENDS")].sort());
  });

  test("who is no longer a close friend forgets the videos that were for close friends", async () => {
    const all = await forgotten([maya, leo, ana], () => setCloseFriend(world.as(maya), ana.id, false));
    expect(all).toEqual([[], [], [video("CLOSE_FRIENDS")]]);
  });

  test("moments go the same way as videos, as long as they are shown", async () => {
    const key = async (author: Person, moment: Parameters<World["moment"]>[1] = {}) => {
      const { authorId, id } = await world.moment(author, moment);
      return globalId("moment", authorId, id);
    };
    const [friends, close, theirs] = [
      await key(maya),
      await key(maya, { audience: "CLOSE_FRIENDS" }),
      await key(leo),
    ];
    const over = await world.moment(maya);
    await world.server.database.query(
      "update moments set expires_at = now() - interval '1 second' where id = $1",
      [over.id],
    );
    const people = [maya, leo, ana];
    const unmarked = await forgotten(people, () => setCloseFriend(world.as(maya), ana.id, false));
    expect(unmarked).toEqual([[], [], [video("CLOSE_FRIENDS"), close]]);
    const parted = await forgotten(people, () => world.unfriend(leo, maya));
    expect(parted).toEqual([[theirs], [video("FRIENDS"), friends], []]);
    await world.close(maya, ana);
    const mine = await key(ana);
    const blocked = await forgotten(people, () => world.block(maya, ana));
    expect(blocked).toEqual([[mine], [], [maya.globalId]]);
  });

  test("who is blocked forgets the blocker; the blocker forgets what the other has published", async () => {
    const [theirs, forFriends] = [await world.video(leo), await world.video(leo, "FRIENDS")];
    await world.video(leo, "CLOSE_FRIENDS");
    const [byMaya, byLeo, byAna] = await forgotten([maya, leo, ana], () => world.block(maya, leo));
    expect(byMaya?.sort()).toEqual([theirs, forFriends].map((id) => globalId("video", id)).sort());
    expect([byLeo, byAna]).toEqual([[maya.globalId], []]);
  });
});

describe("a video", () => {
  const narrow = (from: Audience, audience: Audience) =>
    updateVideo(world.as(maya), videos[from], { caption: null, audience, commentsFrom: null });

  test("that is for fewer people now is forgotten by friends who are not among them", async () => {
    const people = [maya, leo, ana, yuki];
    expect(await forgotten(people, () => narrow("FRIENDS", "CLOSE_FRIENDS"))).toEqual([
      [],
      [video("FRIENDS")],
      [],
      [],
    ]);
    expect(await forgotten(people, () => narrow("FRIENDS", "ONLY_ME"))).toEqual([
      [],
      [],
      [video("FRIENDS")],
      [],
    ]);
  });

  test("is forgotten by those who like it, and by those to whom it was shared, where they may not see it any more", async () => {
    const [noor] = await world.people(`noor${round}`);
    await world.like(kofi, videos.PUBLIC);
    await world.share(leo, videos.PUBLIC, await world.group(leo, [noor, ana]));
    const people = [leo, ana, kofi, noor, yuki];
    const all = await forgotten(people, () => narrow("PUBLIC", "FRIENDS"));
    expect(all).toEqual([[], [], [video("PUBLIC")], [video("PUBLIC")], []]);
    const rest = await forgotten(people, () => deleteVideo(world.as(maya), videos.PUBLIC));
    expect(rest).toEqual([[video("PUBLIC")], [video("PUBLIC")], [], [], []]);
  });

  test("that is for more people, or changes otherwise, is forgotten by nobody", async () => {
    const all = await forgotten([leo, ana], async () => {
      await narrow("CLOSE_FRIENDS", "PUBLIC");
      await updateVideo(world.as(maya), videos.FRIENDS, {
        caption: "new",
        audience: null,
        commentsFrom: null,
      });
      await narrow("FRIENDS", "FRIENDS");
    });
    expect(all).toEqual([[], []]);
  });

  test("that only its author could see is removed without a word to anybody", async () => {
    const all = await forgotten([leo, ana], () => deleteVideo(world.as(maya), videos.ONLY_ME));
    expect(all).toEqual([[], []]);
  });
});

test("somebody who is suspended, or deletes their account, is forgotten by friends and by those in conversations with them", async () => {
  await world.group(maya, [kofi, leo]);
  const [byLeo, byKofi, byYuki] = await forgotten([leo, kofi, yuki], () => world.suspend(maya));
  expect([byLeo, byKofi, byYuki]).toEqual([[maya.globalId], [maya.globalId], []]);
  await world.befriend(yuki, leo);
  const [next, others] = await forgotten([leo, kofi], () =>
    deleteAccount(world.as(yuki), { password: PASSWORD, messages: "ERASE" }),
  );
  expect([next, others]).toEqual([[yuki.globalId], []]);
});

test("who leaves a group forgets it; its stream of messages ends, and those of others go on", async () => {
  const group = await world.group(maya, [leo, ana]);
  const [mine, all, others] = [
    streams.messages(leo, { in: group, after: await streams.cursorOf(leo) }),
    streams.messages(leo, { after: await streams.cursorOf(leo) }),
    streams.messages(ana, { in: group, after: await streams.cursorOf(ana) }),
  ];
  await world.say(maya, group, "before");
  await Promise.all([mine, all, others].map((stream) => received(stream, 1)));
  const [byLeo, byAna] = await forgotten([leo, ana], () => leaveConversation(world.as(leo), group));
  expect([byLeo, byAna]).toEqual([[globalId("conversation", group)], []]);
  await mine.done;
  expect(mine.errors).toEqual([]);
  await world.say(maya, group, "afterwards");
  await world.say(maya, await world.direct(maya, leo), "to Leo alone");
  await Promise.all([all, others].map((stream) => received(stream, 2)));
  const bodies = [mine, all, others].map(({ items }) => items.map(({ message }) => message?.body));
  expect(bodies).toEqual([["before"], ["before", "to Leo alone"], ["before", "afterwards"]]);
});
