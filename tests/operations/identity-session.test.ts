/** Sessions of people who come by an identity provider: they end when they are ended, and passwords are of no use. */
import { jest } from "@jest/globals";
import { AccessTokens, type TokenIssuer } from "../../src/actions/tokens.ts";
import { RequestError } from "../../src/errors.ts";
import type { Viewer } from "../../src/viewer.ts";
import { send } from "../support/ask.ts";
import { TestProvider } from "../support/identity-provider.ts";
import type { TestServer } from "../support/server.ts";
import { connect, subscribe } from "../support/socket.ts";
import { PASSWORD, World } from "../support/world.ts";
import { REFUSED, refusal, startNode, until, WELCOME, who } from "./identities.ts";
import { codes, mutate } from "./mutations.ts";

let provider: TestProvider;
/** A world without an identity provider, on whose database the nodes with one are. */
let world: World;
let node: { server: TestServer };
let otherNode: { server: TestServer };
beforeAll(async () => {
  [provider, world] = await Promise.all([TestProvider.start(), World.start()]);
  [node, otherNode] = await Promise.all([startNode(world, provider), startNode(world, provider)]);
});
afterAll(async () => {
  for (const each of [node, otherNode]) await each?.server.stop();
  await world?.stop();
  provider?.stop();
});

describe("a session", () => {
  const SESSIONS = "{ viewer { sessions { id current } } }";
  interface Sessions {
    readonly viewer: { readonly sessions: { id: string; current: boolean }[] };
  }
  const sessions = async (token: string) =>
    (await send<Sessions>(node.server.url, token, SESSIONS)).data.viewer.sessions;

  test("is what `sid` names, and all its tokens are of one", async () => {
    const first = await provider.token("settling", { sid: "phone", jti: "1" });
    const second = await provider.token("settling", { sid: "phone", jti: "2" });
    const other = await provider.token("settling", { sid: "laptop", jti: "3" });
    for (const token of [first, second, other]) await who(token, node);
    expect(await sessions(first)).toHaveLength(2);
    const current = async (token: string) => (await sessions(token)).find((each) => each.current)?.id;
    expect(await current(first)).toBe(await current(second));
    expect(await current(other)).not.toBe(await current(first));
  });

  test("without a name is each token by itself, and what has run out makes room", async () => {
    const former = await provider.token("nameless", { jti: "1" });
    await who(former, node);
    await world.server.database.query(
      `update sessions s set expires_at = now() - interval '1 minute'
      from identities i where i.user_id = s.user_id and i.subject = 'nameless'`,
    );
    const token = await provider.token("nameless", { jti: "2" });
    await who(token, node);
    expect(await sessions(token)).toMatchObject([{ current: true }]);
    const rows = await world.server.database.query(
      "select from sessions s join identities i using (user_id) where i.subject = 'nameless'",
    );
    expect(rows).toHaveLength(1);
  });

  test("that is signed out of is over for its tokens of now and later, on every node, and other sessions go on", async () => {
    const token = await provider.token("leaving", { sid: "phone" });
    const other = await provider.token("leaving", { sid: "laptop" });
    for (const each of [token, other]) for (const on of [node, otherNode]) await who(each, on);
    expect(codes(await mutate(node, { token }, "signOut", {}))).toEqual([]);
    expect(await refusal(token, node)).toBe(REFUSED);
    await until(token, otherNode, REFUSED);
    const later = await provider.token("leaving", { sid: "phone", jti: "later" });
    for (const on of [node, otherNode]) {
      expect(await refusal(later, on)).toBe(REFUSED);
      expect(await refusal(other, on)).toBe(WELCOME);
    }
  });

  test("stays over when no node remembers its end any more", async () => {
    const token = await provider.token("forgotten", { sid: "phone" });
    await who(token, node);
    await mutate(node, { token }, "signOut", {});
    await world.server.database.query(
      `update sessions s set ended_at = now() - interval '1 hour'
      from identities i where i.user_id = s.user_id and i.subject = 'forgotten'`,
    );
    const fresh = await startNode(world, provider);
    expect(await refusal(token, fresh)).toBe(REFUSED);
    await fresh.server.stop();
  });

  test.each(["deleted_at", "suspended_at"])("is over for an account that has %s", async (column) => {
    const token = await provider.token(column, { sid: "phone" });
    const { user } = await who(token, node);
    await world.server.database.query(`update users set ${column} = now() where handle = $1`, [user.handle]);
    expect(await refusal(await provider.token(column, { sid: "laptop" }), node)).toBe(REFUSED);
    expect(await refusal(token, otherNode)).toBe(REFUSED);
  });

  test("closes its sockets when it is signed out of", async () => {
    const token = await provider.token("listening", { sid: "phone" });
    await who(token, node);
    const client = connect(node.server.url, token);
    const events = subscribe(client, "viewerEvents", "subscription { viewerEvents { __typename } }");
    await events.until(() => true);
    await mutate(otherNode, { token }, "signOut", {});
    await events.done;
    await client.dispose();
    expect(events.errors).toMatchObject([{ code: 4401 }]);
  });
});

