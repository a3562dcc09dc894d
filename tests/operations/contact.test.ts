/** Finding people by address books, and what an address book must never tell. */
import { createHash } from "node:crypto";
import pg from "pg";
import { syncsOf } from "../../examples/contacts.ts";
import { tellOfJoined } from "../../src/actions/contact-joined.ts";
import { type Person, World } from "../support/world.ts";
import { changesSince, cursorOf } from "../visibility/cast.ts";

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const emailOf = (person: Person) => `${person.handle}@mail.example`;

interface Synced {
  readonly kept: number;
  readonly matches: { readonly id: string }[];
  readonly userErrors: { code: string; path: string[] | null; retryAt: string | null }[];
}

async function sync(
  person: Person,
  input: { phoneHashes?: string[]; emailHashes?: string[]; replace?: boolean },
): Promise<Synced> {
  const { syncContacts } = await world.read<{ syncContacts: Synced }>(
    person,
    `mutation ($input: SyncContactsInput!) {
      syncContacts(input: $input) { kept matches { id } userErrors { code path retryAt } }
    }`,
    { input },
  );
  return syncContacts;
}

/** Uploads an address book in which these people are. */
const upload = (person: Person, ...others: readonly Person[]) =>
  sync(person, { emailHashes: others.map((other) => sha256(emailOf(other))) });

async function found(person: Person): Promise<string[]> {
  const { viewer } = await world.read<{ viewer: { contactMatches: { nodes: { handle: string }[] } } }>(
    person,
    "{ viewer { contactMatches(first: 100) { nodes { handle } } } }",
  );
  return viewer.contactMatches.nodes.map(({ handle }) => handle).sort();
}

const change = async (person: Person, name: "updateProfile" | "updatePrivacy", input: object) => {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
  const answer = await world.read<Record<string, { userErrors: unknown[] }>>(
    person,
    `mutation ($input: ${type}!) { ${name}(input: $input) { userErrors { code path } } }`,
    { input },
  );
  expect(answer[name]?.userErrors).toEqual([]);
};

/** People whose address is their handle at mail.example. */
async function reachable<const Handles extends readonly string[]>(...handles: Handles) {
  const people = await world.people(...handles);
  for (const person of people) await change(person, "updateProfile", { email: emailOf(person) });
  return people;
}

/** Waits until a statement like this one waits for a lock. */
async function waits(statement: string): Promise<void> {
  const question =
    "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like $1";
  const { query } = world.server.database;
  for (const patience = Date.now() + 20_000; (await query(question, [statement])).length === 0; ) {
    if (Date.now() > patience) throw new Error(`Nothing waits like ${statement}`);
  }
}

test("whoever has a person's address finds them, unless they don't let themselves be found by contacts", async () => {
  const [cat, dog, owl] = await reachable("cat", "dog", "owl");
  await change(owl, "updatePrivacy", { discoverableByContacts: false });
  const { kept, matches } = await upload(cat, dog, owl);
  expect({ kept, matches }).toEqual({ kept: 2, matches: [{ id: dog.globalId }] });
  expect(await found(cat)).toEqual(["dog"]);
  expect(await found(dog)).toEqual([]);
});

test("who can't be found by contacts is found by those whom they have in theirs", async () => {
  const [hen, fox] = await reachable("hen", "fox");
  await change(fox, "updatePrivacy", { discoverableByContacts: false });
  await upload(hen, fox);
  expect(await found(hen)).toEqual([]);
  await upload(fox, hen);
  expect(await found(hen)).toEqual(["fox"]);
});

test("people are found by their number as well, and no longer by one that they have changed", async () => {
  const [elk, bee] = await reachable("elk", "bee");
  await change(bee, "updateProfile", { phone: "+493012345678" });
  await sync(elk, { phoneHashes: [sha256("+493012345678")] });
  expect(await found(elk)).toEqual(["bee"]);
  await change(bee, "updateProfile", { phone: "+493012345679" });
  expect(await found(elk)).toEqual([]);
  await change(bee, "updateProfile", { phone: null });
  await sync(elk, { phoneHashes: [sha256("+493012345679")] });
  expect(await found(elk)).toEqual([]);
});

