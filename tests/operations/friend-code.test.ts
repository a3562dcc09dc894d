/** Meeting in person: the code that one shows and the other takes. */
import encodeQR from "qr";
import decodeQR from "qr/decode.js";
import { newFriendCode } from "../../src/codes.ts";
import { deriveKeys } from "../../src/secrets.ts";
import { startTestServer, TEST_SECRET, type TestServer } from "../support/server.ts";
import { type Person, World } from "../support/world.ts";
import { codes, mutate, type Node } from "./mutations.ts";

let world: World;
let otherNode: { server: TestServer };
beforeAll(async () => {
  world = await World.start();
  otherNode = { server: await startTestServer({ demo: false, database: world.server.database }) };
});
afterAll(async () => {
  await otherNode.server.stop();
  await world.stop();
});

let strangersSoFar = 0;
const strangers = () => {
  strangersSoFar++;
  return world.people(`ann${strangersSoFar}`, `bob${strangersSoFar}`);
};

interface FriendCode {
  readonly code: string;
  readonly url: string;
  readonly qrSvg: string;
  readonly expiresAt: string;
}
async function show(person: Person): Promise<FriendCode> {
  const { viewer } = await world.read<{ viewer: { friendCode: FriendCode } }>(
    person,
    "{ viewer { friendCode { code url qrSvg expiresAt } } }",
  );
  return viewer.friendCode;
}
const take = (person: Person, code: string, node: Node = world) =>
  mutate(node, person, "redeemInvite", { code });
/** A code as a node would have made it at another moment. */
const madeAt = (person: Person, moment: number) =>
  newFriendCode(deriveKeys(TEST_SECRET).friendCode, person.id, moment).code;
async function statusOf(code: string) {
  const question = "query ($code: String!) { invite(code: $code) { status usesLeft } }";
  return (await world.read<{ invite: object | null }>(null, question, { code })).invite;
}
async function friendCount(person: Person): Promise<number> {
  const { viewer } = await world.read<{ viewer: { user: { friendCount: number } } }>(
    person,
    "{ viewer { user { friendCount } } }",
  );
  return viewer.user.friendCount;
}

