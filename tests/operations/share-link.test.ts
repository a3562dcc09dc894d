/** Share links: made, read, opened outside, and taken by newcomers, as the shares section of the rules promises it. */
import { globalId } from "../../src/ids.ts";
import { OPERATION_RATE } from "../../src/rates.ts";
import { startTestServer } from "../support/server.ts";
import { PASSWORD, type Person, World } from "../support/world.ts";
import { changesSince, cursorOf } from "../visibility/cast.ts";
import { codes, mutate } from "./mutations.ts";
import { notificationsOf } from "./notifications.ts";

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

let circles = 0;
async function circle(audience: Parameters<World["video"]>[1] = "PUBLIC") {
  circles++;
  const [author, sharer, reader] = await world.people(
    `author${circles}`,
    `sharer${circles}`,
    `reader${circles}`,
  );
  await world.befriend(author, sharer);
  const video = globalId("video", await world.video(author, audience));
  return { author, sharer, reader, video, code: await codeOf(sharer, video) };
}
async function codeOf(person: Person, videoId: string): Promise<string> {
  const made = await mutate(world, person, "createShareLink", { videoId });
  expect(codes(made)).toEqual([]);
  return made.shareLink?.code ?? "";
}
const LINK = "code url openCount video { id } sharedBy { id }";
const read = async (person: Person | null, code: string) =>
  (
    await world.read<{ shareLink: object | null }>(
      person,
      `query ($code: String!) { shareLink(code: $code) { ${LINK} } }`,
      { code },
    )
  ).shareLink;
const open = (code: string, method = "GET") => fetch(`${world.server.url}/s/${code}`, { method });

let newcomers = 0;
const signUp = (inviteCode: string) =>
  mutate(world, null, "signUp", {
    handle: `newcomer${++newcomers}`,
    displayName: "New",
    password: PASSWORD,
    birthDate: "1995-06-15",
    country: "DE",
    inviteCode,
  });
const set = (code: string, sql: string) =>
  world.server.database.query(
    `update share_links set ${sql} where user_id = (select id from users where handle = $1)`,
    [code],
  );

describe("a share link", () => {
  test("is the same one each time for a person and a video, and another for anybody and anything else", async () => {
    const { author, sharer, video, code } = await circle();
    const again = await Promise.all(Array.from({ length: 5 }, () => codeOf(sharer, video)));
    expect(new Set(again)).toEqual(new Set([code]));
    expect(code).toMatch(/^s[0-9a-hjkmnp-tv-z]{42}$/);
    const other = globalId("video", await world.video(author));
    expect(new Set([code, await codeOf(author, video), await codeOf(sharer, other)]).size).toBe(3);
  });

  test("is read by whoever has its code, signed in or not, in whatever way it is typed", async () => {
    const { sharer, reader, video, code } = await circle();
    const link = {
      code,
      url: `${world.server.url}/s/${code}`,
      video: { id: video },
      sharedBy: { id: sharer.globalId },
    };
    for (const person of [reader, null])
      expect(await read(person, code)).toEqual({ ...link, openCount: null });
    expect(await read(sharer, code)).toEqual({ ...link, openCount: 0 });
    expect(await read(null, ` ${code.slice(0, 9).toUpperCase()}-${code.slice(9)} `)).toMatchObject({ code });
  });

  test("is for what the viewer sees, and can be watched", async () => {
    const { author, reader } = await circle();
    const hidden = globalId("video", await world.video(author, "FRIENDS"));
    const missing = await mutate(world, reader, "createShareLink", { videoId: globalId("video", "12345") });
    expect(await mutate(world, reader, "createShareLink", { videoId: hidden })).toEqual(missing);
    expect(missing).toMatchObject({
      shareLink: null,
      userErrors: [{ code: "NOT_FOUND", path: ["videoId"] }],
    });
    const unready = await world.video(author);
    await world.server.database.query("update videos set status = 'PROCESSING' where id = $1", [unready]);
    expect(
      codes(await mutate(world, author, "createShareLink", { videoId: globalId("video", unready) })),
    ).toEqual(["CONFLICT"]);
  });

  test("is nothing where it was not made, however good its code is, and where it was made by nobody", async () => {
    const { sharer, code } = await circle();
    expect(await read(sharer, code)).not.toBeNull();
    await world.server.database.query("delete from share_links where user_id = $1", [sharer.id]);
    expect(await read(sharer, code)).toBeNull();
    for (const bad of [
      "",
      "s",
      "s123",
      code.slice(0, -1),
      `${code}0`,
      code.replace(/.$/, (last) => (last === "0" ? "1" : "0")),
    ])
      expect(await read(null, bad)).toBeNull();
  });

  test("can't be had by more than 10,000 videos", async () => {
    const { sharer, author, video, code } = await circle();
    await world.server.database.query(
      `with made as (
        insert into videos (id, author_id, caption, status, audience)
        select 5000000 + n, $2, '', 'READY', 'PUBLIC' from generate_series(1, 10000) n
        returning id
      )
      insert into share_links (user_id, video_id) select $1, id from made`,
      [sharer.id, author.id],
    );
    const another = globalId("video", await world.video(author));
    expect(codes(await mutate(world, sharer, "createShareLink", { videoId: another }))).toEqual([
      "LIMIT_REACHED",
    ]);
    expect(await codeOf(sharer, video)).toBe(code);
  });
});

