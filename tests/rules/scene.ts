/** A world of a given size with something of everything in it: the same scene, ten times as wide. */
import { updateVideo } from "../../src/actions/video.ts";
import { globalId } from "../../src/ids.ts";
import type { Person, World } from "../support/world.ts";

export interface Scene {
  readonly world: World;
  readonly viewer: Person;
  readonly friends: readonly Person[];
  /** Somebody who has asked the viewer to be friends. */
  readonly asker: Person;
  /** A group of the viewer, friends and people whom the viewer has blocked, with shares and talk about them. */
  readonly group: string;
  /** How many messages were sent to it. */
  readonly sentToGroup: number;
  /** A video that nobody has shared, by whoever has asked. */
  readonly video: string;
  /** Global ids of something of every kind, more of them in a larger scene. */
  readonly ids: readonly string[];
}

const range = (length: number) => Array.from({ length }, (_, at) => at);

/** Fills a world: everything that there can be many of is there `size` times, or twice that. */
export async function makeScene(world: World, size: number): Promise<Scene> {
  const several = (name: string, count: number) =>
    Promise.all(range(count).map((at) => world.person(`${name}${at}`)));
  const viewer = await world.person("viewer");
  const asker = await world.person("asker0");
  const friends = await several("friend", 2 * size);
  const blocked = await several("blocked", size);

  for (const friend of friends) await world.befriend(viewer, friend);
  for (const at of range(size)) {
    const [asking, asked, friend] = await world.people(`asker${at}`, `asked${at}`, `friend${at}`);
    // Whoever asks, or is asked, has a friend in common with the viewer.
    await world.befriend(friend, asking, asked);
    await world.request(asking, viewer);
    await world.request(viewer, asked);
    const stranger = await world.person(`stranger${at}`);
    await world.say(stranger, await world.direct(stranger, viewer), "May I?");
  }

  // Not more of them than a page of participants has: who speaks is among them, and nobody else has to be read.
  const members = [...friends.slice(0, 7), ...blocked.slice(0, 2)];
  const group = await world.group(viewer, members, "Everybody");
  let sentToGroup = 0;
  const sayToGroup = async (
    person: Person,
    body: string,
    more: { topic?: string; replyTo?: number } = {},
  ) => {
    await world.say(person, group, body, more);
    sentToGroup++;
  };
  const shared: string[] = [];
  const directs: string[] = [];
  for (const [at, friend] of friends.entries()) {
    const [first = ""] = await Promise.all(range(size + 1).map(() => world.video(friend)));
    await Promise.all([viewer, ...members].map((person) => world.like(person, first)));
    await world.share(members[at % members.length] ?? friend, first, group, "Look");
    sentToGroup++;
    await sayToGroup(viewer, "I see.", { topic: first });
    // Of every second share nothing is left to see.
    const change = { caption: null, audience: "ONLY_ME" as const, commentsFrom: null };
    if (shared.push(first) % 2 === 0) await updateVideo(world.as(friend), first, change);

    const direct = await world.direct(viewer, friend);
    directs.push(direct);
    for (const turn of range(1 + size)) await world.say(turn % 2 === 0 ? viewer : friend, direct, "Words");
  }
  for (const person of members)
    await sayToGroup(person, "Do you?", { topic: shared[0], replyTo: sentToGroup });
  for (const person of blocked) await world.block(viewer, person);
  for (const at of range(size)) {
    // Whoever has asked takes part as well, and says nothing.
    const others = [asker, ...friends.slice(0, 1 + (at % 3))];
    await world.say(viewer, await world.group(viewer, others, `Group ${at}`), "Hello all");
  }
  return {
    world,
    viewer,
    friends,
    asker,
    group,
    sentToGroup,
    video: await world.video(asker),
    ids: [
      ...friends.map(({ globalId }) => globalId),
      ...directs.map((id) => globalId("conversation", id)),
      ...range(2 * size).map((at) => globalId("message", group, at + 1)),
      ...shared.map((id) => globalId("share", group, id)),
    ],
  };
}
