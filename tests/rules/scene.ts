/** A world of a given size with something of everything in it: the same scene, ten times as wide. */
import { setContactPoints } from "../../src/actions/contact.ts";
import { createInvite } from "../../src/actions/invite.ts";
import { pinMessage } from "../../src/actions/pin.ts";
import { addReaction } from "../../src/actions/reaction.ts";
import { makeTrends } from "../../src/actions/trend.ts";
import { startVideoUpload } from "../../src/actions/upload/start.ts";
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
  /** The position there of a message of the viewer's; the one before is theirs as well. */
  readonly ownMessage: number;
  /** A video that nobody has shared, by whoever has asked. */
  readonly video: string;
  /** The global id of a comment on it, of somebody whom the viewer does not know. */
  readonly comment: string;
  /** An upload of the viewer's, whose bytes are still to come. */
  readonly upload: string;
  /** The global id of a moment of a friend's, which the viewer has not seen. */
  readonly moment: string;
  /** A friend's video that they have shared with the viewer and show to nobody, and one that the viewer shows to nobody. */
  readonly hiddenVideo: string;
  readonly ownVideo: string;
  /** A video that every friend likes. */
  readonly likedVideo: string;
  /** What somebody has said to the viewer whom they have not let in. */
  readonly messageRequest: string;
  /** The codes of an invite to the group, and of one to be the friend of a stranger. */
  readonly groupInvite: string;
  readonly strangersInvite: string;
  /** Global ids of something of every kind, more of them in a larger scene. */
  readonly ids: readonly string[];
}

/** By what address somebody can be found. */
export const emailOf = (handle: string) => `${handle}@mail.example`;

const range = (length: number) => Array.from({ length }, (_, at) => at);