describe("passwords", () => {
  const newcomer = {
    handle: "newcomer",
    displayName: "New",
    password: PASSWORD,
    birthDate: "1990-01-01",
    country: "DE",
  };

  test("are of no use: signing up, signing in, refreshing and changing one are FORBIDDEN", async () => {
    await world.person("with.password");
    const signIn = { handle: "with.password", password: PASSWORD };
    expect(codes(await mutate(node, null, "signUp", newcomer))).toEqual(["FORBIDDEN"]);
    expect(codes(await mutate(node, null, "signIn", signIn))).toEqual(["FORBIDDEN"]);
    const { credentials } = await mutate(world, null, "signIn", signIn);
    const refreshToken = credentials?.refreshToken;
    expect(codes(await mutate(node, null, "refreshSession", { refreshToken }))).toEqual(["FORBIDDEN"]);
    const somebody = { token: await provider.token("no.password") };
    const change = { currentPassword: PASSWORD, newPassword: "another password" };
    expect(codes(await mutate(node, somebody, "changePassword", change))).toEqual(["FORBIDDEN"]);
  });

  test("make nobody somebody who came by the provider, where there is no provider any more", async () => {
    const { user } = await who(await provider.token("stranded", { preferred_username: "stranded" }), node);
    const signIn = { handle: user.handle, password: PASSWORD };
    expect(codes(await mutate(world, null, "signIn", signIn))).toEqual(["INVALID"]);
  });
});

test("a deleted account comes back by signing in at the provider, and not by a new token of who had signed in before", async () => {
  const at = (minutes: number) => Math.floor(Date.now() / 1_000) + 60 * minutes;
  const before = await provider.token("leaving", { sid: "1", auth_time: at(-1) });
  const { user } = await who(before, node);
  const left = await mutate(node, { token: before }, "deleteAccount", { password: "", messages: "ERASE" });
  expect(codes(left)).toEqual([]);
  expect(await refusal(before, node)).toBe(REFUSED);
  expect(await refusal(await provider.token("leaving", { sid: "2" }), node)).toBe(REFUSED);
  expect(await refusal(await provider.token("leaving", { sid: "3", auth_time: at(-1) }), node)).toBe(REFUSED);
  expect(await refusal(await provider.token("leaving", { sid: "3", auth_time: 1e300 }), node)).toBe(REFUSED);
  const again = await provider.token("leaving", { sid: "4", auth_time: at(1) });
  expect((await who(again, otherNode)).user).toEqual(user);
});

describe("a token that is known", () => {
  const viewer: Viewer = { userId: "1", sessionId: "1", expiresAt: Number.MAX_SAFE_INTEGER };

  /** An issuer that counts, and lets nobody in once it is closed. */
  function counting() {
    const counts = { verified: 0, looked: 0, isClosed: false };
    const issuer: TokenIssuer = {
      async verify() {
        counts.verified++;
        return viewer;
      },
      async lookAgain() {
        counts.looked++;
        if (counts.isClosed) throw new RequestError("UNAUTHENTICATED", "Over.");
      },
    };
    return { counts, tokens: new AccessTokens(issuer) };
  }

  afterEach(() => {
    jest.useRealTimers();
  });

  test("is verified once, also when many ask at once, and looked at again every ten minutes", async () => {
    jest.useFakeTimers();
    const { counts, tokens } = counting();
    await Promise.all(Array.from({ length: 20 }, () => tokens.read("token", null)));
    expect(counts).toMatchObject({ verified: 1, looked: 0 });
    jest.advanceTimersByTime(9 * 60 * 1_000);
    await tokens.read("token", null);
    expect(counts).toMatchObject({ verified: 1, looked: 0 });
    jest.advanceTimersByTime(2 * 60 * 1_000);
    await Promise.all([tokens.read("token", null), tokens.read("token", null)]);
    expect(counts).toMatchObject({ verified: 1, looked: 1 });
    counts.isClosed = true;
    jest.advanceTimersByTime(11 * 60 * 1_000);
    await expect(tokens.read("token", null)).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  });
});
