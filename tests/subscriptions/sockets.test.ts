/** Sockets: who may have one and for how long, and what the server makes of what it is sent. */
import { SignJWT } from "jose";
import { signIn } from "../../src/actions/account.ts";
import { refreshSession, signOut } from "../../src/actions/session.ts";
import { globalId } from "../../src/ids.ts";
import { deriveKeys } from "../../src/secrets.ts";
import { send } from "../support/ask.ts";
import { TEST_SECRET } from "../support/server.ts";
import { PASSWORD, type Person, World } from "../support/world.ts";
import { RawSocket } from "./raw.ts";

/** The server promises a second. */
const SOON_MS = 30_000;
const NORMAL = 1000;
const UNAUTHORIZED = 4401;
const FORBIDDEN = 4403;
const BAD_REQUEST = 4400;

let world: World;
let maya: Person;
let leo: Person;
let pair: string;
beforeAll(async () => {
  world = await World.start();
  [maya, leo] = await world.people("maya", "leo");
  await world.befriend(maya, leo);
  pair = await world.direct(maya, leo);
});
const sockets: RawSocket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.terminate();
});
afterAll(() => world.stop());

function kept(socket: RawSocket): RawSocket {
  sockets.push(socket);
  return socket;
}
const open = async () => kept(await RawSocket.open(world.server.url));
const socketOf = async (token: string | null) => kept(await RawSocket.signIn(world.server.url, token));

const VIEWER = "{ viewer { user { handle } } }";
/** Whom the socket speaks for, which also shows that it works. */
async function speaksFor(socket: RawSocket): Promise<unknown> {
  const id = `viewer ${Math.random()}`;
  socket.begin(id, VIEWER);
  const { payload } = await socket.answer(id);
  const viewer = payload?.data?.viewer as { user: object } | null | undefined;
  return viewer?.user ?? null;
}

/** Another session of the same person. */
const session = (handle: string) => signIn(world.as(null), { handle, password: PASSWORD });

describe("a session that ends takes its sockets with it", () => {
  async function expectClosed(token: string, end: () => Promise<unknown>) {
    const [other, socket] = [await socketOf(maya.token), await socketOf(token)];
    socket.begin("events", "subscription { viewerEvents { __typename } }");
    await socket.answer("events");
    const endedAt = Date.now();
    await end();
    expect(await socket.closed).toBe(UNAUTHORIZED);
    expect(Date.now() - endedAt).toBeLessThan(SOON_MS);
    expect(await speaksFor(other)).toEqual({ handle: "maya" });
    const again = await open();
    again.init({ authorization: `Bearer ${token}` });
    expect(await again.closed).toBe(UNAUTHORIZED);
  }

  test("within a second of signing out, and other sessions stay", async () => {
    const token = (await session("maya")).credentials.accessToken;
    await expectClosed(token, async () => {
      const { errors } = await send(world.server.url, token, "mutation { signOut(input: {}) { signedOut } }");
      expect(errors).toEqual([]);
    });
  });

  test("within a second, also when it was ended on another node", async () => {
    const { viewer, credentials } = await session("maya");
    await expectClosed(credentials.accessToken, () => signOut({ ...world.as(maya), viewer }, {}));
  });

  test("when a refresh token comes a second time, for then it was stolen", async () => {
    const { credentials } = await session("maya");
    await expectClosed(credentials.accessToken, async () => {
      await refreshSession(world.as(null), credentials.refreshToken);
      await refreshSession(world.as(null), credentials.refreshToken).catch(() => {});
    });
  });
});

