/** Sessions: tokens that are refreshed, expire, and end, on every node. */
import { createSecretKey } from "node:crypto";
import { SignJWT } from "jose";
import { forgetSessions } from "../../src/actions/session-end.ts";
import { globalId } from "../../src/ids.ts";
import { deriveKeys } from "../../src/secrets.ts";
import { send } from "../support/ask.ts";
import { startTestServer, TEST_SECRET, type TestServer } from "../support/server.ts";
import { PASSWORD, World } from "../support/world.ts";
import { type Credentials, codes, documentOf, mutate, type Node, type Payload } from "./mutations.ts";

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

function given({ credentials, userErrors }: Payload<"signIn">): Credentials {
  if (credentials === null) throw new Error(`There are no credentials: ${JSON.stringify(userErrors)}`);
  return credentials;
}

/** A new session of somebody, who is signed up when first named. */
async function session(handle: string): Promise<Credentials & { token: string }> {
  await world.person(handle);
  const credentials = given(await mutate(world, null, "signIn", { handle, password: PASSWORD }));
  return { ...credentials, token: credentials.accessToken };
}
const refresh = (refreshToken: string, node: Node = world) =>
  mutate(node, null, "refreshSession", { refreshToken });

const WHO = "{ viewer { user { handle } } }";
type Who = { viewer: { user: { handle: string } } | null };

/** What a request with this token is told: whom it names, or the refusal. */
async function whoIs(accessToken: string, node: Node = world): Promise<string | undefined> {
  const { data, errors, status } = await send<Who>(node.server.url, accessToken, WHO);
  const [error] = errors;
  return error === undefined ? data.viewer?.user.handle : `${status} ${error.extensions.code}`;
}

