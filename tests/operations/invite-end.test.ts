/** Invites long after their end: nothing is kept of them, and nothing that they did is undone. */

import { forgetInvites } from "../../src/actions/invite-end.ts";
import { inviteHash } from "../../src/codes.ts";
import { globalId } from "../../src/ids.ts";
import { type Person, World } from "../support/world.ts";
import { codes, mutate } from "./mutations.ts";

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

const forget = () => forgetInvites(world.as(null), new AbortController().signal);
async function make(person: Person, input: Record<string, unknown> = {}): Promise<string> {
  const { invite } = await mutate(world, person, "createInvite", input);
  if (invite === null) throw new Error("There is no invite.");
  return invite.code;
}
const take = async (person: Person, code: string) =>
  codes(await mutate(world, person, "redeemInvite", { code }));
const change = (code: string, assignment: string) =>
  world.server.database.query(
    `update invites set ${assignment} where code_hash = decode('${inviteHash(code)}', 'hex')`,
  );
const kept = async (code: string) =>
  (
    await world.server.database.query<{ rows: number }>(
      `select (
        (select count(*) from invites where code_hash = decode($1, 'hex'))
        + (select count(*) from invite_redemptions where code_hash = decode($1, 'hex'))
      )::integer as rows`,
      [inviteHash(code)],
    )
  )[0]?.rows;

describe("an invite that has ended", () => {
  test.each([
    ["ran out", "expires_at = now() - interval"],
    ["was revoked", "revoked_at = now() - interval"],
  ])(
    "because it %s is remembered for 90 days, and then nothing is left of it; its friends stay",
    async (how, ended) => {
      const [ann, bob, cat] = await world.people(
        `ann ${how}`.replaceAll(" ", "."),
        `bob.${how.length}`,
        `cat.${how.length}`,
      );
      const code = await make(ann);
      expect(await take(bob, code)).toEqual([]);
      await change(code, `${ended} '89 days'`);
      await forget();
      expect(await kept(code)).toBe(2);
      expect(await take(cat, code)).toEqual(["EXPIRED"]);
      await change(code, `${ended} '90 days'`);
      await forget();
      expect(await kept(code)).toBe(0);
      expect(await take(cat, code)).toEqual(["NOT_FOUND"]);
      const friends = await world.server.database.query("select from friendships where user_id = $1", [
        ann.id,
      ]);
      expect(friends).toHaveLength(1);
    },
  );

  test("is forgotten without those that are open, and without what it barred: whoever was removed or blocked stays out", async () => {
    const [ann, bob, cat] = await world.people("owns.it", "is.removed", "is.blocked");
    const [host] = await world.people("takes.part");
    const conversationId = globalId("conversation", await world.group(ann, [host]));
    const [old, open] = [await make(ann, { conversationId }), await make(ann, { conversationId })];
    expect(await take(bob, old)).toEqual([]);
    await mutate(world, ann, "removeParticipant", { conversationId, userId: bob.globalId });
    await world.block(ann, cat);
    await mutate(world, ann, "unblockUser", { userId: cat.globalId });
    await change(old, "expires_at = now() - interval '1 year'");
    await forget();
    expect(await kept(old)).toBe(0);
    expect(await kept(open)).toBe(1);
    expect(await take(bob, open)).toEqual(["UNAVAILABLE"]);
    expect(await take(cat, open)).toEqual(["NOT_FOUND"]);
  });

  test("goes with everybody whom it brought, however many have ended", async () => {
    const dan = await world.person("dan");
    await world.server.database.query(
      `insert into invites (code_hash, user_id, expires_at)
      select sha256(n::text::bytea), $1, now() - interval '1 year' from generate_series(1, 50) n`,
      [dan.id],
    );
    await forget();
    const left = await world.server.database.query("select from invites where user_id = $1", [dan.id]);
    expect(left).toEqual([]);
  });
});