describe("a socket lives as long as its token", () => {
  const sign = (changes: { seconds?: number; key?: Uint8Array; issuer?: string }) =>
    new SignJWT({ sid: maya.viewer.sessionId })
      .setProtectedHeader({ alg: "HS256" })
      .setIssuer(changes.issuer ?? "kith")
      .setSubject(maya.id)
      .setExpirationTime(Math.floor(Date.now() / 1_000) + (changes.seconds ?? 60))
      .sign(changes.key ?? deriveKeys(TEST_SECRET).accessToken);
  const closingOf = async (payload: unknown) => {
    const socket = await open();
    socket.init(payload);
    return socket.closed;
  };

  test("and is closed when that expires, for a client to come back with a fresh one", async () => {
    const seconds = 6;
    const expiresAt = (Math.floor(Date.now() / 1_000) + seconds) * 1_000;
    const socket = await socketOf(await sign({ seconds }));
    expect(await speaksFor(socket)).toEqual({ handle: "maya" });
    expect(await socket.closed).toBe(FORBIDDEN);
    expect(Date.now()).toBeGreaterThanOrEqual(expiresAt - 5);
    expect(Date.now() - expiresAt).toBeLessThan(SOON_MS);
  });

  test("so one that has expired opens none, and the code says that a fresh one would", async () => {
    expect(await closingOf({ authorization: `Bearer ${await sign({ seconds: -1 })}` })).toBe(FORBIDDEN);
  });

  test("and what is no token of Kith's opens none", async () => {
    const { credentials } = await session("maya");
    const wrong = [
      "Bearer nonsense",
      maya.token,
      `Basic ${maya.token}`,
      `Bearer ${maya.token.slice(0, -2)}`,
      `Bearer ${credentials.refreshToken}`,
      `Bearer ${await sign({ key: new Uint8Array(32) })}`,
      `Bearer ${await sign({ issuer: "somebody else" })}`,
      `Bearer ${Buffer.from('{"alg":"none"}').toString("base64url")}.${maya.token.split(".")[1]}.`,
      7,
      { toString: "nonsense" },
    ];
    for (const authorization of wrong) {
      expect([authorization, await closingOf({ authorization })]).toEqual([authorization, UNAUTHORIZED]);
    }
  });

  test("without one it speaks for nobody, and can do what anybody can", async () => {
    const socket = await socketOf(null);
    expect(await speaksFor(socket)).toBeNull();
    socket.begin("user", '{ user(handle: "maya") { handle } }');
    expect((await socket.answer("user")).payload?.data).toEqual({ user: { handle: "maya" } });
    socket.begin("events", "subscription { viewerEvents { __typename } }");
    expect(await socket.refusal("events")).toEqual(["UNAUTHENTICATED"]);
  });
});

describe("over a socket", () => {
  test("queries and mutations work, beside one another and beside subscriptions", async () => {
    const [socket, listener] = [await socketOf(maya.token), await socketOf(leo.token)];
    listener.begin("all", "subscription { viewerEvents { ... on ViewerEvent { change { __typename } } } }");
    await listener.answer("all");
    const input = { conversationId: globalId("conversation", pair), body: "by socket", nonce: "by socket" };
    const say = `mutation ($input: SendMessageInput!) {
      sendMessage(input: $input) { message { body } duplicate userErrors { code } }
    }`;
    socket.begin("say", say, { input });
    expect((await socket.answer("say")).payload?.data).toEqual({
      sendMessage: { message: { body: "by socket" }, duplicate: false, userErrors: [] },
    });
    await socket.frame(({ id, type }) => id === "say" && type === "complete");
    await listener.frame(({ payload }) => JSON.stringify(payload ?? {}).includes("MessageSent"));
    expect(await speaksFor(listener)).toEqual({ handle: "leo" });
  });

  test("a document that is wrong or asks too much is refused with a code, and the socket stays", async () => {
    const socket = await socketOf(maya.token);
    const deep = `{ viewer { user { ${"friends(first: 1) { nodes { ".repeat(6)} id ${"} }".repeat(6)} } } }`;
    const user = "query ($handle: String!) { user(handle: $handle) { id } }";
    const node = "query ($id: ID!) { node(id: $id) { id } }";
    const page = "query ($first: Int!) { viewer { user { friends(first: $first) { nodes { id } } } } }";
    const wrong: Record<string, [code: string, query: string, variables?: Record<string, unknown>]> = {
      "no document": ["GRAPHQL_PARSE_FAILED", "{ viewer {"],
      empty: ["GRAPHQL_PARSE_FAILED", ""],
      "unknown field": ["GRAPHQL_VALIDATION_FAILED", "{ secrets }"],
      "two streams": [
        "GRAPHQL_VALIDATION_FAILED",
        "subscription { viewerEvents { __typename } messageReceived { cursor } }",
      ],
      "too deep": ["OPERATION_TOO_LARGE", deep],
      "too many tokens": ["OPERATION_TOO_LARGE", `{ ${"viewer { user { id } } ".repeat(700)} }`],
      "two operations": ["BAD_REQUEST", `query A ${VIEWER} query B ${VIEWER}`],
      "missing variable": ["BAD_USER_INPUT", node],
      "wrong variable": ["BAD_USER_INPUT", page, { first: "x" }],
      "too costly": ["OPERATION_TOO_LARGE", page, { first: 1_000_000 }],
      "no page": ["BAD_USER_INPUT", page, { first: -1 }],
      NUL: ["BAD_USER_INPUT", user, { handle: "a\0" }],
      "half a surrogate pair": ["BAD_USER_INPUT", user, { handle: "\ud800" }],
      "no id": ["BAD_USER_INPUT", node, { id: "1 or 1=1" }],
    };
    for (const [id, [code, query, variables]] of Object.entries(wrong)) {
      socket.begin(id, query, variables);
      expect([id, await socket.refusal(id)]).toEqual([id, [code]]);
    }
    expect(await speaksFor(socket)).toEqual({ handle: "maya" });
  });

  test("fifty operations can be open; one more is refused, and has room when another ends", async () => {
    const socket = await socketOf(maya.token);
    const subscription = "subscription { viewerEvents { __typename } }";
    for (let nr = 1; nr <= 50; nr++) socket.begin(`${nr}`, subscription);
    for (let nr = 1; nr <= 50; nr++) expect((await socket.answer(`${nr}`)).type).toBe("next");
    socket.begin("one more", subscription);
    expect(await socket.refusal("one more")).toEqual(["OPERATION_TOO_LARGE"]);
    socket.send({ type: "complete", id: "7" });
    socket.begin("again", subscription);
    expect((await socket.answer("again")).type).toBe("next");
    await world.say(leo, pair, "to all fifty");
    const isNews = ({ payload }: { payload?: object }) =>
      JSON.stringify(payload ?? {}).includes("ViewerEvent");
    await socket.frame(() => socket.frames.filter(isNews).length === 50);
    expect(socket.frames.filter(isNews).map(({ id }) => id)).not.toContain("7");
  });
});