const REFUSED = "401 UNAUTHENTICATED";
async function untilRefused(accessToken: string, node: Node): Promise<void> {
  const patience = Date.now() + 10_000;
  while ((await whoIs(accessToken, node)) !== REFUSED) {
    if (Date.now() > patience) throw new Error("The token of an ended session is still good.");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe("a refresh token", () => {
  test("brings new credentials, and the session goes on", async () => {
    const first = await session("fresh");
    const next = given(await refresh(first.refreshToken));
    expect(next.refreshToken).not.toBe(first.refreshToken);
    expect(await whoIs(next.accessToken)).toBe("fresh");
    expect(await whoIs(first.accessToken)).toBe("fresh");
    expect(given(await refresh(next.refreshToken)).refreshToken).not.toBe(next.refreshToken);
  });

  test("that is used a second time was stolen: the whole session ends, for the thief and for the person", async () => {
    const first = await session("ann");
    const next = given(await refresh(first.refreshToken));
    expect(codes(await refresh(first.refreshToken))).toEqual(["EXPIRED"]);
    expect(codes(await refresh(next.refreshToken))).toEqual(["EXPIRED"]);
    for (const { accessToken } of [first, next]) expect(await whoIs(accessToken)).toBe(REFUSED);
    await untilRefused(next.accessToken, otherNode);
  });

  test("that is used twice at the same moment, on two nodes, is good once and ends the session", async () => {
    const { refreshToken } = await session("ann");
    const answers = await Promise.all([refresh(refreshToken), refresh(refreshToken, otherNode)]);
    expect(answers.map(codes).sort()).toEqual([[], ["EXPIRED"]]);
    const winner = answers.find(({ credentials }) => credentials !== null);
    if (winner === undefined) throw new Error("Nobody won.");
    expect(codes(await refresh(given(winner).refreshToken))).toEqual(["EXPIRED"]);
    for (const node of [world, otherNode] as const) await untilRefused(given(winner).accessToken, node);
  });

  test("that Kith never made is refused, and ends nobody's session", async () => {
    const { refreshToken, accessToken } = await session("unharmed");
    const forged = `${refreshToken.slice(0, -2)}${refreshToken.endsWith("AA") ? "BB" : "AA"}`;
    for (const token of ["", "x", "1.2.3.4", forged, `${refreshToken} `]) {
      expect(codes(await refresh(token))).toEqual(["EXPIRED"]);
    }
    expect(await whoIs(accessToken)).toBe("unharmed");
    expect(codes(await refresh(refreshToken))).toEqual([]);
  });

  test("is good for 30 days, from each refresh on", async () => {
    const { refreshToken, refreshTokenExpiresAt } = await session("away");
    const days = (Date.parse(refreshTokenExpiresAt) - Date.now()) / (24 * 60 * 60 * 1_000);
    expect(Math.round(days)).toBe(30);
    await world.server.database.query(
      `update sessions s set expires_at = now() - interval '1 second'
      from handles h where h.user_id = s.user_id and h.handle = 'away'`,
    );
    expect(codes(await refresh(refreshToken))).toEqual(["EXPIRED"]);
  });
});

/** The id of the session behind a token, as its owner's list of sessions will have it. */
function sessionIdOf(accessToken: string): string {
  const claims = JSON.parse(Buffer.from(accessToken.split(".")[1] ?? "", "base64url").toString());
  return globalId("session", claims.sub, claims.sid);
}

describe("signing out", () => {
  test("ends this session and no other, at once here and soon on every node", async () => {
    const [here, elsewhere] = [await session("bea"), await session("bea")];
    expect(await mutate(world, here, "signOut", {})).toEqual({ signedOut: true, userErrors: [] });
    expect(await whoIs(here.token)).toBe(REFUSED);
    await untilRefused(here.token, otherNode);
    expect(codes(await refresh(here.refreshToken))).toEqual(["EXPIRED"]);
    expect(await whoIs(elsewhere.token)).toBe("bea");
    expect(codes(await refresh(elsewhere.refreshToken))).toEqual([]);
  });

  test("can end another of one's own sessions", async () => {
    const [here, elsewhere] = [await session("cleo"), await session("cleo")];
    await mutate(world, here, "signOut", { sessionId: sessionIdOf(elsewhere.token) });
    expect(await whoIs(elsewhere.token)).toBe(REFUSED);
    expect(codes(await refresh(elsewhere.refreshToken))).toEqual(["EXPIRED"]);
    expect(await whoIs(here.token)).toBe("cleo");
  });

  test("can't end somebody else's session", async () => {
    const [mine, theirs] = [await session("dan"), await session("eve")];
    await mutate(world, mine, "signOut", { sessionId: sessionIdOf(theirs.token) });
    expect(await whoIs(theirs.token)).toBe("eve");
    expect(codes(await refresh(theirs.refreshToken))).toEqual([]);
    expect(await whoIs(mine.token)).toBe("dan");
  });

  test("everywhere ends all of one's sessions, and nobody else's", async () => {
    const mine = [await session("fay"), await session("fay"), await session("fay")] as const;
    const theirs = await session("eve");
    await mutate(otherNode, mine[0], "signOut", { everywhere: true });
    for (const { token, refreshToken } of mine) {
      expect(await whoIs(token, otherNode)).toBe(REFUSED);
      await untilRefused(token, world);
      expect(codes(await refresh(refreshToken))).toEqual(["EXPIRED"]);
    }
    expect(await whoIs(theirs.token)).toBe("eve");
    expect(await whoIs((await session("fay")).token)).toBe("fay");
  });

  test("leaves nothing of a session a day later, and nothing else goes", async () => {
    const [here, out] = [await session("ian"), await session("ian")];
    await mutate(world, out, "signOut", {});
    const left = async () => {
      await forgetSessions(world.as(null), new AbortController().signal);
      const rows = await world.server.database.query<{ id: string }>(
        "select id from sessions where user_id = $1",
        [(await world.person("ian")).id],
      );
      return rows.length;
    };
    expect(await left()).toBe(3);
    await world.server.database.query("update sessions set ended_at = ended_at - interval '25 hours'");
    expect(await left()).toBe(2);
    expect(codes(await refresh(out.refreshToken))).toEqual(["EXPIRED"]);
    expect(codes(await refresh(here.refreshToken))).toEqual([]);
  });

  test("is for those who are signed in", async () => {
    const { errors } = await world.ask(null, documentOf("signOut"), { input: {} });
    expect(errors).toMatchObject([{ extensions: { code: "UNAUTHENTICATED" } }]);
  });
});

describe("an access token", () => {
  const keys = deriveKeys(TEST_SECRET);
  const inAnHour = Math.floor(Date.now() / 1_000) + 3_600;
  const token = async (
    handle: string,
    { seconds = inAnHour, key = keys.accessToken, issuer = "kith", alg = "HS256" },
  ) => {
    const { viewer } = await world.person(handle);
    return new SignJWT({ sid: viewer.sessionId })
      .setProtectedHeader({ alg })
      .setIssuer(issuer)
      .setSubject(viewer.userId)
      .setExpirationTime(seconds)
      .sign(key);
  };
  const expired = (handle: string) => token(handle, { seconds: Math.floor(Date.now() / 1_000) - 1 });

  test("lives 15 minutes", async () => {
    const { accessTokenExpiresAt } = await session("ann");
    expect(Math.round((Date.parse(accessTokenExpiresAt) - Date.now()) / 60_000)).toBe(15);
  });

  test("that has expired is told so, for the client to refresh the session", async () => {
    expect(await whoIs(await expired("ann"))).toBe("401 TOKEN_EXPIRED");
  });

  test("that has expired is in nobody's way to sign up, to sign in and to refresh", async () => {
    const old = { token: await expired("gus") };
    const { refreshToken } = await session("gus");
    const account = {
      handle: "gus.two",
      displayName: "Gus",
      password: PASSWORD,
      birthDate: "1990-01-01",
      country: "DE",
    };
    given(await mutate(world, old, "signIn", { handle: "gus", password: PASSWORD }));
    given(await mutate(world, old, "signUp", account));
    given(await mutate(world, old, "refreshSession", { refreshToken }));
  });

  test("that has expired does nothing else, not even beside signing in", async () => {
    const both = `mutation ($input: SignInInput!) { signIn(input: $input) { userErrors { code } } signOut(input: {}) { signedOut } }`;
    const input = { handle: "gus", password: PASSWORD };
    await world.person("gus");
    const answer = await send(world.server.url, await expired("gus"), both, { input });
    expect(answer).toMatchObject({ status: 401, errors: [{ extensions: { code: "TOKEN_EXPIRED" } }] });
    expect(answer.data ?? null).toBeNull();
  });

  const unsigned = [{ alg: "none" }, { iss: "kith", sub: "1", sid: "1", exp: inAnHour }]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  test.each<[string, () => Promise<string> | string]>([
    ["is no token at all", () => "nonsense"],
    ["is not signed", () => `${unsigned}.`],
    ["is signed by somebody else", () => token("ann", { key: createSecretKey(new Uint8Array(32)) })],
    ["is signed with the key of refresh tokens", () => token("ann", { key: keys.refreshToken })],
    ["is signed in another way", () => token("ann", { alg: "HS512" })],
    ["was issued by another service", () => token("ann", { issuer: "other" })],
    ["is a refresh token", async () => (await session("ann")).refreshToken],
  ])("that %s is refused", async (_, make) => {
    expect(await whoIs(await make())).toBe(REFUSED);
  });

  test.each(["Bearer", "Bearer ", "Basic YTpi", "Token x", "x"])(
    "is not written %j",
    async (authorization) => {
      const response = await fetch(`${world.server.url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization },
        body: JSON.stringify({ query: WHO }),
      });
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "UNAUTHENTICATED" } }] });
    },
  );

  test("is not needed to look around, and without one there is no viewer", async () => {
    expect((await world.ask(null, WHO)).data).toEqual({ viewer: null });
  });
});
