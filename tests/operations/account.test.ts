/** Signing up and in, as the accounts section of the rules promises it. */
import { send } from "../support/ask.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { PASSWORD, World } from "../support/world.ts";
import { type Credentials, codes, mutate, type Payload } from "./mutations.ts";

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

let people = 0;
/** A person who could sign up, save for what is said of them. */
function newcomer(input: Record<string, unknown> = {}): Record<string, unknown> {
  const handle = `person${people++}`;
  const birthDate = "1995-06-15";
  return { handle, displayName: "A Person", password: PASSWORD, birthDate, country: "DE", ...input };
}
const signUp = (input: Record<string, unknown> = {}) => mutate(world, null, "signUp", newcomer(input));
const signIn = (handle: string, password = PASSWORD) => mutate(world, null, "signIn", { handle, password });
function given({ credentials, userErrors }: Payload<"signIn">): Credentials {
  if (credentials === null) throw new Error(`There are no credentials: ${JSON.stringify(userErrors)}`);
  return credentials;
}

/** What a request with this token is told: whom it names, or the code of the refusal. */
async function whoIs(accessToken: string, node: { server: { url: string } } = world) {
  const question = "{ viewer { user { handle } } }";
  const { data, errors, status } = await send<{ viewer: { user: { handle: string } } | null }>(
    node.server.url,
    accessToken,
    question,
  );
  const [error] = errors;
  return error === undefined ? data.viewer?.user.handle : `${status} ${error.extensions.code}`;
}

