/** An outside identity provider: its tokens say who asks, and the first one makes the account. */
import { createHmac, createPublicKey, type JsonWebKey } from "node:crypto";
import { exportJWK, generateKeyPair } from "jose";
import { TestProvider } from "../support/identity-provider.ts";
import type { TestServer } from "../support/server.ts";
import { connect, subscribe } from "../support/socket.ts";
import { World } from "../support/world.ts";
import { ask, REFUSED, refusal, startNode, until, WELCOME, WHO, who } from "./identities.ts";

let provider: TestProvider;
/** A world without an identity provider, on whose database the nodes with one are. */
let world: World;
let node: { server: TestServer };
let otherNode: { server: TestServer };
beforeAll(async () => {
  [provider, world] = await Promise.all([TestProvider.start(), World.start()]);
  [node, otherNode] = await Promise.all([
    startNode(world, provider, ["the.boss"]),
    startNode(world, provider),
  ]);
});
afterAll(async () => {
  for (const each of [node, otherNode]) await each?.server.stop();
  await world?.stop();
  provider?.stop();
});

const accountsOf = (subject: string) =>
  world.server.database.query<{ userId: string }>(
    'select user_id as "userId" from identities where subject = $1',
    [subject],
  );

describe("the first token of a subject", () => {
  test("makes an account of what the provider says, and later ones are the same person", async () => {
    const token = await provider.token("full", {
      preferred_username: "Full.Name",
      name: "Full Name",
      email: "Full@Example.com",
      email_verified: true,
      phone_number: "+49 1511 2345678",
      phone_number_verified: true,
      birthdate: "1990-02-28",
      country: "fr",
    });
    const first = await who(token, node);
    expect(first).toEqual({
      email: "full@example.com",
      phone: "+4915112345678",
      birthDate: "1990-02-28",
      country: "FR",
      user: { id: expect.any(String), handle: "full.name", displayName: "Full Name" },
    });
    expect(await who(await provider.token("full", { preferred_username: "other" }), otherNode)).toEqual(
      first,
    );
  });

  test("leaves out what is not verified, not there, or not to be used", async () => {
    const token = await provider.token("poor", {
      preferred_username: "not a handle",
      name: "\u200b",
      email: "poor@example.com",
      phone_number: "+4915112345678",
      phone_number_verified: "true",
      birthdate: "0000-02-28",
      address: { country: "Germany" },
    });
    const { user, ...rest } = await who(token, node);
    expect(rest).toEqual({ email: null, phone: null, birthDate: null, country: "ZZ" });
    expect(user.handle).toMatch(/^user\d{9}$/);
    expect(user.displayName).toBe(user.handle);
    const settled = await who(await provider.token("settled", { address: { country: "JP" } }), node);
    expect(settled.country).toBe("JP");
  });

  test("takes another handle where somebody has the one that it names", async () => {
    await world.person("taken");
    const { user } = await who(
      await provider.token("late", { preferred_username: "Taken", name: "Late" }),
      node,
    );
    expect(user.handle).toMatch(/^user\d{9}$/);
    expect(user.displayName).toBe("Late");
  });

  test("takes another handle where it names a moderator's, which nobody has yet", async () => {
    const { user } = await who(await provider.token("sly", { preferred_username: "The.Boss" }), node);
    expect(user.handle).toMatch(/^user\d{9}$/);
  });

  test("makes one account of twenty requests that come together, on two nodes, with tokens of their own", async () => {
    const tokens = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        provider.token("crowd", { preferred_username: "crowd", jti: `token ${at}` }),
      ),
    );
    const people = await Promise.all(tokens.map((token, at) => who(token, at % 2 === 0 ? node : otherNode)));
    expect(new Set(people.map(({ user }) => user.id)).size).toBe(1);
    expect(await accountsOf("crowd")).toHaveLength(1);
    const [rows] = await world.server.database.query<{ count: string }>(
      "select count(*) from users where display_name = 'crowd'",
    );
    expect(rows?.count).toBe("1");
  });

  test("makes no account under the minimum age, and says by which rule", async () => {
    const birthdate = `${new Date().getUTCFullYear() - 12}-01-01`;
    const { status, errors, data } = await ask(
      await provider.token("child", { birthdate, country: "US" }),
      node,
    );
    expect({ status, data: data ?? null }).toEqual({ status: 401, data: null });
    expect(errors[0]?.extensions).toMatchObject({ code: "UNAUTHENTICATED", ruleId: "minimum-age" });
    expect(await accountsOf("child")).toEqual([]);
  });
});

