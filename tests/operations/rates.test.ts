/** Rates: what is done too often is refused with a time to come back. */
import { databaseRates, NO_RATES } from "../../src/db/rates.ts";
import { networkOf, OPERATION_RATE, RATES } from "../../src/rates.ts";
import { deriveKeys } from "../../src/secrets.ts";
import { send } from "../support/ask.ts";
import { startTestServer, TEST_SECRET, type TestServer } from "../support/server.ts";
import { connect, subscribe } from "../support/socket.ts";
import { PASSWORD, World } from "../support/world.ts";
import { codes, documentOf, mutate, type Payload, type UserError } from "./mutations.ts";

let world: World;
/** Two nodes that keep to the limits, behind one proxy that they trust. */
let one: { server: TestServer };
let two: { server: TestServer };
/** A node that faces the network itself. */
let bare: { server: TestServer };
beforeAll(async () => {
  world = await World.start();
  const { database } = world.server;
  const start = async (trustedProxies: number) => ({
    server: await startTestServer({ demo: false, database, config: { rateLimits: true, trustedProxies } }),
  });
  [one, two, bare] = await Promise.all([start(1), start(1), start(0)]);
});
afterAll(async () => {
  for (const node of [one, two, bare]) await node?.server.stop();
  await world?.stop();
});

