/** Invites that make friends: made, read, taken and ended. */
import { inviteHash } from "../../src/codes.ts";
import { atOnce } from "../support/at-once.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { type Person, World } from "../support/world.ts";
import { codes, INVITE, type Invite, mutate, type Node } from "./mutations.ts";

let world: World;
let otherNode: { server: TestServer };
let crowd: readonly Person[];
beforeAll(async () => {
  world = await World.start();
  otherNode = { server: await startTestServer({ demo: false, database: world.server.database }) };
  crowd = await world.people(...Array.from({ length: 50 }, (_, at) => `one.of.many${at}`));
});
afterAll(async () => {
  await otherNode.server.stop();
  await world.stop();
});

let strangersSoFar = 0;
const strangers = () => {
  strangersSoFar++;
  return world.people(`ann${strangersSoFar}`, `bob${strangersSoFar}`, `cat${strangersSoFar}`);
};

const DAY_MS = 24 * 60 * 60 * 1_000;
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString();

async function make(person: Person, input: Record<string, unknown> = {}): Promise<Invite> {
  const { invite, userErrors } = await mutate(world, person, "createInvite", input);
  if (invite === null) throw new Error(`There is no invite: ${JSON.stringify(userErrors)}`);
  return invite;
}
const take = (person: Person, code: string, node: Node = world) =>
  mutate(node, person, "redeemInvite", { code });
const revoke = (person: Person, code: string) => mutate(world, person, "revokeInvite", { code });
async function read(person: Person | null, code: string): Promise<Invite | null> {
  const question = `query ($code: String!) { invite(code: $code) { ${INVITE} } }`;
  return (await world.read<{ invite: Invite | null }>(person, question, { code })).invite;
}
const change = (code: string, assignment: string) =>
  world.server.database.query(
    `update invites set ${assignment} where code_hash = decode('${inviteHash(code)}', 'hex')`,
  );
async function friendCount(person: Person): Promise<number> {
  const { viewer } = await world.read<{ viewer: { user: { friendCount: number } } }>(
    person,
    "{ viewer { user { friendCount } } }",
  );
  return viewer.user.friendCount;
}

describe("an invite", () => {
  test("makes friends of its maker and whoever takes it, whomever either lets ask, and the maker is told", async () => {
    const [ann, bob] = await strangers();
    for (const person of [ann, bob]) await world.privacy(person, { friendRequestsFrom: "NO_ONE" });
    const { code } = await make(ann);
    const { relationship, userErrors } = await take(bob, code);
    expect(userErrors).toEqual([]);
    expect(relationship).toMatchObject({ state: "FRIENDS", metThrough: "INVITE_LINK" });
    expect(await world.read(ann, "{ viewer { notifications { nodes { kind actors { id } } } } }")).toEqual({
      viewer: { notifications: { nodes: [{ kind: "FRIEND_ACCEPTED", actors: [{ id: bob.globalId }] }] } },
    });
    const events = await world.server.database.query(
      "select from viewer_events where kind = 'RELATIONSHIP_CHANGED' and viewer_id = any($1::bigint[])",
      [[ann.id, bob.id]],
    );
    expect(events).toHaveLength(2);
  });

  test("is open for 30 days and for as many as like, unless its maker says otherwise", async () => {
    const [ann] = await strangers();
    const invite = await make(ann);
    expect(invite).toMatchObject({
      url: `${world.server.url}/i/${invite.code}`,
      status: "OPEN",
      from: { id: ann.globalId },
      conversation: null,
      usesLeft: null,
    });
    const days = (Date.parse(invite.expiresAt ?? "") - Date.now()) / DAY_MS;
    expect(days).toBeGreaterThan(29.99);
    expect(days).toBeLessThanOrEqual(30);
    const expiresAt = inDays(364);
    expect(await make(ann, { maxUses: 7, expiresAt })).toMatchObject({ usesLeft: 7, expiresAt });
  });

  test.each([
    ["for nobody", { maxUses: 0 }, "maxUses"],
    ["for more than 1,000", { maxUses: 1_001 }, "maxUses"],
    ["that has ended", { expiresAt: inDays(-1) }, "expiresAt"],
    ["for longer than a year", { expiresAt: inDays(366) }, "expiresAt"],
  ])("%s is refused", async (_, input, path) => {
    const [ann] = await strangers();
    const { invite, userErrors } = await mutate(world, ann, "createInvite", input);
    expect([invite, userErrors]).toMatchObject([null, [{ code: "INVALID", path: [path] }]]);
  });

  test("has a code that can't be guessed, and that the database does not know", async () => {
    const [ann] = await strangers();
    const { code } = await make(ann);
    expect(code).toMatch(/^v[0-9a-hjkmnp-tv-z]{24}$/);
    const rows = await world.server.database.query("select i::text as row from invites i");
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain(code);
    expect(JSON.stringify(rows)).not.toContain(Buffer.from(code).toString("hex"));
    const unknown = code.slice(0, -1) + (code.endsWith("7") ? "8" : "7");
    expect(await read(ann, unknown)).toBeNull();
  });

  test("can be read by whoever has its code, signed in or not, and read and typed in capitals", async () => {
    const [ann, bob] = await strangers();
    const invite = await make(ann, { maxUses: 3 });
    for (const reader of [null, bob, ann]) {
      expect(await read(reader, invite.code)).toEqual(invite);
      expect(await read(reader, invite.code.toUpperCase())).toEqual(invite);
    }
  });

  test("of one's own can't be taken", async () => {
    const [ann] = await strangers();
    const { code } = await make(ann);
    expect((await take(ann, code)).userErrors).toMatchObject([{ code: "INVALID", path: ["code"] }]);
  });

  test("that nobody has made is not found, whatever it looks like", async () => {
    const [ann] = await strangers();
    for (const code of ["", "v", "v".repeat(25), "hello", "../..", "💌"]) {
      expect((await take(ann, code)).userErrors).toMatchObject([{ code: "NOT_FOUND", path: ["code"] }]);
      expect((await revoke(ann, code)).userErrors).toMatchObject([{ code: "NOT_FOUND", path: ["code"] }]);
      expect(await read(ann, code)).toBeNull();
    }
  });
});

