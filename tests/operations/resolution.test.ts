/** What moderators do about reports. */
import { globalId } from "../../src/ids.ts";
import { RawSocket } from "../subscriptions/raw.ts";
import type { Person, World } from "../support/world.ts";
import { changesSince, cursorOf } from "../visibility/cast.ts";
import { codes, mutate, type Report } from "./mutations.ts";
import { Moderated } from "./reports.ts";

let moderated: Moderated;
let world: World;
let maya: Person;
let leo: Person;
beforeAll(async () => {
  moderated = await Moderated.start();
  ({ world, maya, leo } = moderated);
});
afterAll(() => world.stop());

describe("resolving a report", () => {
  test("is for moderators: to everybody else it is not found, also to who has made it", async () => {
    const [ann, bob, cat] = await moderated.strangers();
    const { id } = await moderated.report(ann, bob.globalId);
    const nothing = await moderated.resolve(ann, globalId("report", 12345), "DISMISS");
    for (const person of [ann, bob, cat])
      expect(await moderated.resolve(person, id, "DISMISS")).toEqual(nothing);
    expect(codes(nothing)).toEqual(["NOT_FOUND"]);
    expect(await moderated.resolve(maya, globalId("report", 12345), "DISMISS")).toEqual(nothing);
  });

  test("by DISMISS does nothing else, and is told to who has made it by the status alone", async () => {
    const [ann, bob] = await moderated.strangers();
    const { id } = await moderated.report(ann, bob.globalId);
    expect((await moderated.resolve(maya, id, "DISMISS")).report).toMatchObject({ id, status: "DISMISSED" });
    expect(await moderated.node(ann, id)).toMatchObject({ status: "DISMISSED", excerpt: null });
    expect(await moderated.node(ann, bob.globalId, "handle", "User")).toEqual({ handle: bob.handle });
  });

  test("happens once: again, or by two moderators at once, it is a CONFLICT", async () => {
    const [ann, bob, cat] = await moderated.strangers();
    const mine = await moderated.report(ann, bob.globalId);
    const yours = await moderated.report(cat, bob.globalId);
    const answers = await Promise.all([
      moderated.resolve(maya, mine.id, "REMOVE_CONTENT"),
      moderated.resolve(leo, mine.id, "DISMISS"),
      moderated.resolve(leo, yours.id, "REMOVE_CONTENT"),
    ]);
    expect(answers.flatMap(codes).every((code) => code === "CONFLICT")).toBe(true);
    // Removing on account of the one resolves the other as well.
    const resolved = answers.slice(0, 2).filter((answer) => codes(answer).length === 0);
    expect(resolved.length).toBeLessThanOrEqual(1);
    expect(codes(await moderated.resolve(maya, mine.id, "DISMISS"))).toEqual(["CONFLICT"]);
    expect(codes(await moderated.resolve(maya, yours.id, "DISMISS"))).toEqual(["CONFLICT"]);
  });

  test("by REMOVE_CONTENT takes a video away, and resolves whatever else was reported of it", async () => {
    const [ann, bob, cat] = await moderated.strangers();
    const video = globalId("video", await world.video(bob, "PUBLIC", "Bad #removed"));
    const { id } = await moderated.report(ann, video);
    const other = await moderated.report(cat, video);
    const about = await moderated.report(cat, bob.globalId);
    const cursor = await cursorOf(world, bob);
    expect(codes(await moderated.resolve(maya, id, "REMOVE_CONTENT"))).toEqual([]);
    for (const person of [ann, bob, null])
      expect(await moderated.node(person, video, "id", "Video")).toBeNull();
    type Change = { __typename: string; video: null };
    const changes = await changesSince<Change>(world, bob, cursor, "... on VideoChanged { video { id } }");
    expect(changes).toEqual([{ __typename: "VideoChanged", video: null }]);
    const statuses = async (ids: string[]) =>
      Promise.all(ids.map(async (id) => ((await moderated.node(maya, id)) as Report).status));
    expect(await statuses([id, other.id, about.id])).toEqual(["ACTIONED", "ACTIONED", "OPEN"]);
    expect(await moderated.node(maya, id)).toMatchObject({ subject: null, excerpt: "Bad #removed" });
    expect(await moderated.drift()).toEqual([]);
  });

  test("by REMOVE_CONTENT clears a profile, and a conversation", async () => {
    const [ann, bob] = await moderated.strangers();
    await mutate(world, bob, "updateProfile", {
      displayName: "Bad",
      bio: "Worse",
      avatarUrl: "https://a.example/worst.jpg",
    });
    const group = globalId("conversation", await world.group(bob, [ann], "Bad title"));
    const person = await moderated.report(ann, bob.globalId);
    const conversation = await moderated.report(ann, group);
    const cursors = [await cursorOf(world, ann), await cursorOf(world, bob)];
    for (const { id } of [person, conversation])
      expect(codes(await moderated.resolve(maya, id, "REMOVE_CONTENT"))).toEqual([]);
    expect(await moderated.node(ann, bob.globalId, "displayName bio avatarUrl", "User")).toEqual({
      displayName: bob.handle,
      bio: null,
      avatarUrl: null,
    });
    expect(await moderated.node(ann, group, "title avatarUrl", "Conversation")).toEqual({
      title: null,
      avatarUrl: null,
    });
    for (const [at, viewer] of [ann, bob].entries()) {
      const change = "... on ConversationChanged { conversation { id title } }";
      expect(await changesSince(world, viewer, cursors[at] ?? "", change)).toContainEqual({
        __typename: "ConversationChanged",
        conversation: { id: group, title: null },
      });
    }
  });

  test("by SUSPEND_AUTHOR suspends who answers for it: at once, and with their open sockets", async () => {
    const [ann, bob, cat] = await moderated.strangers();
    await world.befriend(ann, bob);
    const video = globalId("video", await world.video(bob));
    const group = globalId("conversation", await world.group(bob, [cat]));
    const direct = globalId("conversation", await world.direct(ann, bob));
    const socket = await RawSocket.signIn(world.server.url, bob.token);
    const made = [
      await moderated.report(ann, video),
      await moderated.report(cat, group),
      await moderated.report(ann, direct),
    ];
    expect(codes(await moderated.resolve(maya, made[0]?.id ?? "", "SUSPEND_AUTHOR"))).toEqual([]);
    expect(await socket.closed).toBe(4401);
    const { errors } = await world.ask(bob, "{ viewer { user { id } } }");
    expect(errors[0]?.extensions.code).toBe("UNAUTHENTICATED");
    expect(await moderated.node(ann, bob.globalId, "id", "User")).toBeNull();
    expect(await moderated.node(ann, video, "id", "Video")).toBeNull();
    for (const { id } of made.slice(1)) {
      expect(codes(await moderated.resolve(maya, id, "SUSPEND_AUTHOR"))).toEqual([]);
    }
    await world.reinstate(bob);
    expect(await moderated.node(ann, video, "id", "Video")).toEqual({ id: video });
    expect(await moderated.drift()).toEqual([]);
  });

  test("is no longer for a moderator who is suspended", async () => {
    const [ann, bob] = await moderated.strangers();
    const { id } = await moderated.report(ann, bob.globalId);
    await world.suspend(leo);
    const { errors } = await world.ask(leo, "{ viewer { reports { nodes { id } } } }");
    expect(["FORBIDDEN", "UNAUTHENTICATED"]).toContain(errors[0]?.extensions.code);
    await world.reinstate(leo);
    expect(codes(await moderated.resolve(maya, id, "DISMISS"))).toEqual([]);
  });
});