/** Runs a mutation as nobody, from an address as the proxy in front tells it. */
async function from<Name extends "signIn" | "signUp" | "refreshSession">(
  forwarded: string,
  name: Name,
  input: Record<string, unknown>,
  node = one,
): Promise<Payload<Name>> {
  const response = await fetch(`${node.server.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-forwarded-for": forwarded },
    body: JSON.stringify({ query: documentOf(name), variables: { input } }),
  });
  const { data } = (await response.json()) as { data: Record<Name, Payload<Name>> };
  return data[name];
}

const wrongPassword = (forwarded: string, handle: string, node = one) =>
  from(forwarded, "signIn", { handle, password: "not the password" }, node);
const rightPassword = (forwarded: string, handle: string, node = one) =>
  from(forwarded, "signIn", { handle, password: PASSWORD }, node);
const newcomer = (handle: string) => ({
  handle,
  displayName: handle,
  password: PASSWORD,
  birthDate: "1990-01-01",
  country: "DE",
});

/** How many seconds a refusal asks to wait. */
function secondsToWait({ userErrors }: { readonly userErrors: readonly UserError[] }): number {
  return (Date.parse(userErrors[0]?.retryAt ?? "") - Date.now()) / 1_000;
}

const TOO_MANY = ["TOO_MANY_REQUESTS"];

test("moments are posted so often in an hour, on all nodes together; what is shown already is found all the same", async () => {
  const ann = await world.person("posts.moments");
  const post = (nr: number, node = one) =>
    mutate(node, ann, "postMoment", { text: `Moment ${nr}`, nonce: String(nr) });
  for (let nr = 0; nr < RATES.postMoment.points; nr++) {
    const { moment, userErrors } = await post(nr, nr % 2 === 0 ? one : two);
    expect(userErrors).toEqual([]);
    // The first stays; all of them would be more than are shown at a time.
    if (nr > 0) await mutate(one, ann, "deleteMoment", { momentId: moment?.id });
  }
  const refused = await post(RATES.postMoment.points, two);
  expect(codes(refused)).toEqual(TOO_MANY);
  expect(secondsToWait(refused)).toBeLessThanOrEqual(RATES.postMoment.seconds);
  expect((await post(0)).moment?.text).toBe("Moment 0");
});

describe("signing in", () => {
  test("fails ten times for a handle, and is then held back from there for a quarter of an hour, on every node", async () => {
    await world.person("ann");
    for (let at = 0; at < RATES.signInFailure.points; at++) {
      expect(codes(await wrongPassword("192.0.2.1", "ann", at % 2 === 0 ? one : two))).toEqual(["INVALID"]);
    }
    for (const node of [one, two]) {
      const refused = await rightPassword("192.0.2.1", "ANN", node);
      expect(codes(refused)).toEqual(TOO_MANY);
      expect(secondsToWait(refused)).toBeGreaterThan(14 * 60);
      expect(secondsToWait(refused)).toBeLessThanOrEqual(15 * 60);
    }
  });

  test("goes on from elsewhere, so that nobody keeps another from their account", async () => {
    await world.person("bea");
    const times = RATES.signInFailureAnywhere.points + RATES.signInFailure.points;
    for (let at = 0; at < times; at++) await wrongPassword("192.0.2.2", "bea");
    expect(codes(await rightPassword("192.0.2.2", "bea"))).toEqual(TOO_MANY);
    expect(codes(await rightPassword("192.0.2.3", "bea"))).toEqual([]);
  });

  test("is held back from everywhere when a hundred have failed from many places", async () => {
    await world.person("cleo");
    const places = Array.from({ length: RATES.signInFailureAnywhere.points }, (_, at) => `198.51.100.${at}`);
    for (const place of places) await wrongPassword(place, "cleo");
    expect(codes(await rightPassword("203.0.113.1", "cleo"))).toEqual(TOO_MANY);
  });

  test("forgets what failed when it succeeds", async () => {
    await world.person("dan");
    for (let round = 0; round < 2; round++) {
      for (let at = 1; at < RATES.signInFailure.points; at++) await wrongPassword("192.0.2.4", "dan");
      expect(codes(await rightPassword("192.0.2.4", "dan"))).toEqual([]);
    }
  });

  test("is limited by address, whoever is tried", async () => {
    const outcomes = new Set<string>();
    for (let at = 0; at < RATES.signIn.points; at++) {
      outcomes.add(codes(await wrongPassword("192.0.2.5", `nobody${at}`)).join());
    }
    expect([...outcomes]).toEqual(["INVALID"]);
    expect(codes(await wrongPassword("192.0.2.5", "somebody.else"))).toEqual(TOO_MANY);
    expect(codes(await wrongPassword("192.0.2.6", "somebody.else"))).toEqual(["INVALID"]);
  });

  test("is counted before the password is looked at: many at once are no way around", async () => {
    await world.person("eve");
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => wrongPassword("192.0.2.7", "eve").then((answer) => codes(answer)[0])),
    );
    expect(answers.filter((code) => code === "INVALID").length).toBeLessThanOrEqual(10);
  });
});

test("so many accounts come from one address in an hour, and no more", async () => {
  for (let at = 0; at < RATES.signUp.points; at++) {
    expect(codes(await from("192.0.2.8", "signUp", newcomer(`new${at}`)))).toEqual([]);
  }
  const refused = await from("192.0.2.8", "signUp", newcomer("one.too.many"));
  expect(codes(refused)).toEqual(TOO_MANY);
  expect(secondsToWait(refused)).toBeGreaterThan(50 * 60);
  expect(codes(await from("192.0.2.9", "signUp", newcomer("one.too.many")))).toEqual([]);
});

test("so many friend requests go out in a minute, beside those of a day", async () => {
  const asker = await world.person("asker");
  const others = await Promise.all(
    Array.from({ length: RATES.friendRequest.points + 1 }, (_, at) => world.person(`asked${at}`)),
  );
  const answers: string[][] = [];
  for (const { globalId } of others) {
    answers.push(codes(await mutate(one, asker, "sendFriendRequest", { userId: globalId })));
  }
  expect(answers.pop()).toEqual(TOO_MANY);
  expect(answers.flat()).toEqual([]);
});

test("a query that is asked too often says when to come back as well", async () => {
  const person = await world.person("searches");
  const search = () => send(one.server.url, person.token, '{ search(query: "a") { nodes { __typename } } }');
  for (let at = 0; at < RATES.search.points; at++) expect((await search()).errors).toEqual([]);
  const { errors } = await search();
  expect(errors[0]?.extensions).toEqual({ code: "TOO_MANY_REQUESTS", retryAt: expect.any(String) });
});

test("an address or a number is given so many times a day, so that nobody tries whose contacts it is in", async () => {
  const gil = await world.person("gil");
  const give = (at: number) => mutate(one, gil, "updateProfile", { email: `gil${at}@mail.example` });
  for (let at = 0; at < RATES.contactPoints.points; at++) expect(codes(await give(at))).toEqual([]);
  expect(codes(await give(RATES.contactPoints.points))).toEqual(TOO_MANY);
  expect(codes(await mutate(one, gil, "updateProfile", { bio: "Still here" }))).toEqual([]);
});

test("passwords are changed so many times an hour", async () => {
  const person = await world.person("changes");
  const input = { currentPassword: "not the password", newPassword: "another password" };
  for (let at = 0; at < RATES.changePassword.points; at++) {
    expect(codes(await mutate(one, person, "changePassword", input))).toEqual(["INVALID"]);
  }
  expect(codes(await mutate(two, person, "changePassword", input))).toEqual(TOO_MANY);
});

describe("operations of any kind", () => {
  const WHO = "{ viewer { user { handle } } }";
  const NONE = "{ nothing }";

  test("are so many a minute for a viewer on a node, by HTTP and by socket alike, documents that are none with them; others are not in their way", async () => {
    const [busy, other] = [await world.person("busy"), await world.person("other")];
    const { url } = bare.server;
    const answers: number[] = [];
    for (let at = 0; at < OPERATION_RATE.points; at += 50) {
      const document = at === 0 ? WHO : NONE;
      const some = await Promise.all(Array.from({ length: 50 }, () => send(url, busy.token, document)));
      answers.push(...some.map(({ status }) => status));
    }
    expect(new Set(answers)).toEqual(new Set([200, 400]));
    expect((await send(url, busy.token, NONE)).status).toBe(429);
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${busy.token}` },
      body: JSON.stringify({ query: WHO }),
    });
    const seconds = Number(response.headers.get("retry-after"));
    const { errors } = (await response.json()) as { errors: { extensions: Record<string, string> }[] };
    expect(response.status).toBe(429);
    expect(errors[0]?.extensions).toEqual({ code: "TOO_MANY_REQUESTS", retryAt: expect.any(String) });
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(OPERATION_RATE.seconds);
    const wait = (Date.parse(errors[0]?.extensions.retryAt ?? "") - Date.now()) / 1_000;
    expect(Math.abs(wait - seconds)).toBeLessThan(3);

    const client = connect(url, busy.token);
    for (const document of [WHO, NONE]) {
      const { errors: refusals, done } = subscribe(client, "viewer", document);
      await done;
      expect(refusals).toMatchObject([[{ extensions: { code: "TOO_MANY_REQUESTS" } }]]);
    }
    await client.dispose();
    const stream = await fetch(`${url}/graphql/stream?query=${encodeURIComponent(NONE)}`, {
      headers: { accept: "text/event-stream", authorization: `Bearer ${busy.token}` },
    });
    expect(stream.status).toBe(429);
    expect((await send(url, other.token, WHO)).status).toBe(200);
  });

  test("take no statement to be counted", async () => {
    const person = await world.person("counted");
    const counts: number[] = [];
    for (let turn = 0; turn < 20; turn++) {
      const before = await two.server.statements();
      await send(two.server.url, person.token, '{ marketPolicy(country: "DE") { minimumAge } }');
      counts.push((await two.server.statements()) - before);
    }
    expect(Math.min(...counts)).toBe(0);
  });
});

