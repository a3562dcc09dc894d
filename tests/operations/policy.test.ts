/** Age and market: who may write to whom, and every refusal names its rule. */
import { randomUUID } from "node:crypto";
import { requireAllowed } from "../../src/actions/policy.ts";
import { globalId } from "../../src/ids.ts";
import { rulesIn } from "../../src/policy.ts";
import { bornFor } from "../support/birthday.ts";
import { PASSWORD, type Person, World } from "../support/world.ts";
import { codes, mutate, RELATIONSHIP, type Relationship, type UserError } from "./mutations.ts";

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world?.stop());

async function setBirthDate(person: Person, birthDate: string | null): Promise<void> {
  await world.server.database.query("update accounts set birth_date = $2 where user_id = $1", [
    person.id,
    birthDate,
  ]);
}

/** Somebody of an age, who lets everybody write and add them. */
async function aged(handle: string, birthDate: string | null): Promise<Person> {
  const person = await world.person(handle);
  await setBirthDate(person, birthDate);
  await world.privacy(person, { messagesFrom: "EVERYONE" });
  await world.privacy(person, { groupInvitesFrom: "EVERYONE" });
  return person;
}

/** For two days more: midnight may come meanwhile. */
const FIFTEEN = bornFor(16, 2);
const SIXTEEN = bornFor(16);

const write = (from: Person, to: Person) =>
  mutate(world, from, "sendMessage", { userId: to.globalId, body: "Hello", nonce: randomUUID() });
const writeInto = (from: Person, conversationId: string) =>
  mutate(world, from, "sendMessage", {
    conversationId: globalId("conversation", conversationId),
    body: "Hello",
    nonce: randomUUID(),
  });
const startGroup = (from: Person, ...others: readonly Person[]) =>
  mutate(world, from, "startConversation", { userIds: others.map((other) => other.globalId), title: "Us" });

async function canMessage(viewer: Person, other: Person): Promise<boolean | undefined> {
  const { user } = await world.read<{ user: { relationship: Relationship | null } | null }>(
    viewer,
    `query ($id: ID!) { user(id: $id) { relationship { ${RELATIONSHIP} } } }`,
    { id: other.globalId },
  );
  return user?.relationship?.canMessage;
}

const ruleIds = ({ userErrors }: { userErrors: readonly UserError[] }) =>
  userErrors.map(({ code, ruleId }) => `${code} ${ruleId}`);