describe("how often an invite can be taken", () => {
  test("of fifty who take one for three at the same moment on two nodes, exactly three become friends", async () => {
    const [ann] = await strangers();
    const { code } = await make(ann, { maxUses: 3 });
    const answers = await atOnce(
      crowd.map((person, at) => () => take(person, code, at % 2 === 0 ? world : otherNode)),
      2,
    );
    expect(answers.filter(({ relationship }) => relationship?.state === "FRIENDS")).toHaveLength(3);
    expect(answers.flatMap(codes)).toEqual(Array(47).fill("EXPIRED"));
    expect(await friendCount(ann)).toBe(3);
    expect(await read(null, code)).toMatchObject({ status: "USED_UP", usesLeft: 0 });
  });

  test("taking it again, also many times at once, is the same success and takes no second use", async () => {
    const [ann, bob] = await strangers();
    const { code } = await make(ann, { maxUses: 5 });
    const answers = await Promise.all(Array.from({ length: 10 }, () => take(bob, code)));
    expect(answers.flatMap(codes)).toEqual([]);
    expect(answers.map(({ relationship }) => relationship?.state)).toEqual(Array(10).fill("FRIENDS"));
    expect(await read(null, code)).toMatchObject({ usesLeft: 4 });
  });

  test("a friend who takes it leaves it for others, also when it has ended", async () => {
    const [ann, bob] = await strangers();
    await world.befriend(ann, bob);
    const { code } = await make(ann, { maxUses: 1 });
    expect(codes(await take(bob, code))).toEqual([]);
    expect(await read(null, code)).toMatchObject({ usesLeft: 1 });
    await revoke(ann, code);
    expect((await take(bob, code)).relationship?.state).toBe("FRIENDS");
  });

  test("a friendship that was ended is not brought back by the invite that made it", async () => {
    const [ann, bob] = await strangers();
    const { code } = await make(ann);
    await take(bob, code);
    await world.unfriend(ann, bob);
    expect(codes(await take(bob, code))).toEqual(["EXPIRED"]);
    expect(codes(await take(bob, (await make(ann)).code))).toEqual([]);
  });

  test("with 5,000 friends there is no room, and nothing is used up", async () => {
    const [ann, bob] = await strangers();
    const { code } = await make(ann, { maxUses: 1 });
    for (const full of [ann, bob]) {
      await world.set(full, "friend_count", 5_000);
      expect(codes(await take(bob, code))).toEqual(["LIMIT_REACHED"]);
      await world.set(full, "friend_count", 0);
      expect(await read(null, code)).toMatchObject({ status: "OPEN", usesLeft: 1 });
    }
    expect(codes(await take(bob, code))).toEqual([]);
  });

  test("two who take each other's invites at the same moment are friends, once", async () => {
    const [ann, bob] = await strangers();
    const [one, other] = await Promise.all([make(ann), make(bob)]);
    const answers = await Promise.all([take(ann, other.code), take(bob, one.code, otherNode)]);
    expect(answers.flatMap(codes)).toEqual([]);
    expect([await friendCount(ann), await friendCount(bob)]).toEqual([1, 1]);
  });
});

