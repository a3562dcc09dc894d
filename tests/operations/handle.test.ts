/** Handles: exchanged for others, held for whoever gave them up, and never two that pass for one. */
import { freeHandles } from "../../src/actions/erasure/handle.ts";
import { startTestServer } from "../support/server.ts";
import { PASSWORD, World } from "../support/world.ts";
import { codes, mutate, type Payload } from "./mutations.ts";

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

const update = async (handle: string, input: { handle: string }): Promise<Payload<"updateProfile">> =>
  mutate(world, await world.person(handle), "updateProfile", input);
const refusals = ({ userErrors }: Payload<"updateProfile">) =>
  userErrors.map(({ code, path }) => [code, path?.join(".")]);

describe("a handle", () => {
  const profileOf = async (handle: string) =>
    (await world.read<{ user: { id: string } | null }>(null, `{ user(handle: "${handle}") { id } }`)).user
      ?.id;
  const signIn = (handle: string) => mutate(world, null, "signIn", { handle, password: PASSWORD });
  const signUp = (handle: string) => {
    const account = { displayName: "New", password: PASSWORD, birthDate: "1995-06-15", country: "DE" };
    return mutate(world, null, "signUp", { handle, ...account });
  };
  const daysAgo = (handle: string, days: number) =>
    world.server.database.query(
      "update handles set freed_at = now() - make_interval(days => $2) where handle = $1",
      [handle, days],
    );

  test("is exchanged for another: the new one finds the person and signs them in, the former one does neither", async () => {
    const { globalId } = await world.person("first.name");
    const { viewer, userErrors } = await update("first.name", { handle: "Second.Name" });
    expect(userErrors).toEqual([]);
    expect(viewer?.user.handle).toBe("second.name");
    expect(await profileOf("second.name")).toBe(globalId);
    expect(await profileOf("first.name")).toBeUndefined();
    expect((await signIn("second.name")).viewer?.user.id).toBe(globalId);
    expect(codes(await signIn("first.name"))).toEqual(["INVALID"]);
  });

  test("that is somebody's is a CONFLICT, without regard to case", async () => {
    await world.people("first.name", "taken");
    expect(refusals(await update("first.name", { handle: "TAKEN" }))).toEqual([["CONFLICT", "handle"]]);
    expect(await profileOf("taken")).toBe((await world.person("taken")).globalId);
  });

  test("that is one's own stays one's own", async () => {
    expect((await update("first.name", { handle: "SECOND.name" })).viewer?.user.handle).toBe("second.name");
    expect(await profileOf("second.name")).toBeDefined();
  });

  test("that was given up is held from everybody else for 90 days", async () => {
    await world.person("wants.it");
    await daysAgo("first.name", 89);
    expect(refusals(await update("wants.it", { handle: "First.Name" }))).toEqual([["CONFLICT", "handle"]]);
    expect(codes(await signUp("first.name"))).toEqual(["CONFLICT"]);
    await daysAgo("first.name", 91);
    expect((await update("wants.it", { handle: "First.Name" })).viewer?.user.handle).toBe("first.name");
  });

  test("that was given up may be taken back by whoever had it, at any time", async () => {
    const { globalId } = await world.person("back.and.forth");
    await update("back.and.forth", { handle: "forth" });
    expect((await update("back.and.forth", { handle: "back.and.forth" })).viewer?.user.handle).toBe(
      "back.and.forth",
    );
    expect(await profileOf("back.and.forth")).toBe(globalId);
    expect(await profileOf("forth")).toBeUndefined();
    await world.person("wants.it");
    expect(codes(await update("wants.it", { handle: "forth" }))).toEqual(["CONFLICT"]);
  });

  test("is not hoarded: five that were given up are held for a person, and the next has to wait", async () => {
    for (let at = 1; at <= 5; at++) {
      expect(codes(await update("hoarder", { handle: `hoarded${at}` }))).toEqual([]);
    }
    await daysAgo("hoarder", 80);
    const refused = await update("hoarder", { handle: "hoarded6" });
    expect(refusals(refused)).toEqual([["TOO_MANY_REQUESTS", "handle"]]);
    const days = (Date.parse(refused.userErrors[0]?.retryAt ?? "") - Date.now()) / (24 * 60 * 60 * 1_000);
    expect(Math.round(days)).toBe(10);
    expect(codes(await signUp("hoarded6"))).toEqual([]);
    // Going back to one of them holds no more than before.
    expect(codes(await update("hoarder", { handle: "hoarded2" }))).toEqual([]);
    await daysAgo("hoarder", 91);
    expect(codes(await update("hoarder", { handle: "hoarded7" }))).toEqual([]);
  });

  test.each([
    ["the Kelvin sign", "\u212Aelvin"],
    ["a long s", "mi\u017Fs"],
    ["full-width letters", "\uFF41\uFF42\uFF43"],
    ["a ligature", "\uFB01ne"],
    ["a dotless i", "k\u0131m"],
    ["mathematical letters", "\u{1D41A}\u{1D41B}\u{1D41C}"],
  ])("is refused, not folded, where it is written with %s", async (_, handle) => {
    expect(refusals(await update("first.name", { handle }))).toEqual([["INVALID", "handle"]]);
    expect(codes(await signUp(handle))).toEqual(["INVALID"]);
  });

  test("written with the Kelvin sign finds nobody, and signs nobody in", async () => {
    await world.person("kelvin");
    expect(await profileOf("KELVIN")).toBeDefined();
    expect(await profileOf("\u212Aelvin")).toBeUndefined();
    expect(codes(await signIn("\u212Aelvin"))).toEqual(["INVALID"]);
  });

  test("that several want at the same moment is given to exactly one of them", async () => {
    const rivals = ["rival0", "rival1", "rival2", "rival3", "rival4"];
    await world.people(...rivals);
    const answers = await Promise.all(rivals.map((handle) => update(handle, { handle: "The.Prize" })));
    expect(answers.map(codes).sort()).toEqual([[], ...Array(4).fill(["CONFLICT"])]);
    const winner = answers.find(({ viewer }) => viewer !== null)?.viewer?.user.id;
    expect(await profileOf("the.prize")).toBe(winner);
  });

  test("is not swapped by two people at the same moment: each is held for whoever had it", async () => {
    await world.people("one.side", "other.side");
    const answers = await Promise.all([
      update("one.side", { handle: "other.side" }),
      update("other.side", { handle: "one.side" }),
    ]);
    expect(answers.map(codes)).toEqual([["CONFLICT"], ["CONFLICT"]]);
  });
});

