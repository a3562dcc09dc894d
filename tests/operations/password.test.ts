/** Passwords, and the sessions that they open: where somebody is signed in. */
import { globalId } from "../../src/ids.ts";
import { send } from "../support/ask.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { connect, subscribe } from "../support/socket.ts";
import { PASSWORD, World } from "../support/world.ts";
import { codes, documentOf, mutate, type Payload, SESSION, type Session } from "./mutations.ts";

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

const signIn = (handle: string, password = PASSWORD) => mutate(world, null, "signIn", { handle, password });

interface Open {
  readonly id: string;
  readonly token: string;
  readonly refreshToken: string;
}

/** One more session of somebody, who is signed up when first named. */
async function session(handle: string, password = PASSWORD): Promise<Open> {
  await world.person(handle);
  const { credentials, userErrors } = await signIn(handle, password);
  if (credentials === null) throw new Error(`There are no credentials: ${JSON.stringify(userErrors)}`);
  const [, claims = ""] = credentials.accessToken.split(".");
  const { sub, sid } = JSON.parse(Buffer.from(claims, "base64url").toString()) as Record<string, string>;
  return {
    id: globalId("session", sub ?? "", sid ?? ""),
    token: credentials.accessToken,
    refreshToken: credentials.refreshToken,
  };
}

async function sessionsOf({ token }: { token: string }): Promise<Session[]> {
  const question = `{ viewer { sessions { ${SESSION} } } }`;
  return (await world.read<{ viewer: { sessions: Session[] } }>({ token } as never, question)).viewer
    .sessions;
}
const ids = (sessions: readonly { id: string }[]) => sessions.map(({ id }) => id);

