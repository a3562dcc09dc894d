/** The stream of everything that changes a viewer's world: which change reaches whom, and how a stream is resumed. */
import { unblockUser } from "../../src/actions/block.ts";
import { markRead } from "../../src/actions/receipt.ts";
import { acceptFriendRequest, cancelFriendRequest, declineFriendRequest } from "../../src/actions/request.ts";
import { deleteVideo, updateVideo } from "../../src/actions/video.ts";
import { globalId } from "../../src/ids.ts";
import { type Person, World } from "../support/world.ts";
import { isMark, Streams } from "./streams.ts";

let world: World;
let streams: Streams;
let maya: Person;
let leo: Person;
/** A friend of both, whom none of it concerns. */
let ana: Person;
beforeAll(async () => {
  world = await World.start();
  streams = new Streams(world);
  [maya, leo, ana] = await world.people("maya", "leo", "ana");
  await world.befriend(ana, maya, leo);
});
afterEach(() => streams.close());
afterAll(() => world.stop());

const told = (people: readonly Person[], act: () => Promise<unknown>) => streams.told(people, act);
const toMayaLeoAndAna = (act: () => Promise<unknown>) => told([maya, leo, ana], act);
const relationship = ({ handle }: Person, state: string) => ({
  __typename: "RelationshipChanged",
  user: { handle },
  relationship: { state },
});
const added = (kind: string) => ({ __typename: "NotificationAdded", notification: { kind } });
const forgetNotification = { __typename: "AccessRevoked", ids: [expect.stringMatching(/^notification_/)] };
const conversationChanged = (id: string) => ({
  __typename: "ConversationChanged",
  conversation: { id: globalId("conversation", id) },
});
const messageSent = (position: number, body: string | null) => ({
  __typename: "MessageSent",
  message: { position, body },
});

describe("between two people", () => {
  test("a friend request reaches the two of them and nobody else", async () => {
    expect(await toMayaLeoAndAna(() => world.request(maya, leo))).toEqual([
      [relationship(leo, "REQUEST_SENT")],
      [relationship(maya, "REQUEST_RECEIVED"), added("FRIEND_REQUEST")],
      [],
    ]);
  });

  test("asking again is the same request, of which nobody is told again", async () => {
    expect(await toMayaLeoAndAna(() => world.request(maya, leo))).toEqual([[], [], []]);
  });

  test("taking a request back reaches both", async () => {
    expect(await toMayaLeoAndAna(() => cancelFriendRequest(world.as(maya), leo.id))).toEqual([
      [relationship(leo, "NONE")],
      [relationship(maya, "NONE"), forgetNotification],
      [],
    ]);
  });

  test("accepting reaches both, once", async () => {
    await world.request(maya, leo);
    expect(await toMayaLeoAndAna(() => acceptFriendRequest(world.as(leo), maya.id))).toEqual([
      [relationship(leo, "FRIENDS"), added("FRIEND_ACCEPTED")],
      [relationship(maya, "FRIENDS"), forgetNotification],
      [],
    ]);
  });

  test("when a friendship ends, how the two stand changes for both", async () => {
    expect(await toMayaLeoAndAna(() => world.unfriend(maya, leo))).toEqual([
      [relationship(leo, "NONE"), forgetNotification],
      [relationship(maya, "NONE")],
      [],
    ]);
  });

  test("declining is silent: the asker is told nothing", async () => {
    await world.request(maya, leo);
    expect(await toMayaLeoAndAna(() => declineFriendRequest(world.as(leo), maya.id))).toEqual([
      [],
      [relationship(maya, "NONE"), forgetNotification],
      [],
    ]);
  });

  test("who is blocked learns what to forget, and not why; later changes between the two reach them no more", async () => {
    const [noor, sam] = await world.people("noor", "sam");
    await world.befriend(noor, sam);
    const talk = await world.direct(noor, sam);
    await world.say(sam, talk, "hello");
    const [byNoor, bySam] = await told([noor, sam], async () => {
      await world.block(noor, sam);
      await unblockUser(world.as(noor), sam.id);
      await world.block(noor, sam);
      await world.set(noor, "display_name", "Somebody else");
    });
    const afterwards = [relationship(sam, "NONE"), conversationChanged(talk)];
    expect(byNoor).toEqual([...afterwards, forgetNotification, ...afterwards, ...afterwards]);
    const forget = { __typename: "AccessRevoked", ids: [noor.globalId] };
    expect(bySam).toEqual([forget, forget]);
  });
});