/** Fills a world: everything that there can be many of is there `size` times, or twice that. */
export async function makeScene(world: World, size: number): Promise<Scene> {
  const several = (name: string, count: number) =>
    Promise.all(range(count).map((at) => world.person(`${name}${at}`)));
  const viewer = await world.person("viewer");
  const asker = await world.person("asker0");
  const friends = await several("friend", 2 * size);
  const blocked = await several("blocked", size);

  for (const friend of friends) {
    await world.befriend(viewer, friend);
    const { keys, database } = world.as(friend);
    const points = { email: emailOf(friend.handle), phone: null };
    await database.transaction((queries) => setContactPoints(queries, keys, friend.id, points));
  }
  await world.befriend(await world.person("known0"), ...friends.slice(1));
  for (const at of range(size)) {
    const [asking, asked, known, friend] = await world.people(
      `asker${at}`,
      `asked${at}`,
      `known${at}`,
      `friend${at}`,
    );
    // Whoever asks, is asked or may be known has a friend in common with the viewer, and one has all of them.
    await world.befriend(friend, asking, asked, known);
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
    mentions: readonly Person[] = [],
  ) => {
    await world.say(person, group, body, { ...more, mentions });
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
  for (const person of members) {
    await sayToGroup(person, "You!", {}, members);
    const place = { conversationId: group, position: sentToGroup };
    for (const other of [viewer, ...members]) await addReaction(world.as(other), place, "👍");
    await pinMessage(world.as(viewer), place);
  }
  for (const body of ["Nobody!", "Everybody!"]) await sayToGroup(viewer, body, {}, members);
  const ownMessage = sentToGroup;
  for (const person of blocked) await world.block(viewer, person);
  for (const at of range(size)) {
    // Whoever has asked takes part as well, and somebody whom the viewer may know, and they say nothing.
    const known = await world.person(`known${at}`);
    const others = [asker, known, ...friends.slice(0, 1 + (at % 3))];
    await world.say(viewer, await world.group(viewer, others, `Group ${at}`), "Hello all");
  }
  const writer = await world.person("writer0");
  const messageRequest = await world.direct(writer, viewer);
  await world.say(writer, messageRequest, "Do you remember me?");
  await tellViewer(world, viewer, friends, size);
  const moment = await showMoments(world, viewer, friends);
  for (const at of range(size)) {
    const person = await world.person(`moment${at}`);
    for (const tag of ["moments0", `moments${at + 1}`])
      await world.video(person, "PUBLIC", `A moment of ours #${tag}`);
  }
  const video = await world.video(asker, "PUBLIC", `With @${friends[0]?.handle}`);
  const comment = await commentOn(world, video, [viewer, asker, ...friends], size);
  const likedVideo = await engage(world, viewer, friends);
  await makeTrends(world.as(null), new AbortController().signal);
  return {
    world,
    viewer,
    friends,
    asker,
    group,
    sentToGroup,
    ownMessage,
    video,
    comment,
    upload: await startVideoUpload(world.as(viewer), { byteSize: 1_000, contentType: "video/mp4" }),
    likedVideo,
    moment,
    hiddenVideo: shared[1] ?? "",
    ownVideo: await world.video(viewer, "ONLY_ME"),
    messageRequest,
    groupInvite: await inviteOf(world, viewer, group),
    strangersInvite: await inviteOf(world, await world.person("stranger0"), null),
    ids: [
      ...friends.map(({ globalId }) => globalId),
      ...directs.map((id) => globalId("conversation", id)),
      ...range(2 * size).map((at) => globalId("message", group, at + 1)),
      ...shared.map((id) => globalId("share", group, id)),
    ],
  };
}

/**
 * The viewer saves as many videos as they have friends, who each reposts one; returns one that all of them like. One more
 * friend has made no video, so that in a small world, too, not everybody who speaks for one is the author of another.
 */
async function engage(world: World, viewer: Person, friends: readonly Person[]): Promise<string> {
  const author = await world.person("author0");
  const videos: string[] = [];
  for (const friend of friends) {
    const video = await world.video(author);
    videos.push(video);
    await world.repost(friend, video);
    await world.save(viewer, video);
  }
  const [first = ""] = videos;
  const fan = await world.person("fan0");
  await world.befriend(viewer, fan);
  for (const friend of [...friends, fan]) await world.like(friend, first);
  await world.repost(fan, first);
  await world.share(fan, first, await world.direct(fan, viewer));
  return first;
}

const inviteOf = (world: World, person: Person, conversationId: string | null) =>
  createInvite(world.as(person), { conversationId, maxUses: null, expiresAt: null });

/** People comment on a video, answer and like each other; returns the last comment. */
async function commentOn(world: World, video: string, people: readonly Person[], size: number) {
  let last = "";
  for (const at of range(size)) {
    const [known, asked] = await world.people(`known${at}`, `asked${at}`);
    for (const person of [...people.slice(0, 2), known, asked]) {
      last = await world.comment(person, video, `Look, @${people[2]?.handle}`);
      for (const other of people.slice(0, 2)) await world.comment(other, video, "Do look", last);
      await world.likeComment(asked, last);
    }
  }
  return last;
}

/** Friends show the viewer something, of which the viewer has seen the half, and the other way round. */
async function showMoments(world: World, viewer: Person, friends: readonly Person[]): Promise<string> {
  const own = await world.moment(viewer, { text: "Mine" });
  const shown = await Promise.all(
    friends.map(async (friend, at) => {
      const moment = await world.moment(friend, { videoId: await world.video(friend) });
      await world.seeMoment(friend, own);
      if (at % 2 === 0) await world.seeMoment(viewer, moment);
      return globalId("moment", moment.authorId, moment.id);
    }),
  );
  return shown[1] ?? "";
}

/** Others do what the viewer is told of. */
async function tellViewer(world: World, viewer: Person, friends: readonly Person[], size: number) {
  for (const at of range(size)) {
    const [friend, stranger] = await world.people(`friend${at}`, `stranger${at}`);
    await world.request(stranger, viewer);
    const video = await world.video(viewer);
    for (const each of friends.slice(0, 1 + (at % 4))) await world.like(each, video);
    await world.say(friend, await world.group(friend, [viewer], `For you ${at}`), "Welcome");
  }
}
