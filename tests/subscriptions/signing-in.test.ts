/** The place in the log that comes with signing in: whose it is, and that nothing falls between it and what is read. */
import { setTimeout as sleep } from "node:timers/promises";
import { decodeEventCursor } from "../../src/event-cursor.ts";
import { HeldTable } from "../support/held-table.ts";
import { PASSWORD, type Person, World } from "../support/world.ts";
import { Streams } from "./streams.ts";

interface SignedIn {
  readonly credentials: { readonly refreshToken: string } | null;
  readonly viewer: {
    readonly eventCursor: string;
    readonly user: { readonly handle: string };
    readonly conversations?: { readonly nodes: readonly { readonly title: string | null }[] };
  } | null;
}

const VIEWER = "credentials { refreshToken } viewer { eventCursor user { handle } }";
const SIGN_IN = `mutation ($input: SignInInput!) { signIn(input: $input) { ${VIEWER} } }`;
const REFRESH = `mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) { ${VIEWER} } }`;
const SIGN_UP = `mutation ($input: SignUpInput!) { signUp(input: $input) { ${VIEWER} } }`;
const SIGN_IN_BOTH = `mutation ($maya: SignInInput!, $leo: SignInInput!) {
  maya: signIn(input: $maya) { ${VIEWER} }
  leo: signIn(input: $leo) { ${VIEWER} }
}`;
const SIGN_IN_AND_READ = `mutation ($input: SignInInput!) {
  signIn(input: $input) {
    credentials { refreshToken }
    viewer { eventCursor user { handle } conversations { nodes { title } } }
  }
}`;

let world: World;
let streams: Streams;
let maya: Person;
let leo: Person;
let group: string;
beforeAll(async () => {
  world = await World.start();
  streams = new Streams(world);
  [maya, leo] = await world.people("maya", "leo");
  group = await world.group(maya, [leo], "Before");
  await world.say(maya, group, "hello");
});
afterEach(() => streams.close());
afterAll(() => world.stop());

const named = ({ handle }: Person) => ({ handle, password: PASSWORD });

/** What came with signing in as this person opens their log where it stands. */
async function expectPlaceOf(person: Person, signedIn: SignedIn | undefined): Promise<void> {
  const after = signedIn?.viewer?.eventCursor;
  expect(signedIn?.viewer).toEqual({
    eventCursor: await streams.cursorOf(person),
    user: { handle: person.handle },
  });
  const { items } = await streams.opened(person, after);
  expect(items).toEqual([{ __typename: "StreamOpened", cursor: after, resumed: true }]);
}

test("whoever signs in, signs up or refreshes is given their own place, also with the token of somebody else", async () => {
  for (const other of [null, maya]) {
    const { signIn } = await world.read<{ signIn: SignedIn }>(other, SIGN_IN, { input: named(leo) });
    await expectPlaceOf(leo, signIn);
    const input = { refreshToken: signIn.credentials?.refreshToken };
    const { refreshSession } = await world.read<{ refreshSession: SignedIn }>(other, REFRESH, { input });
    await expectPlaceOf(leo, refreshSession);
    const account = { displayName: "New", birthDate: "1990-01-01", country: "DE", password: PASSWORD };
    const handle = other === null ? "new.alone" : "new.beside";
    const { signUp } = await world.read<{ signUp: SignedIn }>(other, SIGN_UP, {
      input: { ...account, handle },
    });
    const [row] = await world.server.database.query<{ id: string }>(
      "select user_id as id from handles where handle = $1",
      [handle],
    );
    expect(decodeEventCursor(signUp.viewer?.eventCursor ?? "").viewerId).toBe(row?.id);
  }
});

test("two who sign in with one request are given a place each", async () => {
  const variables = { maya: named(maya), leo: named(leo) };
  // By the third time the operation is compiled.
  for (let time = 1; time <= 3; time++) {
    const both = await world.read<{ maya: SignedIn; leo: SignedIn }>(maya, SIGN_IN_BOTH, variables);
    await expectPlaceOf(maya, both.maya);
    await expectPlaceOf(leo, both.leo);
  }
});

test("what happens while somebody signs in is in what they read, or comes after their place", async () => {
  const logs = await HeldTable.hold(world.server.database.url, "viewer_logs");
  const signingIn = world.read<{ signIn: SignedIn }>(null, SIGN_IN_AND_READ, { input: named(leo) });
  await logs.waiting(1);
  // Whatever is asked for beside the place is read by now.
  await sleep(500);
  await logs.query("update conversations set title = 'After' where id = $1", [group]);
  await logs.query("update viewer_logs set position = position + 1 where viewer_id = $1", [leo.id]);
  await logs.query(
    `insert into viewer_events (viewer_id, position, kind, ids)
     select viewer_id, position, 'CONVERSATION_CHANGED', array[$2::bigint] from viewer_logs where viewer_id = $1`,
    [leo.id, group],
  );
  await logs.release();
  const { viewer } = (await signingIn).signIn;
  // Nothing comes after their place: what they have read must have it.
  expect(viewer).toMatchObject({
    eventCursor: await streams.cursorOf(leo),
    conversations: { nodes: [{ title: "After" }] },
  });
});

test("credentials come also where the place can't be read, which is an error of its own", async () => {
  const logs = await HeldTable.hold(world.server.database.url, "viewer_logs");
  const signingIn = world.ask<{ signIn: SignedIn }>(null, SIGN_IN, { input: named(leo) });
  for (const pid of await logs.waiting(1)) await logs.query("select pg_cancel_backend($1)", [pid]);
  const { data, errors } = await signingIn;
  await logs.release();
  expect(errors).toMatchObject([
    { path: ["signIn", "viewer", "eventCursor"], extensions: { code: "SERVICE_UNAVAILABLE" } },
  ]);
  expect(data.signIn).toEqual({ credentials: { refreshToken: expect.any(String) }, viewer: null });
});