describe("a client that does not keep to the protocol", () => {
  const closings: Record<string, [number, (socket: RawSocket) => void]> = {
    "by a frame above 64 KiB": [1009, (socket) => socket.send("x".repeat(64 * 1024 + 1))],
    "by a frame of 5 MB": [1009, (socket) => socket.send(Buffer.alloc(5_000_000))],
    "by a text that is no UTF-8": [1007, (socket) => socket.network.write(badText)],
    "by something else than JSON": [BAD_REQUEST, (socket) => socket.send("hello")],
    "by JSON that is no message": [BAD_REQUEST, (socket) => socket.send("null")],
    "by a message without a type": [BAD_REQUEST, (socket) => socket.send({ id: "1" })],
    "by a message of an unknown type": [BAD_REQUEST, (socket) => socket.send({ type: "shutdown" })],
    "by an operation without a document": [
      BAD_REQUEST,
      (socket) => socket.send({ type: "subscribe", id: "1", payload: {} }),
    ],
    "by saying twice who it is": [4429, (socket) => socket.init({})],
    "by two operations of one name": [
      4409,
      (socket) => {
        socket.begin("1", "subscription { viewerEvents { __typename } }");
        socket.begin("1", "subscription { viewerEvents { __typename } }");
      },
    ],
  };
  // A text frame of one byte that begins a character and does not end it, masked with zeros.
  const badText = Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0xc3]);

  test.each(Object.entries(closings))("is closed with a code: %s", async (_name, [code, offend]) => {
    const [other, socket] = [await socketOf(leo.token), await socketOf(maya.token)];
    offend(socket);
    expect(await socket.closed).toBe(code);
    expect(await speaksFor(other)).toEqual({ handle: "leo" });
    expect(await speaksFor(await socketOf(maya.token))).toEqual({ handle: "maya" });
  });

  test("is closed when it asks before it has said who it is, or in another protocol", async () => {
    const early = await open();
    early.begin("1", VIEWER);
    expect(await early.closed).toBe(UNAUTHORIZED);
    const other = RawSocket.open(world.server.url, "graphql-ws");
    await expect(other).rejects.toThrow("subprotocol");
  });

  test("gets no socket at another address", async () => {
    await expect(RawSocket.open(`${world.server.url}/elsewhere`)).rejects.toThrow("404");
  });

  test("can name its operations as it likes", async () => {
    const socket = await socketOf(maya.token);
    for (const id of ["__proto__", "constructor", " ", "a".repeat(1_000)]) {
      socket.begin(id, VIEWER);
      expect((await socket.answer(id)).payload?.data).toEqual({ viewer: { user: { handle: "maya" } } });
    }
    socket.send({ type: "complete", id: "never begun" });
    socket.send({ type: "ping" });
    await socket.frame(({ type }) => type === "pong");
    expect(await speaksFor(socket)).toEqual({ handle: "maya" });
  });
});

test("sockets that are closed, or break off in the middle of things, leave nothing behind", async () => {
  const openSockets = async () => {
    const metrics = await (await fetch(`${world.server.url}/metrics`)).text();
    return Number(/^kith_sockets (\d+)/m.exec(metrics)?.[1]);
  };
  const settle = async (count: number) => {
    for (const deadline = Date.now() + SOON_MS; (await openSockets()) !== count; ) {
      if (Date.now() > deadline) throw new Error(`There are ${await openSockets()}, and not ${count}.`);
    }
  };
  await settle(0);
  const all = await Promise.all(
    Array.from({ length: 20 }, () => RawSocket.signIn(world.server.url, maya.token)),
  );
  for (const socket of all) socket.begin("1", "subscription { viewerEvents { __typename } }");
  await settle(20);
  for (const [at, socket] of all.entries()) at % 2 === 0 ? socket.terminate() : socket.close();
  expect(new Set(await Promise.all(all.map(({ closed }) => closed)))).toEqual(new Set([1006, NORMAL]));
  await settle(0);
});