test("an upload adds to those before, or takes their place; the same contact is kept once", async () => {
  const [ant, bat, cow] = await reachable("ant", "bat", "cow");
  expect((await upload(ant, bat)).kept).toBe(1);
  expect((await upload(ant, bat, cow)).kept).toBe(2);
  const again = [sha256(emailOf(cow)), sha256(emailOf(cow)).toUpperCase()];
  expect((await sync(ant, { emailHashes: again, replace: true })).kept).toBe(1);
  expect(await found(ant)).toEqual(["cow"]);
});

test("forgetting erases every contact and whom they led to; it has to be confirmed", async () => {
  const [pig, ram] = await reachable("pig", "ram");
  await upload(pig, ram);
  const forget = (confirm: boolean) =>
    world.read(
      pig,
      `mutation { forgetContacts(input: { confirm: ${confirm} }) { forgotten userErrors { code path } } }`,
    );
  expect(await forget(false)).toEqual({
    forgetContacts: { forgotten: 0, userErrors: [{ code: "INVALID", path: ["confirm"] }] },
  });
  expect(await found(pig)).toEqual(["ram"]);
  expect(await forget(true)).toEqual({ forgetContacts: { forgotten: 1, userErrors: [] } });
  expect(await found(pig)).toEqual([]);
  const { query } = world.server.database;
  expect(await query("select from contacts where user_id = $1", [pig.id])).toEqual([]);
});

test("whoever has a person in their contacts is told, once, when that person can be found here, and forgets it with them", async () => {
  const [tit, jay, owl] = await reachable("tit", "jay", "shy.owl");
  await change(owl, "updatePrivacy", { discoverableByContacts: false });
  const late = "late@mail.example";
  await sync(tit, { emailHashes: [sha256(late), sha256("shy@mail.example")] });
  await change(jay, "updateProfile", { email: late, phone: "+493012345670" });
  await change(owl, "updateProfile", { email: "shy@mail.example" });
  const told = async () => {
    const { viewer } = await world.read<{ viewer: { notifications: { nodes: object[] } } }>(
      tit,
      "{ viewer { notifications { nodes { kind actors { handle } subject { ... on User { handle } } } } } }",
    );
    return viewer.notifications.nodes;
  };
  await tellOfJoined(world.as(null), new AbortController().signal);
  await tellOfJoined(world.as(null), new AbortController().signal);
  const joined = { kind: "CONTACT_JOINED", actors: [{ handle: "jay" }], subject: { handle: "jay" } };
  expect(await told()).toEqual([joined]);
  await world.read(tit, "mutation { forgetContacts(input: { confirm: true }) { forgotten } }");
  expect(await told()).toEqual([]);
});

/** The notifications that somebody sees. */
async function notifications(person: Person): Promise<string[]> {
  const { viewer } = await world.read<{ viewer: { notifications: { nodes: { id: string }[] } } }>(
    person,
    "{ viewer { notifications { nodes { id } } } }",
  );
  return viewer.notifications.nodes.map(({ id }) => id);
}
const tell = () => tellOfJoined(world.as(null), new AbortController().signal);

test("that a contact has joined is seen as long as the contact is there, and the person lets themselves be found", async () => {
  const [doe, cod] = await reachable("doe", "cod");
  await upload(doe, cod);
  await tell();
  const [told] = await notifications(doe);
  expect(told).toBeDefined();
  await change(cod, "updatePrivacy", { discoverableByContacts: false });
  expect(await notifications(doe)).toEqual([]);
  await change(cod, "updatePrivacy", { discoverableByContacts: true });
  expect(await notifications(doe)).toEqual([told]);
  await sync(doe, { emailHashes: [], replace: true });
  expect(await notifications(doe)).toEqual([]);
});

test("forgetting tells the person's other devices to forget who has joined as well", async () => {
  const [asp, eel] = await reachable("asp", "eel");
  await upload(asp, eel);
  await tell();
  const told = await notifications(asp);
  expect(told).toHaveLength(1);
  const cursor = await cursorOf(world, asp);
  await world.read(asp, "mutation { forgetContacts(input: { confirm: true }) { forgotten } }");
  const changes = await changesSince<{ ids?: string[] }>(world, asp, cursor, "... on AccessRevoked { ids }");
  expect(changes.flatMap(({ ids = [] }) => ids)).toEqual(told);
});