describe("an invite ends", () => {
  test("with its time", async () => {
    const [ann, bob] = await strangers();
    const { code } = await make(ann);
    await change(code, "expires_at = now() - interval '1 second'");
    expect(await read(null, code)).toMatchObject({ status: "EXPIRED" });
    expect((await take(bob, code)).userErrors).toMatchObject([{ code: "EXPIRED", path: ["code"] }]);
  });

  test("when its maker revokes it, and no one else can; who has come by it stays", async () => {
    const [ann, bob, cat] = await strangers();
    const { code } = await make(ann);
    await take(bob, code);
    expect((await revoke(bob, code)).userErrors).toMatchObject([{ code: "FORBIDDEN", path: ["code"] }]);
    for (const _again of [1, 2]) {
      const { invite, userErrors } = await revoke(ann, code);
      expect([invite?.status, userErrors]).toEqual(["REVOKED", []]);
    }
    expect(codes(await take(cat, code))).toEqual(["EXPIRED"]);
    expect(await read(null, code)).toMatchObject({ status: "REVOKED" });
    expect([await friendCount(ann), await friendCount(bob)]).toEqual([1, 1]);
  });

  test("revoking against taking: whoever is first, both sides agree", async () => {
    for (let turn = 0; turn < 10; turn++) {
      const [ann, bob] = await strangers();
      const { code } = await make(ann);
      const [taken, revoked] = await Promise.all([take(bob, code, otherNode), revoke(ann, code)]);
      expect(codes(revoked)).toEqual([]);
      const friends = codes(taken).length === 0 ? 1 : 0;
      expect([await friendCount(ann), await friendCount(bob)]).toEqual([friends, friends]);
    }
  });

  test("a code that is shown in person is not revoked: it ends by itself", async () => {
    const [ann] = await strangers();
    const { viewer } = await world.read<{ viewer: { friendCode: { code: string } } }>(
      ann,
      "{ viewer { friendCode { code } } }",
    );
    expect(codes(await revoke(ann, viewer.friendCode.code))).toEqual(["INVALID"]);
  });

  test("nobody has more than 100 open ones, also when they make several at once; ended ones don't count", async () => {
    const [ann] = await strangers();
    const { code } = await make(ann);
    const used = await make(ann, { maxUses: 1 });
    await change(used.code, "uses = 1");
    await world.server.database.query(
      `insert into invites (code_hash, user_id, expires_at)
      select decode(md5($1 || n), 'hex'), $1::bigint, now() + interval '1 day' from generate_series(1, 98) n`,
      [ann.id],
    );
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => mutate(world, ann, "createInvite", {})),
    );
    expect(answers.flatMap(codes)).toEqual(Array(4).fill("LIMIT_REACHED"));
    await revoke(ann, code);
    expect(codes(await mutate(world, ann, "createInvite", {}))).toEqual([]);
  });
});

describe("blocking", () => {
  test("ends the open invites of either for the other, for good; one made after the unblocking is good", async () => {
    for (const annBlocks of [true, false]) {
      const [ann, bob, cat] = await strangers();
      const { code } = await make(ann);
      const nothing = await take(bob, "v");
      const [blocker, blocked] = annBlocks ? [ann, bob] : [bob, ann];
      await world.block(blocker, blocked);
      for (const made of [code, (await make(ann)).code]) {
        expect(await take(bob, made)).toEqual(nothing);
        expect(await read(bob, made)).toBeNull();
      }
      await mutate(world, blocker, "unblockUser", { userId: blocked.globalId });
      expect(await take(bob, code)).toEqual(nothing);
      expect(await read(bob, code)).toBeNull();
      expect(codes(await take(bob, (await make(ann)).code))).toEqual([]);
      expect(codes(await take(cat, code))).toEqual([]);
    }
  });

  test("at the same moment as the taking leaves nobody a friend of somebody who has blocked them", async () => {
    for (let turn = 0; turn < 10; turn++) {
      const [ann, bob] = await strangers();
      const { code } = await make(ann);
      const [taken] = await Promise.all([
        take(bob, code, otherNode),
        mutate(world, ann, "blockUser", { userId: bob.globalId }),
      ]);
      expect([[], ["NOT_FOUND"]]).toContainEqual(codes(taken));
      expect([await friendCount(ann), await friendCount(bob)]).toEqual([0, 0]);
    }
  });
});