describe("the page of a share link", () => {
  test("counts how often it was read, for whoever shared it; a look at its head is none", async () => {
    const { sharer, code } = await circle();
    await Promise.all(Array.from({ length: 5 }, () => open(code)));
    expect((await open(code, "HEAD")).status).toBe(200);
    const another = code.replace(/.$/, (last) => (last === "x" ? "y" : "x"));
    expect((await open(another)).status).toBe(404);
    expect(await read(sharer, code)).toMatchObject({ openCount: 5 });
  });
});

describe("a newcomer who signs up by a share link", () => {
  test("is a friend of whoever shared it, who is told so", async () => {
    const { sharer, code } = await circle("FRIENDS");
    const cursor = await cursorOf(world, sharer);
    const { viewer, credentials, userErrors } = await signUp(code);
    expect(userErrors).toEqual([]);
    const id = viewer?.user.id;
    const answer = await world.read(
      { token: credentials?.accessToken } as Person,
      `{ user(id: "${sharer.globalId}") { relationship { state metThrough } } }`,
    );
    expect(answer).toEqual({ user: { relationship: { state: "FRIENDS", metThrough: "SHARED_VIDEO" } } });
    const { list } = await notificationsOf(world, sharer);
    expect(
      list.map(({ kind, actors, subject }) => [kind, actors.map((actor) => actor.id), subject?.id]),
    ).toEqual([["SHARE_LINK_JOINED", [id], id]]);
    const changes = await changesSince<{ __typename: string }>(world, sharer, cursor, "");
    expect(changes.map(({ __typename }) => __typename)).toEqual(["RelationshipChanged", "NotificationAdded"]);
  });

  test("comes too late after 30 days, unless the link is made again, and with it nobody has signed up", async () => {
    const { sharer, video, code } = await circle();
    await set(sharer.handle, "created_at = now() - interval '30 days'");
    const refused = await signUp(code);
    expect(refused).toMatchObject({ viewer: null, userErrors: [{ code: "EXPIRED", path: ["inviteCode"] }] });
    expect(
      (await world.read<{ user: null }>(null, `{ user(handle: "newcomer${newcomers}") { id } }`)).user,
    ).toBeNull();
    // It is still read, and opened.
    expect(await read(null, code)).not.toBeNull();
    expect((await open(code)).status).toBe(200);
    await codeOf(sharer, video);
    expect(codes(await signUp(code))).toEqual([]);
  });

  test("is one of a hundred at most, also when many come at once", async () => {
    const { sharer, code } = await circle();
    await set(sharer.handle, "joined_count = 97");
    const answers = await Promise.all(Array.from({ length: 6 }, () => signUp(code)));
    expect(answers.map((answer) => codes(answer).join()).sort()).toEqual([
      "",
      "",
      "",
      "EXPIRED",
      "EXPIRED",
      "EXPIRED",
    ]);
    const { friends } = (
      await world.read<{ viewer: { friends: { nodes: { handle: string }[] } } }>(
        sharer,
        "{ viewer { friends { nodes { handle } } } }",
      )
    ).viewer;
    expect(friends.nodes.filter(({ handle }) => handle.startsWith("newcomer"))).toHaveLength(3);
    await set(sharer.handle, "created_at = now() - interval '31 days'");
    await codeOf(sharer, (await circle()).video);
    expect(codes(await signUp(code))).toEqual(["EXPIRED"]);
  });

  test("finds no such invite where the link is none, or whoever made it is not there", async () => {
    const { sharer, code } = await circle();
    const none = await signUp(`${code.slice(0, -1)}${code.endsWith("0") ? "1" : "0"}`);
    expect(none).toMatchObject({ viewer: null, userErrors: [{ code: "NOT_FOUND", path: ["inviteCode"] }] });
    await world.suspend(sharer);
    expect(await signUp(code)).toEqual(none);
  });

  test("makes friends only of newcomers: whoever has an account is told that the code is a video's", async () => {
    const { sharer, reader, code } = await circle();
    const refused = await mutate(world, reader, "redeemInvite", { code });
    expect(refused).toMatchObject({
      relationship: null,
      userErrors: [{ code: "INVALID", path: ["code"], message: expect.stringContaining("video") }],
    });
    expect(await mutate(world, sharer, "redeemInvite", { code })).toEqual(refused);
    expect(await world.read(reader, `{ invite(code: "${code}") { code } }`)).toEqual({ invite: null });
  });
});

test("its page is opened so often in a minute from one address, and the others are not in the way", async () => {
  const { code, sharer } = await circle();
  const { database } = world.server;
  const config = { rateLimits: true, trustedProxies: 1 };
  const server = await startTestServer({ demo: false, database, config });
  const from = (address: string, page = code) =>
    fetch(`${server.url}/s/${page}`, { headers: { "x-forwarded-for": address } });
  const statuses: number[] = [];
  // A page that is none counts as well, and costs least of the minute.
  for (let at = 0; at < OPERATION_RATE.points; at += 50) {
    const page = at === 0 ? code : "x";
    const some = await Promise.all(Array.from({ length: 50 }, () => from("192.0.2.1", page)));
    statuses.push(...some.map(({ status }) => status));
  }
  expect(new Set(statuses)).toEqual(new Set([200, 404]));
  const refused = await from("192.0.2.1");
  expect([refused.status, Number(refused.headers.get("retry-after"))]).toEqual([429, expect.any(Number)]);
  for (const page of ["/", "/f/x", "/v/x", "/exports/x"]) {
    const headers = { "x-forwarded-for": "192.0.2.1" };
    expect((await fetch(`${server.url}${page}`, { headers })).status).toBe(429);
  }
  expect((await from("192.0.2.2")).status).toBe(200);
  expect(await read(sharer, code)).toMatchObject({ openCount: 51 });
  await server.stop();
});
