/** The feed of what friends post and repost. */
import { setTimeout as sleep } from "node:timers/promises";
import { muteUser } from "../../src/actions/mute.ts";
import { updateVideo } from "../../src/actions/video.ts";
import { type Person, World } from "../support/world.ts";
import { captions, circle, feedPage, post, readThrough, reasonsOf } from "./feeds.ts";

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

async function repost(person: Person, videoId: string, note: string | null = null) {
  await sleep(2);
  await world.repost(person, videoId, note);
}

const mute = (viewer: Person, other: Person) =>
  muteUser(world.as(viewer), other.id, new Date(Date.now() + 3_600_000));

const FRIENDS = "FRIENDS" as const;

describe("the feed of friends", () => {
  test("has what they have posted and reposted, newest first, each video once, and says why", async () => {
    const { viewer, friends, name } = await circle(world, 4);
    const [ann, ben, cat, dan] = friends as [Person, Person, Person, Person];
    const stranger = await world.person(`${name}.stranger`);
    const old = await post(world, stranger, "old");
    await post(world, ann, "first");
    const second = await post(world, ben, "second");
    await repost(ann, old, "Look at this");
    await repost(ben, old);
    await post(world, cat, "third");
    await repost(cat, second, "Ben!");
    await repost(dan, old);
    await repost(cat, old, "Newer");

    expect(await captions(world, viewer, FRIENDS)).toEqual(["old", "second", "third", "first"]);
    const handles = (...people: Person[]) => people.map(({ handle }) => ({ handle }));
    expect(await reasonsOf(world, viewer, FRIENDS, "old")).toEqual([
      { __typename: "RepostedByFriends", friends: handles(cat, dan, ben), count: 4, note: "Newer" },
    ]);
    expect(await reasonsOf(world, viewer, FRIENDS, "second")).toEqual([
      { __typename: "PostedByFriend", friend: { handle: ben.handle } },
      { __typename: "RepostedByFriends", friends: handles(cat), count: 1, note: "Ben!" },
    ]);
    expect(await reasonsOf(world, viewer, FRIENDS, "first")).toEqual([
      { __typename: "PostedByFriend", friend: { handle: ann.handle } },
    ]);
  });

  test("has nothing of the viewer's own, though friends repost it", async () => {
    const { viewer, friends } = await circle(world, 1);
    const [friend] = friends as [Person];
    await repost(friend, await post(world, viewer, "own"));
    await post(world, friend, "theirs");
    expect(await captions(world, viewer, FRIENDS)).toEqual(["theirs"]);
  });

  test("has nothing of strangers, and nothing of a friend from the moment they are one no longer", async () => {
    const { viewer, friends, name } = await circle(world, 2);
    const [ann, ben] = friends as [Person, Person];
    await post(world, await world.person(`${name}.stranger`), "a stranger's");
    await post(world, ann, "of ann");
    await post(world, ben, "of ben");
    await world.unfriend(viewer, ben);
    expect(await captions(world, viewer, FRIENDS)).toEqual(["of ann"]);
  });

  test("leaves out whom the viewer has muted, what they repost, and what others repost of them", async () => {
    const { viewer, friends, name } = await circle(world, 3);
    const [ann, ben, cat] = friends as [Person, Person, Person];
    const other = await post(world, await world.person(`${name}.other`), "another's");
    const muted = await post(world, ben, "of ben");
    await repost(cat, muted);
    await repost(ben, other);
    await post(world, ann, "of ann");
    await mute(viewer, ben);
    expect(await captions(world, viewer, FRIENDS)).toEqual(["of ann"]);
    await repost(ann, other, "From me as well");
    expect(await captions(world, viewer, FRIENDS)).toEqual(["another's", "of ann"]);
    expect(await reasonsOf(world, viewer, FRIENDS, "another's")).toMatchObject([
      { friends: [{ handle: ann.handle }], count: 1 },
    ]);
  });

  test("leaves out what is reposted of people who are blocked, whoever of the two has blocked the other", async () => {
    const { viewer, friends, name } = await circle(world, 1);
    const [ann] = friends as [Person];
    const [blocked, blocker] = await world.people(`${name}.blocked`, `${name}.blocker`);
    for (const author of [blocked, blocker]) await repost(ann, await post(world, author, author.handle));
    expect(await captions(world, viewer, FRIENDS)).toHaveLength(2);
    await world.block(viewer, blocked);
    await world.block(blocker, viewer);
    expect(await captions(world, viewer, FRIENDS)).toEqual([]);
  });

  test("does not know of a repost whose friend keeps what they do from the viewer", async () => {
    const { viewer, friends, name } = await circle(world, 2);
    const [ann, ben] = friends as [Person, Person];
    const video = await post(world, await world.person(`${name}.other`), "another's");
    await repost(ann, video, "Quietly");
    await repost(ben, video, "Aloud");
    await world.privacy(ann, { activityVisibleTo: "NO_ONE" });
    expect(await reasonsOf(world, viewer, FRIENDS, "another's")).toMatchObject([
      { friends: [{ handle: ben.handle }], count: 1, note: "Aloud" },
    ]);
    await world.privacy(ben, { activityVisibleTo: "CLOSE_FRIENDS" });
    expect(await captions(world, viewer, FRIENDS)).toEqual([]);
    await world.close(ben, viewer);
    expect(await captions(world, viewer, FRIENDS)).toEqual(["another's"]);
  });

  test.each([1, 3, 7])(
    "is read in pages of %i, each video once, while friends post, repost and like",
    async (size) => {
      const { viewer, friends, name } = await circle(world, 3);
      const [ann, ben, cat] = friends as [Person, Person, Person];
      const others = await world.people(`${name}.other0`, `${name}.other1`);
      const ids = new Map<string, string>();
      const keep = async (id: Promise<string>, caption: string) =>
        ids.set(caption, await id).get(caption) ?? "";
      for (let turn = 0; turn < 4; turn++) {
        for (const author of [ann, ben, ...others]) {
          const caption = `${author.handle}-${turn}`;
          const id = await keep(post(world, author, caption), caption);
          if (others.includes(author)) {
            await repost(cat, id);
            if (turn % 2 === 0) await repost(ann, id);
          }
        }
      }
      const before = await captions(world, viewer, FRIENDS);
      expect(before).toHaveLength(16);

      const moved = new Set<string>();
      const found = await readThrough(world, viewer, FRIENDS, size, async (page) => {
        await post(world, ben, `new-${page}`);
        // What was shown comes again, and what is still to be shown moves up.
        const shown = before[(page - 1) * size] ?? "";
        await repost(ben, ids.get(shown) ?? "");
        const ahead = before[before.length - page] ?? "";
        if (before.indexOf(ahead) >= page * size && !moved.has(ahead)) {
          moved.add(ahead);
          await repost(ben, ids.get(ahead) ?? "");
        }
        await world.like(ben, ids.get(before[7] ?? "") ?? "");
      });
      expect(found).toEqual([...new Set(found)]);
      expect(found).toEqual(before.filter((caption) => !moved.has(caption)));
      // Whoever begins anew finds all of it.
      const after = await readThrough(world, viewer, FRIENDS, size);
      expect(after).toEqual([...new Set(after)]);
      expect(after).toEqual(expect.arrayContaining(before));
      expect(after.slice(0, 2)).toEqual(
        await captions(world, viewer, FRIENDS).then((all) => all.slice(0, 2)),
      );
    },
  );

  test("has full pages, however much of what was reposted can't be seen", async () => {
    const { viewer, friends, name } = await circle(world, 2);
    const [ann, ben] = friends as [Person, Person];
    const hider = await world.person(`${name}.hider`);
    for (let turn = 0; turn < 6; turn++) {
      await post(world, ben, `seen ${turn}`);
      for (let at = 0; at < 8; at++) {
        const hidden = await post(world, hider, "hidden");
        await repost(ann, hidden);
        await updateVideo(world.as(hider), hidden, {
          audience: "ONLY_ME",
          caption: null,
          commentsFrom: null,
        });
      }
    }
    const seen = [5, 4, 3, 2, 1, 0].map((turn) => `seen ${turn}`);
    for (const size of [1, 2, 4, 6, 100]) {
      expect(await readThrough(world, viewer, FRIENDS, size)).toEqual(seen);
    }
  });
});

test("a cursor of one feed is refused by the others, and nobody reads a feed backwards", async () => {
  const { viewer, friends } = await circle(world, 1);
  const [ann] = friends as [Person];
  await post(world, ann, "one");
  await post(world, ann, "two");
  const { pageInfo } = await feedPage(world, viewer, FRIENDS, 1);
  for (const kind of ["SHARED_WITH_ME", "FOR_YOU"]) {
    const { errors } = await world.ask(
      viewer,
      `{ viewer { feed(kind: ${kind}, after: "${pageInfo.endCursor}") { nodes { at } } } }`,
    );
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(["BAD_USER_INPUT"]);
  }
});
