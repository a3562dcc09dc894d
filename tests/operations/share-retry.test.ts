/** Sharing with many at once that breaks off between two of them: a retry sends only what is missing. */
import type { ActionContext } from "../../src/actions/context.ts";
import { addParticipants } from "../../src/actions/group.ts";
import { leaveConversation } from "../../src/actions/leaving.ts";
import { shareVideo } from "../../src/actions/share.ts";
import type { Database } from "../../src/db/database.ts";
import { databaseRates } from "../../src/db/rates.ts";
import { RATES } from "../../src/rates.ts";
import { deriveKeys } from "../../src/secrets.ts";
import { TEST_SECRET } from "../support/server.ts";
import { type Person, World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

let circles = 0;
async function circle() {
  circles++;
  const [ann, bob, cat] = await world.people(`ann${circles}`, `bob${circles}`, `cat${circles}`);
  await world.befriend(ann, bob, cat);
  const rooms = [
    await world.direct(ann, bob),
    await world.direct(ann, cat),
    await world.group(ann, [bob, cat]),
  ];
  return { ann, bob, cat, video: await world.video(ann), rooms };
}

/** A context of somebody in which the statement of this number, of those that decide and write at once, is not reached: as by a kill. */
function dying(person: Person, last: number): ActionContext {
  const context = world.as(person);
  let count = 0;
  const database: Pick<Database, "run" | "decide" | "transaction"> = {
    run: (...args) => context.database.run(...args),
    async decide(...args) {
      if (++count > last) throw new Error("killed");
      return context.database.decide(...args);
    },
    transaction: (work) => context.database.transaction(work),
  };
  return { ...context, database: database as Database };
}

const share = (context: ActionContext, videoId: string, rooms: readonly string[], note: string | null) =>
  shareVideo(context, {
    videoId,
    targets: rooms.map((conversationId) => ({ id: conversationId, userId: null, conversationId })),
    note,
    nonce: "one nonce",
  });

/** What was said in each conversation, and how often the video was shared there, by the count of the video. */
async function said(video: string, rooms: readonly string[]) {
  const messages = await world.server.database.query<{ id: string; kinds: string }>(
    `select conversation_id as id, string_agg(kind::text || coalesce(':' || body, ''), ' ' order by position) as kinds
     from messages where conversation_id = any($1) group by 1`,
    [rooms],
  );
  const [counted] = await world.server.database.query<{ count: number }>(
    "select share_count as count from videos where id = $1",
    [video],
  );
  return {
    messages: rooms.map((room) => messages.find(({ id }) => id === room)?.kinds ?? ""),
    count: counted?.count,
  };
}

test.each([1, 2, 3, 4, 5, 6])(
  "a share with three that breaks off before its write of number %d is whole after a retry, and nothing is there twice",
  async (write) => {
    const { ann, video, rooms } = await circle();
    await expect(share(dying(ann, write - 1), video, rooms, "Look!")).rejects.toThrow("killed");
    const outcomes = await share(world.as(ann), video, rooms, "Look!");
    expect(outcomes.map(({ alreadyShared, error }) => [alreadyShared, error])).toEqual(
      Array(3).fill([false, null]),
    );
    expect(await said(video, rooms)).toEqual({ messages: ["SHARE", "SHARE", "SHARE"], count: 3 });
    expect(await share(world.as(ann), video, rooms, "Look!")).toEqual(outcomes);
    expect(await said(video, rooms)).toEqual({ messages: ["SHARE", "SHARE", "SHARE"], count: 3 });
  },
);

test.each([1, 2, 3, 4, 5, 6])(
  "and so it is where somebody else had shared it in the first of them: the note is there once, as a reply (%d)",
  async (write) => {
    const { ann, bob, video, rooms } = await circle();
    await world.share(bob, video, rooms[0] ?? "");
    await expect(share(dying(ann, write - 1), video, rooms, "Look!")).rejects.toThrow("killed");
    const outcomes = await share(world.as(ann), video, rooms, "Look!");
    expect(outcomes.map(({ alreadyShared }) => alreadyShared)).toEqual([true, false, false]);
    const whole = { messages: ["SHARE TEXT:Look!", "SHARE", "SHARE"], count: 3 };
    expect(await said(video, rooms)).toEqual(whole);
    expect(await share(world.as(ann), video, rooms, "Look!")).toEqual(outcomes);
    expect(await said(video, rooms)).toEqual(whole);
  },
);

test("what is refused by one target stops none of the others, and is sent once it can be", async () => {
  const { ann, bob, cat, video, rooms } = await circle();
  const apart = await world.direct(bob, cat);
  const all = [rooms[0] ?? "", apart, rooms[2] ?? ""];
  const outcomes = await share(world.as(ann), video, all, null);
  expect(outcomes.map(({ error }) => error?.code ?? null)).toEqual([null, "NOT_FOUND", null]);
  await world.block(bob, ann);
  const again = await share(world.as(ann), video, [...all, rooms[1] ?? ""], null);
  // What was sent before the block stays sent; the retry says so, and brings it to nobody anew.
  expect(again.map(({ error }) => error?.code ?? null)).toEqual([null, "NOT_FOUND", null, null]);
  expect((await said(video, [...all, rooms[1] ?? ""])).messages).toEqual(["SHARE", "", "SHARE", "SHARE"]);
});

test("each target is counted, and refused by itself with a time to come back; a retry of what is sent is not counted", async () => {
  const { ann, bob, video, rooms } = await circle();
  const rates = databaseRates(world.database, deriveKeys(TEST_SECRET).rate);
  const again = () => share({ ...world.as(ann), rates }, video, rooms, "Look!");
  for (let nr = 2; nr < RATES.share.points; nr++) await rates.take("share", ann.id);
  const outcomes = await again();
  expect(outcomes.map(({ error }) => error?.code ?? null)).toEqual([null, null, "TOO_MANY_REQUESTS"]);
  const wait = ((outcomes[2]?.error?.details.retryAt?.getTime() ?? 0) - Date.now()) / 1_000;
  expect(wait).toBeGreaterThan(0);
  expect(wait).toBeLessThanOrEqual(RATES.share.seconds);
  expect((await again()).map(({ error }) => error?.code ?? null)).toEqual([null, null, "TOO_MANY_REQUESTS"]);
  expect(await said(video, rooms)).toEqual({ messages: ["SHARE", "SHARE", ""], count: 2 });

  await rates.forget("share", ann.id);
  for (let nr = 1; nr < RATES.share.points; nr++) await rates.take("share", ann.id);
  for (let turn = 0; turn < 3; turn++)
    expect((await again()).map(({ error, alreadyShared }) => error ?? alreadyShared)).toEqual([
      false,
      false,
      false,
    ]);
  const person = { id: "bob", userId: bob.id, conversationId: null };
  const asPerson = { videoId: video, targets: [person], note: "Look!", nonce: "one nonce" };
  expect(await shareVideo({ ...world.as(ann), rates }, asPerson)).toMatchObject([{ error: null }]);
  await rates.stop();
});

test("a share with a group that its sharer has left, and come back to, was made: a retry makes no other", async () => {
  const { ann, bob, video, rooms } = await circle();
  const [, , group = ""] = rooms;
  const sharing = () => share(world.as(bob), video, [group], "Look!");
  expect(await sharing()).toMatchObject([{ error: null, alreadyShared: false }]);
  await leaveConversation(world.as(bob), group);
  await addParticipants(world.as(ann), group, [bob.id]);
  const before = await said(video, [group]);
  expect(await sharing()).toMatchObject([{ error: null, alreadyShared: false, conversationId: group }]);
  expect(await said(video, [group])).toEqual(before);
});