describe("in a conversation", () => {
  test("a direct conversation is the starter's alone until something is said in it", async () => {
    const [one, other] = await world.people("starter", "partner");
    await world.befriend(one, other);
    let talk = "";
    const [toOne, toOther] = await told([one, other], async () => {
      talk = await world.direct(one, other);
    });
    expect([toOne, toOther]).toEqual([[conversationChanged(talk)], []]);
  });

  test("a new group reaches everybody in it, and nobody else", async () => {
    let talk = "";
    const all = await told([ana, maya, leo, await world.person("outsider")], async () => {
      talk = await world.group(ana, [maya, leo]);
    });
    const brought = [conversationChanged(talk), added("GROUP_INVITE")];
    expect(all).toEqual([[conversationChanged(talk)], brought, brought, []]);
  });

  test("a message reaches everybody in it, the sender's other devices too, and nobody else", async () => {
    const talk = await world.direct(ana, maya);
    const [toAna, toMaya, toLeo] = await told([ana, maya, leo], () => world.say(ana, talk, "hello"));
    expect([toAna, toMaya, toLeo]).toEqual([[messageSent(1, "hello")], [messageSent(1, "hello")], []]);
  });

  test("what somebody says whom the viewer has blocked does not reach the viewer at all", async () => {
    const yuki = await world.person("yuki");
    const talk = await world.group(ana, [maya, yuki], "With Yuki");
    await world.block(maya, yuki);
    const [toAna, toMaya] = await told([ana, maya], () => world.say(yuki, talk, "to two of you"));
    expect([toAna, toMaya]).toEqual([[messageSent(1, "to two of you")], []]);
  });

  describe("reading on", () => {
    let talk: string;
    let position: number;
    beforeAll(async () => {
      talk = await world.group(ana, [maya, leo], "Readers");
      for (position = 0; position < 6; position++) await world.say(ana, talk, "to be read");
    });
    const read = (upTo: number) => toMayaLeoAndAna(() => markRead(world.as(maya), talk, upTo));
    const readMoved = (readUpTo: number) => ({
      __typename: "ReadMoved",
      readUpTo,
      user: { handle: "maya" },
      conversation: { id: globalId("conversation", talk) },
    });

    test("reaches the reader's other devices and those who give receipts as well", async () => {
      expect(await read(2)).toEqual([[readMoved(2)], [readMoved(2)], [readMoved(2)]]);
    });

    test("is told once, and never backwards", async () => {
      expect(await read(2)).toEqual([[], [], []]);
      expect(await read(1)).toEqual([[], [], []]);
    });

    test("is not told to those who give no receipts themselves", async () => {
      await world.privacy(leo, { readReceipts: false });
      expect(await read(3)).toEqual([[readMoved(3)], [], [readMoved(3)]]);
      await world.privacy(leo, { readReceipts: true });
    });

    test("reaches only the reader's own devices when they give no receipts", async () => {
      await world.privacy(maya, { readReceipts: false });
      expect(await read(4)).toEqual([[readMoved(4)], [], []]);
    });

    test("is not told afterwards of what was read while receipts were given and have since been taken away", async () => {
      await world.privacy(maya, { readReceipts: true });
      const cursor = await streams.cursorOf(leo);
      await markRead(world.as(maya), talk, 5);
      await world.privacy(maya, { readReceipts: false });
      await world.video(leo, "ONLY_ME", "mark");
      const stream = await streams.opened(leo, cursor);
      await stream.until(isMark, "the mark");
      expect(stream.items).toHaveLength(2);
      await world.privacy(maya, { readReceipts: true });
    });
  });

  test("a message request gives no receipts", async () => {
    const [stranger, reader] = await world.people("stranger", "reader");
    const talk = await world.direct(stranger, reader);
    await world.say(stranger, talk, "may I?");
    const [toStranger, toReader] = await told([stranger, reader], () => markRead(world.as(reader), talk, 1));
    expect(toStranger).toEqual([]);
    expect(toReader).toEqual([expect.objectContaining({ __typename: "ReadMoved", readUpTo: 1 })]);
  });
});

test("a video's author is told when it is published, changed and removed; friends only when it is gone", async () => {
  let id = "";
  const [toMaya, , toAna] = await toMayaLeoAndAna(async () => {
    id = await world.video(maya, "PUBLIC", "first");
    await updateVideo(world.as(maya), id, { caption: "second", audience: "FRIENDS", commentsFrom: null });
  });
  const video = { id: globalId("video", id), caption: "second", audience: "FRIENDS" };
  expect(toMaya?.at(-1)).toEqual({ __typename: "VideoChanged", video });
  expect(toMaya).toHaveLength(2);
  expect(toAna).toEqual([]);

  const [afterwards, , toAnaAfterwards] = await toMayaLeoAndAna(() => deleteVideo(world.as(maya), id));
  expect(afterwards).toEqual([{ __typename: "VideoChanged", video: null }]);
  expect(toAnaAfterwards).toEqual([{ __typename: "AccessRevoked", ids: [video.id] }]);
});