describe("under 16", () => {
  let young: Person;
  let grown: Person;
  let friend: Person;
  beforeAll(async () => {
    young = await aged("young", FIFTEEN);
    grown = await aged("grown", SIXTEEN);
    friend = await aged("friend", "1990-01-01");
    await world.befriend(young, friend);
  });

  test("nobody writes to a person who is not a friend, and is told by which rule", async () => {
    expect(ruleIds(await write(young, grown))).toEqual(["NOT_ALLOWED_BY_POLICY messages-under-16"]);
    expect(await canMessage(young, grown)).toBe(false);
    const started = await mutate(world, young, "startConversation", { userIds: [grown.globalId] });
    expect(ruleIds(started)).toEqual(["NOT_ALLOWED_BY_POLICY messages-under-16"]);
  });

  test("nobody is written to by a person who is not a friend, who learns no more than of a closed inbox", async () => {
    const closed = await aged("closed", "1990-01-01");
    await world.privacy(closed, { messagesFrom: "NO_ONE" });
    const toClosed = await write(grown, closed);
    expect(codes(toClosed)).toEqual(["UNAVAILABLE"]);
    expect(await write(grown, young)).toEqual(toClosed);
    expect(await canMessage(grown, young)).toBe(false);
    expect(await canMessage(grown, closed)).toBe(false);
  });

  test("a video is not shared with a person who is not a friend, either way", async () => {
    const video = globalId("video", await world.video(grown));
    const share = async (from: Person, to: Person) => {
      const userIds = [to.globalId];
      const input = { videoId: video, userIds, nonce: randomUUID() };
      const { results } = await mutate(world, from, "shareVideo", input);
      return results.map(({ error }) => error?.code);
    };
    expect(await share(young, grown)).toEqual(["NOT_ALLOWED_BY_POLICY"]);
    expect(await share(grown, young)).toEqual(["UNAVAILABLE"]);
    expect(await share(young, friend)).toEqual([undefined]);
  });

  test("friends write to each other as everywhere", async () => {
    expect(codes(await write(young, friend))).toEqual([]);
    expect(codes(await write(friend, young))).toEqual([]);
    expect(await canMessage(young, friend)).toBe(true);
    expect(await canMessage(friend, young)).toBe(true);
  });

  test("whoever is a friend no longer can't go on in the conversation they had, and can when they are one again", async () => {
    const former = await aged("former", "1990-01-01");
    await world.befriend(young, former);
    const conversation = await world.direct(former, young);
    await world.say(former, conversation, "We are friends");
    await world.unfriend(former, young);
    expect(codes(await writeInto(former, conversation))).toEqual(["UNAVAILABLE"]);
    expect(codes(await write(former, young))).toEqual(["UNAVAILABLE"]);
    expect(ruleIds(await writeInto(young, conversation))).toEqual([
      "NOT_ALLOWED_BY_POLICY messages-under-16",
    ]);
    await world.befriend(young, former);
    expect(codes(await writeInto(former, conversation))).toEqual([]);
    expect(codes(await writeInto(young, conversation))).toEqual([]);
  });

  test("unblocking does not open the conversation that a friendship had", async () => {
    const former = await aged("blocked.once", "1990-01-01");
    await world.befriend(young, former);
    const conversation = await world.direct(former, young);
    await world.block(young, former);
    await mutate(world, young, "unblockUser", { userId: former.globalId });
    expect(codes(await writeInto(former, conversation))).toEqual(["UNAVAILABLE"]);
  });

  test("only friends add each other to groups, for two alone as for many", async () => {
    expect(ruleIds(await startGroup(young, grown))).toEqual(["NOT_ALLOWED_BY_POLICY groups-under-16"]);
    expect(codes(await startGroup(grown, young))).toEqual(["UNAVAILABLE"]);
    expect(codes(await startGroup(friend, young))).toEqual([]);
    const { conversation } = await startGroup(young, friend, grown);
    const people = conversation?.participants.nodes.map(({ user }) => user?.id);
    expect(people).toEqual(expect.arrayContaining([young.globalId, friend.globalId]));
    expect(people).toHaveLength(2);
  });

  test("an address book stays on the device", async () => {
    await expect(requireAllowed(world.as(young), "CONTACT_SYNC")).rejects.toMatchObject({
      code: "NOT_ALLOWED_BY_POLICY",
      details: { ruleId: "contacts-under-16" },
    });
    await requireAllowed(world.as(grown), "CONTACT_SYNC");
    await requireAllowed(world.as(young), "SUGGESTIONS");
  });
});

test("from the day of the 16th birthday on, everything is as for everybody, also in the conversations that were closed", async () => {
  const [one, other] = [await aged("almost", FIFTEEN), await aged("waiting", "1990-01-01")];
  await world.befriend(one, other);
  const conversation = await world.direct(one, other);
  await world.say(one, conversation, "We are friends");
  await world.unfriend(one, other);
  expect(codes(await writeInto(other, conversation))).toEqual(["UNAVAILABLE"]);
  await setBirthDate(one, SIXTEEN);
  expect(codes(await writeInto(other, conversation))).toEqual([]);
  expect(codes(await writeInto(one, conversation))).toEqual([]);
  expect(await canMessage(one, other)).toBe(true);
});

test("those of 16 and more who were friends go on talking, and one message alone has to ask for it", async () => {
  const [one, other] = [await aged("ex.one", "1990-01-01"), await aged("ex.other", "1990-01-01")];
  await world.befriend(one, other);
  const conversation = await world.direct(one, other);
  await world.say(one, conversation, "We are friends");
  await world.unfriend(one, other);
  const [asks] = await world.server.database.query<{ asks: boolean }>(
    "select asks_policy as asks from conversations where id = $1",
    [conversation],
  );
  expect(asks).toEqual({ asks: true });
  expect(codes(await writeInto(other, conversation))).toEqual([]);
  const [later] = await world.server.database.query<{ asks: boolean }>(
    "select asks_policy as asks from conversations where id = $1",
    [conversation],
  );
  expect(later).toEqual({ asks: false });
});