describe("signing up", () => {
  test("gives credentials that are good at once, on every node", async () => {
    const signedUp = await signUp({ handle: "New.Here", email: "new@here.example" });
    expect(signedUp.viewer).toEqual({
      email: "new@here.example",
      phone: null,
      birthDate: "1995-06-15",
      country: "DE",
      user: { id: expect.stringMatching(/^user_/), handle: "new.here", displayName: "A Person" },
    });
    const { accessToken } = given(signedUp);
    expect(await whoIs(accessToken)).toBe("new.here");
    expect(await whoIs(accessToken, otherNode)).toBe("new.here");
  });

  test.each(["abc", "a.b", "a_b", "a__b", "0.9", "x".repeat(30), "MiXeD.Case"])(
    "takes the handle %j",
    async (handle) => {
      const { viewer, userErrors } = await signUp({ handle });
      expect(userErrors).toEqual([]);
      expect(viewer?.user.handle).toBe(handle.toLowerCase());
    },
  );

  test.each([
    "",
    "ab",
    "x".repeat(31),
    ".abc",
    "abc.",
    "_abc",
    "abc_",
    "a..b",
    "a b",
    "a-b",
    "abc\n",
    "äbc",
    "\u0430bc",
    "ab\u212A",
  ])("refuses the handle %j", async (handle) => {
    const { userErrors, credentials } = await signUp({ handle });
    expect(userErrors).toMatchObject([{ code: "INVALID", path: ["handle"] }]);
    expect(credentials).toBeNull();
  });

  test("a handle that is taken is a CONFLICT, without regard to case", async () => {
    await signUp({ handle: "taken.name" });
    const { userErrors } = await signUp({ handle: "Taken.NAME" });
    expect(userErrors).toMatchObject([{ code: "CONFLICT", path: ["handle"] }]);
  });

  test("of several who want a handle at the same moment exactly one gets it", async () => {
    const spellings = ["rush.hour", "Rush.Hour", "RUSH.HOUR", "rush.Hour", "Rush.hour"];
    const answers = await Promise.all(spellings.map((handle) => signUp({ handle })));
    expect(answers.map(codes).sort()).toEqual([[], ...Array(4).fill(["CONFLICT"])]);
  });

  test("a freed handle finds nobody, and is not given away within 90 days", async () => {
    await signUp({ handle: "moved.on" });
    const freed = (days: number) =>
      world.server.database.query(
        `update handles set freed_at = now() - make_interval(days => $1) where handle = 'moved.on'`,
        [days],
      );
    await freed(89);
    expect((await world.ask(null, `{ user(handle: "moved.on") { id } }`)).data).toEqual({ user: null });
    expect(codes(await signIn("moved.on"))).toEqual(["INVALID"]);
    expect(codes(await signUp({ handle: "Moved.On" }))).toEqual(["CONFLICT"]);
    await freed(91);
    const { viewer } = await signUp({ handle: "Moved.On" });
    expect((await world.ask(null, `{ user(handle: "moved.on") { id } }`)).data).toEqual({
      user: { id: viewer?.user.id },
    });
  });

  test.each([
    ["one letter", "X", "X"],
    ["50 letters", "x".repeat(50), "x".repeat(50)],
    ["50 emoji", "🎈".repeat(50), "🎈".repeat(50)],
    ["a joined emoji", "Ada 👩‍🚀", "Ada 👩‍🚀"],
    ["letters of any script", "山田 花子", "山田 花子"],
    ["a letter and its accent apart, which become one", "Zoe\u0308", "Zo\u00EB"],
    ["blanks around it, which go", "  Ada ", "Ada"],
    ["100 characters that are 50 after NFC", "e\u0301".repeat(50), "\u00E9".repeat(50)],
  ])("a display name may be %s", async (_, displayName, kept) => {
    const { viewer, userErrors } = await signUp({ displayName });
    expect(userErrors).toEqual([]);
    expect(viewer?.user.displayName).toBe(kept);
  });

  test.each([
    ["empty", ""],
    ["nothing but blanks", "   "],
    ["51 characters", "x".repeat(51)],
    ["two lines", "Ada\nLovelace"],
    ["a bell", "Ada\u0007"],
    ["a zero-width space", "Ada\u200B"],
    ["a soft hyphen", "A\u00ADda"],
    ["a turn of the writing direction", "Ada\u202E"],
    ["a zero-width joiner that joins no emoji", "A\u200Dda"],
    ["a line separator", "Ada\u2028Lovelace"],
    ["a Hangul filler, which looks like nothing", "\u3164"],
  ])("a display name must not be %s", async (_, displayName) => {
    const { userErrors, credentials } = await signUp({ displayName });
    expect(userErrors).toMatchObject([{ code: "INVALID", path: ["displayName"] }]);
    expect(credentials).toBeNull();
  });

  test.each([
    [9, ["INVALID"]],
    [10, []],
    [128, []],
    [129, ["INVALID"]],
  ])("a password of %i characters: %j", async (length, expected) => {
    const answer = await signUp({ password: "p".repeat(length) });
    expect(codes(answer)).toEqual(expected);
    if (expected.length > 0) expect(answer.userErrors[0]?.path).toEqual(["password"]);
  });

  const inTwoDays = new Date(Date.now() + 2 * 24 * 60 * 60 * 1_000).toISOString().slice(0, 10);
  test.each(["", "yesterday", "95-06-15", "1995-6-15", "1995-02-30", "1995-13-01", "1900-02-29"])(
    "there is no birth date %j",
    async (birthDate) => {
      const { userErrors } = await signUp({ birthDate });
      expect(new Set(userErrors.map(({ code, path }) => `${code} ${path}`))).toEqual(
        new Set(["INVALID birthDate"]),
      );
    },
  );
  test.each(["1899-12-31", "1995-06-15T00:00:00Z", inTwoDays, "2099-01-01"])(
    "nobody was born on %s",
    async (birthDate) => {
      expect(new Set(codes(await signUp({ birthDate })))).toEqual(new Set(["INVALID"]));
    },
  );
  test("people are born on leap days", async () => {
    expect((await signUp({ birthDate: "1996-02-29" })).viewer?.birthDate).toBe("1996-02-29");
  });

  test("refuses a country that there is not, and an address that is none", async () => {
    const { userErrors } = await signUp({ country: "XX", email: "not an address" });
    expect(userErrors.map(({ code, path }) => [code, path?.join(".")]).sort()).toEqual([
      ["INVALID", "country"],
      ["INVALID", "email"],
    ]);
  });

  test("keeps passwords as Argon2id and refresh tokens as hashes, and neither as text", async () => {
    const { refreshToken } = given(await signUp({ password: "correct horse battery" }));
    const { query } = world.server.database;
    const [kept] = await query<{ passwords: string; sessions: string }>(
      `select (select string_agg(a::text, ' ') from accounts a) as passwords,
        (select string_agg(s::text || encode(s.refresh_hash, 'escape'), ' ') from sessions s) as sessions`,
    );
    expect(kept?.passwords).toContain("$argon2id$");
    expect(kept?.passwords).not.toContain("correct horse");
    expect(kept?.sessions).not.toContain(refreshToken);
  });
});

describe("signing in", () => {
  test("takes the handle in any case", async () => {
    const ann = await world.person("ann");
    const answer = await signIn("ANN");
    expect(answer.viewer?.user.id).toBe(ann.globalId);
    expect(await whoIs(given(answer).accessToken)).toBe("ann");
  });

  test("a wrong password gets the same answer as an unknown handle and an account that is gone, also where the account is suspended", async () => {
    await world.person("ann");
    const [gone, suspended] = await world.people("gone", "suspended");
    await world.set(gone, "deleted_at", new Date(Date.now() - 31 * 24 * 60 * 60 * 1_000));
    await world.set(suspended, "suspended_at", new Date());
    const wrong = await signIn("ann", "not her password");
    expect(wrong).toMatchObject({ credentials: null, viewer: null, userErrors: [{ code: "INVALID" }] });
    expect(await signIn("nobody.here", "not her password")).toEqual(wrong);
    expect(await signIn("gone")).toEqual(wrong);
    expect(await signIn("suspended", "not her password")).toEqual(wrong);
  });
});