/** What a camera reads from a picture that is a path of single squares. */
function scan(svg: string): string {
  const size = Number(/viewBox="0 0 (\d+) /.exec(svg)?.[1]);
  const scale = 4;
  const width = size * scale;
  const data = new Uint8Array(width * width * 4).fill(255);
  let [x, y] = [0, 0];
  for (const [, command, right, down] of svg.matchAll(/([Mm])(-?\d+) ?(-?\d+)/g)) {
    [x, y] = command === "M" ? [Number(right), Number(down)] : [x + Number(right), y + Number(down)];
    for (let row = y * scale; row < (y + 1) * scale; row++) {
      for (let column = x * scale; column < (x + 1) * scale; column++) {
        data.fill(0, (row * width + column) * 4, (row * width + column) * 4 + 3);
      }
    }
  }
  return decodeQR({ width, height: width, data });
}

test("taking a code makes friends at once, whomever either lets ask, and both know that they met in person", async () => {
  const [ann, bob] = await strangers();
  for (const person of [ann, bob]) await world.privacy(person, { friendRequestsFrom: "NO_ONE" });
  const { code } = await show(ann);
  const { relationship, conversation, userErrors } = await take(bob, code);
  expect(userErrors).toEqual([]);
  expect(relationship).toMatchObject({ state: "FRIENDS", metThrough: "IN_PERSON_CODE" });
  expect(conversation).toBeNull();
  const question = `{ user(handle: "${bob.handle}") { relationship { state metThrough friendsSince } } }`;
  expect(await world.read(ann, question)).toEqual({
    user: {
      relationship: {
        state: "FRIENDS",
        metThrough: "IN_PERSON_CODE",
        friendsSince: relationship?.friendsSince,
      },
    },
  });
});

test("a request between the two that waits becomes the friendship", async () => {
  const [ann, bob] = await strangers();
  await world.request(ann, bob);
  expect((await take(bob, (await show(ann)).code)).relationship?.state).toBe("FRIENDS");
  for (const person of [ann, bob]) {
    expect(
      await world.read(person, "{ viewer { friendRequests(direction: INCOMING) { nodes { id } } } }"),
    ).toEqual({ viewer: { friendRequests: { nodes: [] } } });
  }
});

test("who shows the code is told that they have a friend, once", async () => {
  const [ann, bob] = await strangers();
  await take(bob, (await show(ann)).code);
  const question = "{ viewer { notifications { nodes { kind actors { id } subject { id } } } } }";
  const notice = { kind: "FRIEND_ACCEPTED", actors: [{ id: bob.globalId }], subject: { id: bob.globalId } };
  expect(await world.read(ann, question)).toEqual({ viewer: { notifications: { nodes: [notice] } } });
  expect(await world.read(bob, question)).toEqual({ viewer: { notifications: { nodes: [] } } });
});

test("a code lives for 60 seconds, and says so", async () => {
  const [ann, bob] = await strangers();
  const before = Date.now();
  const { code, expiresAt } = await show(ann);
  expect(Date.parse(expiresAt)).toBeGreaterThanOrEqual(before + 60_000);
  expect(Date.parse(expiresAt)).toBeLessThanOrEqual(Date.now() + 60_000);
  expect(await statusOf(code)).toEqual({ status: "OPEN", usesLeft: 1 });
  const late = madeAt(ann, Date.now() - 60_000);
  expect(await statusOf(late)).toMatchObject({ status: "EXPIRED" });
  expect((await take(bob, late)).userErrors).toMatchObject([{ code: "EXPIRED", path: ["code"] }]);
  expect(await friendCount(bob)).toBe(0);
  expect(codes(await take(bob, madeAt(ann, Date.now() - 20_000)))).toEqual([]);
});

test("a code works once: of ten who take it at the same moment on two nodes, one becomes a friend", async () => {
  const ann = await world.person("ann");
  const crowd = await world.people(...Array.from({ length: 10 }, (_, at) => `passer.by${at}` as const));
  for (const turn of [1, 2, 3]) {
    const { code } = await show(ann);
    const answers = await Promise.all(
      crowd.map((person, at) => take(person, code, at % 2 === 0 ? world : otherNode)),
    );
    const friends = crowd.filter((_, at) => answers[at]?.relationship?.state === "FRIENDS");
    // Whoever became a friend before may take a code without using it up.
    expect(friends.length).toBe(turn);
    expect(answers.flatMap(codes)).toEqual(Array(10 - turn).fill("EXPIRED"));
    expect(await friendCount(ann)).toBe(turn);
    expect(await statusOf(code)).toEqual({ status: "USED_UP", usesLeft: 0 });
  }
});

test("taking it again is the same success, and a friend who takes one leaves it for somebody else", async () => {
  const [ann, bob] = await strangers();
  const cat = await world.person("cat");
  const first = (await show(ann)).code;
  await take(bob, first);
  expect(codes(await take(bob, first))).toEqual([]);
  const second = (await show(ann)).code;
  expect((await take(bob, second)).relationship?.state).toBe("FRIENDS");
  expect(codes(await take(cat, first))).toEqual(["EXPIRED"]);
  expect(codes(await take(cat, second))).toEqual([]);
});

test("nobody makes friends with themselves", async () => {
  const [ann] = await strangers();
  expect((await take(ann, (await show(ann)).code)).userErrors).toMatchObject([
    { code: "INVALID", path: ["code"] },
  ]);
});

test("a code is another one at each reading, and nothing is written for it", async () => {
  const [ann] = await strangers();
  const shown = await Promise.all(Array.from({ length: 20 }, () => show(ann)));
  expect(new Set(shown.map(({ code }) => code)).size).toBe(20);
  const statements: number[] = [];
  // Now and then the look for ended sessions, twice a second, falls in between.
  for (let turn = 0; turn < 5; turn++) {
    const before = await world.server.statements();
    await show(ann);
    statements.push((await world.server.statements()) - before);
  }
  expect(Math.min(...statements)).toBe(0);
});

test("its picture is a QR code of its address, with the white around it that scanners need", async () => {
  const [ann] = await strangers();
  const { code, url, qrSvg } = await show(ann);
  expect(url).toBe(`${world.server.url}/f/${code}`);
  expect(scan(qrSvg)).toBe(url);
  expect(qrSvg).toBe(encodeQR(url, "svg", { border: 4 }));
  expect(qrSvg).not.toMatch(/script|href|style/i);
});

test("a code can be typed: in capitals, in groups, and with letters for the digits that look like them", async () => {
  const [ann, bob] = await strangers();
  const { code } = await show(ann);
  expect(code).toMatch(/^f[0-9a-hjkmnp-tv-z]{48}$/);
  const typed = code.slice(1).replaceAll("0", "o").replaceAll("1", "l").replace(/.{4}/g, "$& ").toUpperCase();
  expect((await take(bob, `F${typed}`)).relationship?.state).toBe("FRIENDS");
});

test("a code that was altered, or signed with another key, is none", async () => {
  const [ann, bob] = await strangers();
  const { code } = await show(ann);
  const foreign = newFriendCode(deriveKeys("another secret that is long enough").friendCode, ann.id).code;
  const altered = Array.from({ length: code.length - 1 }, (_, at) => {
    const letter = code[at + 1] === "7" ? "8" : "7";
    return code.slice(0, at + 1) + letter + code.slice(at + 2);
  });
  const nothing = await take(bob, "f");
  expect(nothing.userErrors).toMatchObject([{ code: "NOT_FOUND", path: ["code"] }]);
  for (const wrong of [foreign, ...altered, `v${code.slice(1)}`, code.slice(1)]) {
    expect(await take(bob, wrong)).toEqual(nothing);
  }
  expect(codes(await take(bob, code))).toEqual([]);
});

test("with 5,000 friends there is no room, and the code is not used up", async () => {
  const [ann, bob] = await strangers();
  const { code } = await show(ann);
  for (const full of [ann, bob]) {
    await world.set(full, "friend_count", 5_000);
    expect(codes(await take(bob, code))).toEqual(["LIMIT_REACHED"]);
    await world.set(full, "friend_count", 0);
  }
  expect(codes(await take(bob, code))).toEqual([]);
});

describe("blocking", () => {
  test("makes the code of either unknown to the other, while it lasts and afterwards; a new one is good", async () => {
    for (const annBlocks of [true, false]) {
      const [ann, bob] = await strangers();
      const { code } = await show(ann);
      const nothing = await take(bob, "f");
      const [blocker, blocked] = annBlocks ? [ann, bob] : [bob, ann];
      await world.block(blocker, blocked);
      expect(await take(bob, code)).toEqual(nothing);
      expect(await take(bob, (await show(ann)).code)).toEqual(nothing);
      await mutate(world, blocker, "unblockUser", { userId: blocked.globalId });
      expect(await take(bob, code)).toEqual(nothing);
      expect(codes(await take(bob, (await show(ann)).code))).toEqual([]);
    }
  });

  test("at the same moment as the taking leaves nobody a friend of somebody who has blocked them", async () => {
    for (let turn = 0; turn < 10; turn++) {
      const [ann, bob] = await strangers();
      const { code } = await show(ann);
      const [taken] = await Promise.all([
        take(bob, code, otherNode),
        mutate(world, ann, "blockUser", { userId: bob.globalId }),
      ]);
      expect([[], ["NOT_FOUND"]]).toContainEqual(codes(taken));
      expect(await friendCount(ann)).toBe(0);
      expect(await friendCount(bob)).toBe(0);
    }
  });
});

test("two who take each other's codes at the same moment are friends, once", async () => {
  for (let turn = 0; turn < 10; turn++) {
    const [ann, bob] = await strangers();
    const [one, other] = await Promise.all([show(ann), show(bob)]);
    const answers = await Promise.all([take(ann, other.code), take(bob, one.code, otherNode)]);
    expect(answers.flatMap(codes)).toEqual([]);
    expect(await friendCount(ann)).toBe(1);
    expect(await friendCount(bob)).toBe(1);
  }
});

test("a code of somebody who is suspended or has deleted their account is unknown", async () => {
  const [ann, bob] = await strangers();
  const nothing = await take(bob, "f");
  const { code } = await show(ann);
  for (const column of ["suspended_at", "deleted_at"]) {
    await world.set(ann, column, new Date());
    expect(await take(bob, code)).toEqual(nothing);
    expect(await statusOf(code)).toBeNull();
    await world.set(ann, column, null);
  }
});