describe("a token is refused", () => {
  const past = () => Math.floor(Date.now() / 1_000) - 60;
  const hmacWithPublicKey = async () => {
    const jwk = provider.key.publicJwk as JsonWebKey;
    const pem = createPublicKey({ key: jwk, format: "jwk" }).export({ type: "spki", format: "pem" });
    const [, payload] = (await provider.token("forged")).split(".");
    const header = Buffer.from(JSON.stringify({ alg: "HS256", kid: provider.key.kid })).toString("base64url");
    const signature = createHmac("sha256", pem).update(`${header}.${payload}`).digest("base64url");
    return `${header}.${payload}.${signature}`;
  };
  const unsigned = async () => {
    const [, payload] = (await provider.token("forged")).split(".");
    return `${Buffer.from('{"alg":"none"}').toString("base64url")}.${payload}.`;
  };
  const ofAnother = async () => {
    const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
    const { kid, alg } = provider.key;
    return provider.token("forged", {}, { kid, alg, privateKey, publicJwk: await exportJWK(publicKey) });
  };
  const tampered = async () => {
    const [header, , signature] = (await provider.token("forged")).split(".");
    const [, payload] = (await provider.token("victim")).split(".");
    return [header, payload, signature].join(".");
  };

  test.each<[string, () => Promise<string>]>([
    ["that is for another audience", () => provider.token("forged", { aud: "another-app" })],
    ["that is for nobody", () => provider.token("forged", { aud: undefined })],
    ["of another issuer", () => provider.token("forged", { iss: "https://evil.example/" })],
    ["without an end", () => provider.token("forged", { exp: undefined })],
    ["without a subject", () => provider.token("forged", { sub: undefined })],
    ["of an empty subject", () => provider.token("")],
    ["that is not good yet", () => provider.token("forged", { nbf: past() + 3_600 })],
    ["that is not signed", unsigned],
    ["that is signed with the public key as if it were a secret", hmacWithPublicKey],
    ["that is signed by somebody else under the name of a key", ofAnother],
    ["whose content was exchanged", tampered],
    ["that is Kith's own", async () => (await world.person("own")).token],
    ["that is no token", async () => "nonsense"],
  ])("%s", async (_what, make) => {
    expect(await refusal(await make(), node)).toBe(REFUSED);
    expect(await accountsOf("forged")).toEqual([]);
  });

  test("with TOKEN_EXPIRED when its time is over, for the client to fetch another", async () => {
    expect(await refusal(await provider.token("expired", { exp: past() }), node)).toBe("401 TOKEN_EXPIRED");
    expect(await accountsOf("expired")).toEqual([]);
  });
});

test.each(["PS256", "ES256", "EdDSA"])(
  "%s is as good as RS256, and a new key is found by itself",
  async (alg) => {
    const former = await provider.token("rotating");
    await who(former, node);
    await provider.rotate(alg);
    const token = await provider.token("rotating");
    // New keys are not fetched at every token that names an unknown one.
    await until(token, node, WELCOME);
    expect((await who(token, node)).user.id).toBe((await who(former, node)).user.id);
    const asked = provider.asked;
    const nowhere = { ...provider.key, kid: "nowhere" };
    for (let at = 0; at < 5; at++)
      expect(await refusal(await provider.token("x", {}, nowhere), node)).toBe(REFUSED);
    expect(provider.asked - asked).toBeLessThanOrEqual(1);
  },
);

test("while the keys can't be read nobody is told that their token is bad: SERVICE_UNAVAILABLE", async () => {
  provider.status = 500;
  const late = await startNode(world, provider);
  const token = await provider.token("patient");
  expect(await refusal(token, late)).toBe("503 SERVICE_UNAVAILABLE");
  const client = connect(late.server.url, token);
  const { errors, done } = subscribe(client, "viewer", WHO);
  await done;
  await client.dispose();
  expect(errors).toMatchObject([{ code: 1013 }]);
  provider.status = 200;
  expect(await refusal(token, late)).toBe(WELCOME);
  await late.server.stop();
});

test("a token that is signed in a way that was not agreed on is refused, also with a key of the provider's", async () => {
  await provider.rotate("RS512");
  const late = await startNode(world, provider);
  expect(await refusal(await provider.token("unusual"), late)).toBe(REFUSED);
  expect(await accountsOf("unusual")).toEqual([]);
  await late.server.stop();
});