async function isRefused({ token }: Open, node = world as { server: { url: string } }): Promise<boolean> {
  const { status } = await send(node.server.url, token, "{ viewer { user { id } } }");
  return status === 401;
}
async function untilRefused(open: Open, node: { server: { url: string } }): Promise<void> {
  const patience = Date.now() + 10_000;
  while (!(await isRefused(open, node))) {
    if (Date.now() > patience) throw new Error("The token of an ended session is still good.");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe("the list of sessions", () => {
  test("has where the viewer is signed in, newest use first, and says which of them is this one", async () => {
    const { viewer } = await world.person("ann");
    const [first, second] = [await session("ann"), await session("ann")];
    await mutate(world, null, "refreshSession", { refreshToken: first.refreshToken });
    const list = await sessionsOf(second);
    expect(ids(list)).toEqual([first.id, second.id, globalId("session", viewer.userId, viewer.sessionId)]);
    expect(list.map(({ current }) => current)).toEqual([false, true, false]);
    expect(list.map(({ lastUsedAt }) => lastUsedAt)).toEqual(
      list
        .map(({ lastUsedAt }) => lastUsedAt)
        .sort()
        .reverse(),
    );
    const [used] = list;
    expect(Date.parse(used?.lastUsedAt ?? "")).toBeGreaterThan(Date.parse(used?.createdAt ?? ""));
  });

  test("says of each what its client said it is", async () => {
    await world.person("agent");
    const response = await fetch(`${world.server.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", "user-agent": "A telephone" },
      body: JSON.stringify({
        query: documentOf("signIn"),
        variables: { input: { handle: "agent", password: PASSWORD } },
      }),
    });
    const { data } = (await response.json()) as { data: { signIn: Payload<"signIn"> } };
    const [newest] = await sessionsOf({ token: data.signIn.credentials?.accessToken ?? "" });
    expect(newest).toMatchObject({ userAgent: "A telephone", current: true });
  });

  test("has no session that has ended: signed out, signed out from afar, stolen, or out of time", async () => {
    const [here, out, afar, stolen, old] = [
      await session("bob"),
      await session("bob"),
      await session("bob"),
      await session("bob"),
      await session("bob"),
    ];
    await mutate(world, out, "signOut", {});
    await mutate(world, here, "signOut", { sessionId: afar.id });
    await mutate(world, null, "refreshSession", { refreshToken: stolen.refreshToken });
    await mutate(world, null, "refreshSession", { refreshToken: stolen.refreshToken });
    await world.server.database.query(
      `update sessions set expires_at = now() - interval '1 second' where id = (select max(id) from sessions)`,
    );
    const list = ids(await sessionsOf(here));
    expect(list).toContain(here.id);
    for (const { id } of [out, afar, stolen, old]) expect(list).not.toContain(id);
  });

  test("is this session alone after signing out everywhere and in again", async () => {
    const [one] = [await session("cleo"), await session("cleo")];
    await mutate(world, one, "signOut", { everywhere: true });
    const again = await session("cleo");
    expect(ids(await sessionsOf(again))).toEqual([again.id]);
  });

  test("is for its owner alone, also by the ids in it", async () => {
    const [mine, theirs] = [await session("dan"), await session("eve")];
    const node = (id: string, token: string | null) =>
      send<{ node: Session | null }>(
        world.server.url,
        token,
        `{ node(id: "${id}") { id ... on Session { current } } }`,
      );
    expect((await node(mine.id, mine.token)).data).toEqual({ node: { id: mine.id, current: true } });
    expect((await node(mine.id, theirs.token)).data).toEqual({ node: null });
    expect((await node(mine.id, null)).data).toEqual({ node: null });
    await mutate(world, mine, "signOut", {});
    const another = await session("dan");
    expect((await node(mine.id, another.token)).data).toEqual({ node: null });
    expect(ids(await sessionsOf(theirs))).not.toContain(another.id);
  });

  test("has 100 sessions at most: one more ends the one that was not used for longest", async () => {
    const oldest = await session("fay");
    await world.server.database.query(
      `insert into sessions (user_id, id, refresh_hash, last_used_at, expires_at)
      select $1, 1000 + n, '\\x00', now() + n * interval '1 millisecond', now() + interval '30 days'
      from generate_series(1, 98) n`,
      [(await world.person("fay")).id],
    );
    // With the one that signing up has opened there are a hundred.
    expect(await sessionsOf(oldest)).toHaveLength(100);
    const [newer, newest] = [await session("fay"), await session("fay")];
    const list = ids(await sessionsOf(newest));
    expect(list).toHaveLength(100);
    expect(list).not.toContain(oldest.id);
    expect(list).toContain(newer.id);
    expect(await isRefused(oldest)).toBe(true);
    await untilRefused(oldest, otherNode);
  });
});

describe("changing the password", () => {
  const NEW = "another password for tests";
  const change = (who: Open, currentPassword: string, newPassword: string) =>
    mutate(world, who, "changePassword", { currentPassword, newPassword });

  test("lets the new one in and the old one no more", async () => {
    const here = await session("gus");
    const { viewer, userErrors } = await change(here, PASSWORD, NEW);
    expect(userErrors).toEqual([]);
    expect(ids(viewer?.sessions ?? [])).toEqual([here.id]);
    expect(codes(await signIn("gus"))).toEqual(["INVALID"]);
    expect(codes(await signIn("gus", NEW))).toEqual([]);
  });

  test("ends all other sessions within a second, on every node, with their sockets and their refresh tokens", async () => {
    const [here, other] = [await session("hal"), await session("hal")];
    const client = connect(otherNode.server.url, other.token);
    const question = "subscription { viewerEvents { ... on StreamOpened { cursor } } }";
    const stream = subscribe(client, "viewerEvents", question);
    await stream.until(() => true, "the opening of the stream");
    expect(codes(await change(here, PASSWORD, NEW))).toEqual([]);
    expect(await isRefused(other)).toBe(true);
    await untilRefused(other, otherNode);
    await stream.done;
    expect(codes(await mutate(world, null, "refreshSession", { refreshToken: other.refreshToken }))).toEqual([
      "EXPIRED",
    ]);
    expect(await isRefused(here)).toBe(false);
    expect(codes(await mutate(world, null, "refreshSession", { refreshToken: here.refreshToken }))).toEqual(
      [],
    );
    await client.dispose();
  });

  test("takes the current one, or nothing happens", async () => {
    const [here, other] = [await session("ida"), await session("ida")];
    const { viewer, userErrors } = await change(here, "not her password", NEW);
    expect(viewer).toBeNull();
    expect(userErrors).toMatchObject([{ code: "INVALID", path: ["currentPassword"] }]);
    expect(await isRefused(other)).toBe(false);
    expect(codes(await signIn("ida"))).toEqual([]);
  });

  test.each([
    [9, ["INVALID"]],
    [10, []],
    [128, []],
    [129, ["INVALID"]],
  ])("to one of %i characters: %j", async (length, expected) => {
    const answer = await change(await session(`long${length}`), PASSWORD, "p".repeat(length));
    expect(codes(answer)).toEqual(expected);
    if (expected.length > 0) expect(answer.userErrors[0]?.path).toEqual(["newPassword"]);
  });

  test("from two places at the same moment leaves one password and one session", async () => {
    const [one, other] = [await session("joe"), await session("joe")];
    const answers = await Promise.all([
      change(one, PASSWORD, "one's new password"),
      mutate(otherNode, other, "changePassword", {
        currentPassword: PASSWORD,
        newPassword: "other's new password",
      }),
    ]);
    const kept = answers.map(codes);
    expect(kept.filter((refused) => refused.length === 0)).toHaveLength(1);
    const winner = kept[0]?.length === 0 ? one : other;
    expect(ids(await sessionsOf(winner))).toEqual([winner.id]);
    await untilRefused(winner === one ? other : one, world);
  });

  test("leaves no session behind that the old one was about to open", async () => {
    for (let turn = 0; turn < 5; turn++) {
      const here = await session(`race${turn}`);
      const [changed, ...late] = await Promise.all([
        change(here, PASSWORD, NEW),
        signIn(`race${turn}`),
        mutate(otherNode, null, "signIn", { handle: `race${turn}`, password: PASSWORD }),
        signIn(`race${turn}`),
      ]);
      expect(codes(changed)).toEqual([]);
      expect(ids(await sessionsOf(here))).toEqual([here.id]);
      for (const { credentials } of late) {
        if (credentials === null) continue;
        await untilRefused({ id: "", token: credentials.accessToken, refreshToken: "" }, world);
      }
    }
  });

  test("is for those who are signed in", async () => {
    const input = { currentPassword: PASSWORD, newPassword: NEW };
    const { errors } = await world.ask(null, documentOf("changePassword"), { input });
    expect(errors).toMatchObject([{ extensions: { code: "UNAUTHENTICATED" } }]);
  });

  test("of an account that has none is answered as a wrong one is, and signing in to it too", async () => {
    const here = await session("outsider");
    await world.server.database.query("update accounts set password_hash = null where user_id = $1", [
      (await world.person("outsider")).id,
    ]);
    const refused = await change(here, PASSWORD, NEW);
    expect(refused.userErrors).toMatchObject([{ code: "INVALID", path: ["currentPassword"] }]);
    expect(await signIn("outsider")).toEqual(await signIn("nobody.here"));
  });
});
