/** Taking everything about oneself away: asked for with the password, made in the background, fetched while it is there. */

import { makeExports } from "../../src/actions/export/make.ts";
import { addReaction } from "../../src/actions/reaction.ts";
import { globalId, rowId } from "../../src/ids.ts";
import { startTestServer } from "../support/server.ts";
import { type Person, World } from "../support/world.ts";
import { askForExport, exportMade, exportsOf, fetchLines, ofType } from "./exports.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

const ask = (person: Person, password?: string) => askForExport(world, person, password);
const ours = (person: Person) => exportsOf(world, person);
const work = () => makeExports(world.as(null), new AbortController().signal);
/** Makes what is asked for by hand: what works in the background would do so at any moment. */
async function made(person: Person) {
  await work();
  return exportMade(world, person);
}
/** Asks for an export where there is somebody who works in the background. */
async function madeInBackground(person: Person) {
  const { database } = world.server;
  const node = { server: await startTestServer({ demo: false, database, config: { jobs: true } }) };
  try {
    return { begun: await askForExport(node, person), ready: await exportMade(world, person) };
  } finally {
    await node.server.stop();
  }
}

describe("somebody who asks for everything about themselves", () => {
  test("has it made in the background, and fetches it from an address, for seven days", async () => {
    const ann = await world.person("ann");
    const { begun, ready } = await madeInBackground(ann);
    expect(begun.userErrors).toEqual([]);
    expect(begun.export).toMatchObject({ status: "RUNNING", url: null, expiresAt: null });
    expect(ready).toMatchObject({
      id: begun.export?.id,
      status: "READY",
      createdAt: begun.export?.createdAt,
    });
    const keptFor = Date.parse(ready.expiresAt ?? "") - Date.parse(ready.createdAt);
    expect(Math.round(keptFor / DAY_MS)).toBe(7);
    const response = await fetch(ready.url ?? "");
    expect(response.headers.get("content-disposition")).toMatch(/^attachment; filename="/);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect((await fetchLines(ready.url))[0]).toMatchObject({ type: "account", handle: "ann" });
  });

  test("finds the same one again within the hour, and begins another one after that", async () => {
    const bea = await world.person("bea");
    const [first, second] = await Promise.all([ask(bea), ask(bea)]);
    expect(first.export?.id).toBe(second.export?.id);
    const { id } = await made(bea);
    expect((await ask(bea)).export).toMatchObject({ id, status: "READY" });
    await world.server.database.query(
      "update data_exports set created_at = created_at - interval '61 minutes' where id = $1",
      [rowId("export", id)],
    );
    const next = await ask(bea);
    expect(next.export?.id).not.toBe(id);
    expect((await ours(bea)).map((each) => each.id)).toEqual([next.export?.id, id]);
  });

  test("says who they are: INVALID without the right password; whoever has none needs none", async () => {
    const cem = await world.person("cem");
    const refused = await ask(cem, "not the password");
    expect(refused).toEqual({ export: null, userErrors: [{ code: "INVALID", path: ["password"] }] });
    expect(await ours(cem)).toEqual([]);
    await world.server.database.query("update accounts set password_hash = null where user_id = $1", [
      cem.id,
    ]);
    expect((await ask(cem, "")).export).toMatchObject({ status: "RUNNING" });
  });
});

test("an export says everything about a person, and of others only what the person may see", async () => {
  const [dan, friend, asker, blocked, muted, gone] = await world.people(
    "dan",
    "dans.friend",
    "asks.dan",
    "dan.blocks",
    "dan.mutes",
    "gone.friend",
  );
  await world.befriend(dan, friend, muted, gone);
  await world.close(dan, friend);
  await world.block(dan, blocked);
  await world.read(
    asker,
    `mutation ($userId: ID!) { sendFriendRequest(input: { userId: $userId, note: "It is me" }) { userErrors { code } } }`,
    { userId: dan.globalId },
  );
  const until = new Date(Date.now() + DAY_MS).toISOString();
  await world.read(
    dan,
    `mutation ($id: ID!, $until: DateTime) {
      muteUser(input: { userId: $id, until: $until }) { userErrors { code } }
      updateProfile(input: { bio: "Looks at everything", email: "dan@dan.example" }) { userErrors { code } }
    }`,
    { id: muted.globalId, until },
  );
  const [own, theirs] = [await world.video(dan, "ONLY_ME", "Mine"), await world.video(friend)];
  await world.like(dan, theirs);
  await world.like(friend, own).catch(() => {});
  const group = await world.group(dan, [friend, muted], "The group");
  await world.say(friend, group, "Their words");
  await world.say(dan, group, "My words", { nonce: "dan's nonce", mentions: [friend] });
  const place = { conversationId: group, position: 1 };
  for (const emoji of ["👍", "😀"]) await addReaction(world.as(dan), place, emoji);
  await world.share(dan, theirs, group, "Look at this");
  const direct = await world.direct(dan, friend);
  await world.say(dan, direct, "Between us", { replyTo: undefined });
  await world.set(gone, "deleted_at", new Date());

  await ask(dan);
  const lines = await fetchLines((await made(dan)).url);
  const handles = (type: string) => ofType(lines, type).map(({ handle }) => handle);
  expect(ofType(lines, "account")).toEqual([
    expect.objectContaining({
      id: dan.globalId,
      handle: "dan",
      bio: "Looks at everything",
      email: "dan@dan.example",
      birthDate: "1995-06-15",
      country: "DE",
    }),
  ]);
  expect(ofType(lines, "privacy")).toHaveLength(1);
  expect(ofType(lines, "session")).toHaveLength(1);
  expect(handles("friend")).toEqual(["dans.friend", "dan.mutes"]);
  expect(ofType(lines, "friend")[0]).toMatchObject({ id: friend.globalId, isCloseFriend: true });
  expect(handles("block")).toEqual(["dan.blocks"]);
  expect(ofType(lines, "mute")).toEqual([{ type: "mute", id: muted.globalId, handle: "dan.mutes", until }]);
  expect(ofType(lines, "friend_request")).toEqual([
    expect.objectContaining({ handle: "asks.dan", direction: "INCOMING", note: "It is me" }),
  ]);
  expect(ofType(lines, "video").map(({ caption }) => caption)).toEqual(["Mine"]);
  expect(ofType(lines, "like")).toHaveLength(1);
  expect(ofType(lines, "contacts")).toEqual([{ type: "contacts", kept: 0 }]);
  expect(ofType(lines, "conversation").map(({ kind, title, role }) => [kind, title, role])).toEqual([
    ["GROUP", "The group", "OWNER"],
    ["DIRECT", null, "MEMBER"],
  ]);
  expect(ofType(lines, "message").map(({ body, note, nonce }) => [body, note, nonce])).toEqual([
    ["My words", null, "dan's nonce"],
    [null, "Look at this", expect.any(String)],
    ["Between us", null, expect.any(String)],
  ]);
  expect(ofType(lines, "message")[0]).toMatchObject({ mentions: [friend.globalId], editedAt: null });
  expect(ofType(lines, "reaction").map(({ message, emoji }) => [message, emoji])).toEqual([
    [globalId("message", group, 1), "👍"],
    [globalId("message", group, 1), "😀"],
  ]);
  expect(ofType(lines, "notification").map(({ kind }) => kind)).toContain("FRIEND_REQUEST");
  const text = JSON.stringify(lines);
  expect(text).not.toContain("Their words");
  expect(text).not.toContain("gone.friend");
  expect(text).not.toContain("argon2");
});

test("a long export comes in parts, each line once, however often it was broken off", async () => {
  const eve = await world.person("eve");
  const friend = await world.person("eves.friend");
  await world.befriend(eve, friend);
  const conversations = [await world.direct(eve, friend), await world.group(eve, [friend])];
  await world.server.database.query(
    `insert into videos (id, author_id, caption, status, audience)
     select nr, $1, 'video ' || nr, 'READY', 'ONLY_ME' from generate_series(1, 4321) as nr`,
    [eve.id],
  );
  await world.server.database.query(
    `insert into messages (conversation_id, position, sender_id, kind, body, nonce)
     select c, nr, case when nr % 2 = 0 then $2::bigint else $3 end, 'TEXT', c || '/' || nr, nr
     from unnest($1::bigint[]) as c, generate_series(1, 3000) as nr`,
    [conversations, eve.id, friend.id],
  );
  await world.server.database.query("insert into data_exports (user_id, id) values ($1, 77)", [eve.id]);
  // Every run ends after one step, as if killed there.
  for (let step = 0; (await ours(eve))[0]?.status === "RUNNING"; step++) {
    if (step > 20) throw new Error("It has no end.");
    const stop = new AbortController();
    const working = makeExports(world.as(null), stop.signal);
    stop.abort();
    await working;
  }
  const parts = await world.server.database.query("select from data_export_parts where export_id = 77");
  expect(parts.length).toBeGreaterThan(3);
  const lines = await fetchLines((await ours(eve))[0]?.url);
  const captions = ofType(lines, "video").map(({ caption }) => caption);
  expect([captions.length, new Set(captions).size]).toEqual([4321, 4321]);
  const bodies = ofType(lines, "message").map(({ body }) => body);
  expect([bodies.length, new Set(bodies).size]).toEqual([3000, 3000]);
});

test("two nodes that make the same export make it once", async () => {
  const fay = await world.person("fay");
  await world.server.database.query(
    `insert into videos (id, author_id, caption, status, audience)
     select 1000000 + nr, $1, 'video ' || nr, 'READY', 'ONLY_ME' from generate_series(1, 9000) as nr`,
    [fay.id],
  );
  await world.server.database.query("insert into data_exports (user_id, id) values ($1, 78)", [fay.id]);
  await Promise.all([work(), work(), work()]);
  const captions = ofType(await fetchLines((await made(fay)).url), "video").map(({ caption }) => caption);
  expect([captions.length, new Set(captions).size]).toEqual([9000, 9000]);
});

test("an export that can't be made has failed after five attempts, and holds up no other", async () => {
  const [hal, ida] = await world.people("hal", "ida");
  await world.server.database.query(
    "insert into data_exports (user_id, id, section) values ($1, 1, 'no such section')",
    [hal.id],
  );
  await world.server.database.query("insert into data_exports (user_id, id) values ($1, 2)", [ida.id]);
  for (let attempt = 1; attempt <= 5; attempt++) {
    expect((await ours(hal))[0]?.status).toBe("RUNNING");
    await expect(work()).rejects.toThrow("no section");
  }
  await work();
  expect((await ours(hal))[0]).toMatchObject({ status: "FAILED", url: null });
  expect((await ours(ida))[0]).toMatchObject({ status: "READY" });
  expect((await ask(hal)).export).toMatchObject({ status: "RUNNING" });
});