test("who never gave a birth date is taken for younger than every age that a rule names", async () => {
  const [unknown, other] = [await aged("unknown", null), await aged("known", "1990-01-01")];
  expect(ruleIds(await write(unknown, other))).toEqual(["NOT_ALLOWED_BY_POLICY messages-under-16"]);
  expect(codes(await write(other, unknown))).toEqual(["UNAVAILABLE"]);
});

describe("signing up", () => {
  const signUp = (handle: string, birthDate: string, country: string) =>
    mutate(world, null, "signUp", { handle, displayName: "A", password: PASSWORD, birthDate, country });

  test.each([
    ["FR", 15],
    ["DE", 16],
    ["KR", 14],
    ["US", 13],
  ])("in %s takes the age of %i: a day before it there is no account", async (country, age) => {
    const handle = `new.${country.toLowerCase()}`;
    const { userErrors, credentials, viewer } = await signUp(handle, bornFor(age, 1), country);
    expect({ userErrors, credentials, viewer }).toMatchObject({
      userErrors: [{ code: "NOT_ALLOWED_BY_POLICY", ruleId: "minimum-age", path: ["birthDate"] }],
      credentials: null,
      viewer: null,
    });
    expect(await world.server.database.query("select from handles where handle = $1", [handle])).toEqual([]);
    expect(codes(await signUp(handle, bornFor(age), country))).toEqual([]);
  });
});

test("nobody moves to a country that they are too young for, and whoever never gave a birth date may", async () => {
  const mover = await aged("mover", bornFor(14));
  const move = (country: string) => mutate(world, mover, "updateProfile", { country });
  expect(ruleIds(await move("DE"))).toEqual(["NOT_ALLOWED_BY_POLICY minimum-age"]);
  expect(codes(await move("AT"))).toEqual([]);
  await setBirthDate(mover, null);
  expect(codes(await move("DE"))).toEqual([]);
});

interface Policy {
  readonly country: string;
  readonly minimumAge: number;
  readonly rules: { id: string; feature: string; allowed: boolean; because: string }[];
}
const POLICY = "{ country minimumAge rules { id feature allowed because } }";

describe("a policy", () => {
  test("can be read by anybody: the rules of a country in their order, with its minimum age", async () => {
    const { marketPolicy } = await world.read<{ marketPolicy: Policy }>(
      null,
      `{ marketPolicy(country: "FR") ${POLICY} }`,
    );
    expect(marketPolicy).toEqual({
      country: "FR",
      minimumAge: 15,
      rules: rulesIn("FR").map(({ id, feature, allowed, because }) => ({ id, feature, allowed, because })),
    });
    expect(marketPolicy.rules.map(({ id }) => id)).not.toContain("contacts-cn");
    expect(rulesIn("CN").map(({ id }) => id)).toContain("contacts-cn");
  });

  test("of a viewer has the rules that hold at their age, and lists each that a refusal can name", async () => {
    const read = async (person: Person) => {
      const { viewer } = await world.read<{ viewer: { policy: Policy } }>(
        person,
        `{ viewer { policy ${POLICY} } }`,
      );
      return viewer.policy.rules.map(({ id }) => id);
    };
    const young = await read(await aged("reader", FIFTEEN));
    expect(young).toEqual(expect.arrayContaining(["messages-friends", "messages-under-16"]));
    expect(young).toEqual(expect.arrayContaining(["requests-under-16", "contacts-under-16"]));
    expect(young).not.toContain("direct-messages-everybody");
    const grown = await read(await aged("reader", SIXTEEN));
    expect(grown.filter((id) => id.endsWith("under-16"))).toEqual([]);
    expect(grown).toContain("direct-messages-everybody");
  });
});