test("a moderator's handle is nobody else's: it is not signed up for, taken over or set free, and whoever gave it up may take it back", async () => {
  const { database } = world.server;
  const [boss, other] = await world.people("the.boss", "wants.power");
  const moderators = ["the.boss", "not.yet.made"];
  const node = { server: await startTestServer({ demo: false, database, config: { moderators } }) };
  const rename = async (handle: string, person = other) =>
    codes(await mutate(node, person, "updateProfile", { handle }));
  const account = { displayName: "New", password: PASSWORD, birthDate: "1995-06-15", country: "DE" };
  const signUp = async (handle: string) => codes(await mutate(node, null, "signUp", { handle, ...account }));
  for (const handle of moderators) {
    expect([handle, await rename(handle)]).toEqual([handle, ["CONFLICT"]]);
    expect([handle, await signUp(handle.toUpperCase())]).toEqual([handle, ["CONFLICT"]]);
  }
  expect(await rename("just.me", boss)).toEqual([]);
  await database.query("update handles set freed_at = now() - interval '91 days' where handle = 'the.boss'");
  await freeHandles({ ...world.as(null), moderators }, new AbortController().signal);
  expect(await rename("the.boss")).toEqual(["CONFLICT"]);
  expect(await signUp("the.boss")).toEqual(["CONFLICT"]);
  expect(await rename("the.boss", boss)).toEqual([]);
  expect((await world.read<{ viewer: object }>(boss, "{ viewer { user { handle } } }")).viewer).toEqual({
    user: { handle: "the.boss" },
  });
  await node.server.stop();
});