test("forgetting while it is being told who has joined leaves nothing of it", async () => {
  const [hog] = await reachable("hog");
  await tell();
  const [yew] = await reachable("yew");
  await upload(hog, yew);
  const beside = new pg.Client({ connectionString: world.server.database.url });
  await beside.connect();
  // Whoever is told waits for this, after their contacts were read.
  await beside.query("begin");
  await beside.query("select from users where id = $1 for update", [hog.id]);
  const telling = tell();
  await waits("%as g (user_id, kind, subject, actor_id, id)%");
  const forgetting = world.read(hog, "mutation { forgetContacts(input: { confirm: true }) { forgotten } }");
  await waits("%delete from contacts%");
  await beside.query("rollback");
  await beside.end();
  await Promise.all([telling, forgetting]);
  const left = await world.server.database.query("select from notifications where user_id = $1", [hog.id]);
  expect(left).toEqual([]);
});

test("nothing that was uploaded is kept: neither the address nor its hash, only what the server's key makes of it", async () => {
  const [kid] = await reachable("kid");
  await upload(kid, kid);
  const { query } = world.server.database;
  const kept = await query<{ hash: Buffer }>("select hash from contacts where user_id = $1", [kid.id]);
  expect(kept).toHaveLength(1);
  expect(kept[0]?.hash.toString("hex")).not.toBe(sha256(emailOf(kid)));
});

test("nobody finds themselves, people whom they have blocked, or people who have blocked them", async () => {
  const [rat, one, two] = await reachable("rat", "one.blocked", "two.blocks");
  await upload(rat, rat, one, two);
  expect(await found(rat)).toEqual(["one.blocked", "two.blocks"]);
  await world.block(rat, one);
  await world.block(two, rat);
  expect(await found(rat)).toEqual([]);
});

test.each([
  ["what is no hash", ["not a hash"]],
  ["a hash that is too short", [sha256("x").slice(1)]],
  ["an address as it is", ["cat@mail.example"]],
])("%s is refused, and nothing of the upload is kept", async (_, emailHashes) => {
  const person = await world.person("strict");
  const { kept, matches, userErrors } = await sync(person, { emailHashes: [sha256("good"), ...emailHashes] });
  expect({ kept, matches }).toEqual({ kept: 0, matches: [] });
  expect(userErrors).toEqual([{ code: "INVALID", path: ["emailHashes"], retryAt: null }]);
});

test("a sync takes 5,000 contacts, and a day 10,000: then it is told when to go on", async () => {
  const person = await world.person("popular");
  const many = (from: number, count: number) =>
    Array.from({ length: count }, (_, at) => sha256(`${from + at}@mail.example`));
  const codes = async (hashes: string[]) => (await sync(person, { emailHashes: hashes })).userErrors;
  expect(await codes(many(0, 5_001))).toMatchObject([{ code: "LIMIT_REACHED" }]);
  expect(await codes(many(0, 5_000))).toEqual([]);
  expect(await codes(many(5_000, 4_999))).toEqual([]);
  const [refusal] = await codes(many(10_000, 2));
  expect(refusal?.code).toBe("TOO_MANY_REQUESTS");
  const hours = (Date.parse(refusal?.retryAt ?? "") - Date.now()) / 3_600_000;
  expect(hours).toBeGreaterThan(0);
  expect(hours).toBeLessThanOrEqual(24);
  expect(await codes(many(10_000, 1))).toEqual([]);
});

test("an address book keeps 20,000 contacts, however many syncs bring them, and can be replaced when it is full", async () => {
  const person = await world.person("collector");
  const { query } = world.server.database;
  await query(
    "insert into contacts (user_id, hash) select $1, sha256(nr::text::bytea) from generate_series(1, 20000) nr",
    [person.id],
  );
  const one = { emailHashes: [sha256("one@mail.example")] };
  expect((await sync(person, one)).userErrors).toMatchObject([{ code: "LIMIT_REACHED" }]);
  expect(await sync(person, { ...one, replace: true })).toMatchObject({ kept: 1, userErrors: [] });
});

test("an address book as people write it leads to the right people, by the client's own module", async () => {
  const [yak, emu, gnu] = await reachable("yak", "emu", "gnu");
  await change(emu, "updateProfile", { phone: "+4930901820" });
  const [input, ...more] = await syncsOf(
    [
      { phones: ["030 / 90 18-20", "not a number"], emails: [] },
      { phones: [], emails: [" GNU@mail.example ", "nobody"] },
    ],
    "DE",
  );
  expect(more).toEqual([]);
  expect(await sync(yak, { ...input })).toMatchObject({ kept: 2, userErrors: [] });
  expect(await found(yak)).toEqual([emu.handle, gnu.handle]);
});