describe("the address of a client", () => {
  test("is the socket's where no proxy is trusted, whatever X-Forwarded-For says", async () => {
    await world.person("fay");
    for (let at = 0; at < RATES.signInFailure.points; at++) await wrongPassword(`10.0.0.${at}`, "fay", bare);
    expect(codes(await rightPassword("10.9.9.9", "fay", bare))).toEqual(TOO_MANY);
  });

  test("is what the trusted proxy has added last, whatever the client wrote before it", async () => {
    await world.person("gus");
    for (let at = 0; at < RATES.signInFailure.points; at++) {
      await wrongPassword(`10.0.0.${at}, 192.0.2.20`, "gus");
    }
    expect(codes(await rightPassword("10.9.9.9, 192.0.2.20", "gus"))).toEqual(TOO_MANY);
    expect(codes(await rightPassword("192.0.2.20, 192.0.2.21", "gus"))).toEqual([]);
  });

  test.each([
    [null, null],
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:0DB8:1:2::1", "2001:db8:1:2"],
    ["2001:db8::1", "2001:db8:0:0"],
    ["::1", "0:0:0:0"],
    ["fe80::1%eth0", "fe80:0:0:0"],
    ["somewhere", "somewhere"],
  ])("%s counts as %s: whoever has one address of an IPv6 network has all of them", (address, place) => {
    expect(networkOf(address)).toBe(place);
  });
});

describe("without limits", () => {
  test("nothing is counted: RATE_LIMITS=off means off", async () => {
    await world.person("hal");
    for (let at = 0; at <= RATES.signInFailure.points; at++) await wrongPassword("x", "hal", world);
    expect(codes(await rightPassword("x", "hal", world))).toEqual([]);
    for (let at = 0; at <= RATES.exportMyData.points; at++) await NO_RATES.take("exportMyData", "hal");
  });

  test("Kith itself, which has no address, is never counted", async () => {
    const rates = databaseRates(world.database, deriveKeys(TEST_SECRET).rate);
    for (let at = 0; at <= RATES.exportMyData.points; at++) await rates.take("exportMyData", null);
    await rates.takeOperation(null);
  });
});

test("a server starts without the Redis that it was told of, and keeps to the limits by itself", async () => {
  const { database } = world.server;
  const config = { rateLimits: true, redisUrl: "redis://127.0.0.1:1" };
  const node = { server: await startTestServer({ demo: false, database, config }) };
  await world.person("ivy");
  for (let at = 0; at < RATES.signInFailure.points; at++) await wrongPassword("x", "ivy", node);
  expect(codes(await rightPassword("x", "ivy", node))).toEqual(TOO_MANY);
  await node.server.stop();
});
