/** Whoever comes from outside: what the address of a code shows them, and signing up with it. */
import { inviteHash } from "../../src/codes.ts";
import { globalId } from "../../src/ids.ts";
import { PASSWORD, type Person, World } from "../support/world.ts";
import { codes, mutate } from "./mutations.ts";

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

let hostsSoFar = 0;
const host = () => world.person(`host${++hostsSoFar}`);

interface Made {
  readonly code: string;
  readonly url: string;
}
async function invite(person: Person, input: Record<string, unknown> = {}): Promise<Made> {
  const { invite: made, userErrors } = await mutate(world, person, "createInvite", input);
  if (made === null) throw new Error(`There is no invite: ${JSON.stringify(userErrors)}`);
  return made;
}
async function show(person: Person): Promise<Made> {
  const question = "{ viewer { friendCode { code url } } }";
  return (await world.read<{ viewer: { friendCode: Made } }>(person, question)).viewer.friendCode;
}
const change = (code: string, assignment: string) =>
  world.server.database.query(
    `update invites set ${assignment} where code_hash = decode('${inviteHash(code)}', 'hex')`,
  );
const signUp = (handle: string, inviteCode: string | null, birthDate = "1995-06-15") =>
  mutate(world, null, "signUp", {
    handle,
    displayName: "New",
    password: PASSWORD,
    birthDate,
    country: "US",
    inviteCode,
  });

describe("signing up with a code", () => {
  test.each([
    ["an invite", "INVITE_LINK", invite],
    ["a code that a person shows", "IN_PERSON_CODE", show],
  ])("of %s joins the two at once, and its maker is told", async (_, metThrough, make) => {
    const ann = await host();
    const handle = `new.${ann.handle}`;
    const { credentials, userErrors } = await signUp(handle, (await make(ann)).code);
    expect(userErrors).toEqual([]);
    const newcomer = { token: credentials?.accessToken ?? "" } as Person;
    expect(await world.read(newcomer, "{ viewer { friends { nodes { handle } } } }")).toEqual({
      viewer: { friends: { nodes: [{ handle: ann.handle }] } },
    });
    const question = `{
      user(handle: "${handle}") { relationship { state metThrough } }
      viewer { notifications { nodes { kind actors { handle } } } }
    }`;
    expect(await world.read(ann, question)).toEqual({
      user: { relationship: { state: "FRIENDS", metThrough } },
      viewer: { notifications: { nodes: [{ kind: "FRIEND_ACCEPTED", actors: [{ handle }] }] } },
    });
  });

  test("to a group brings the newcomer into it", async () => {
    const [ann, bob] = await world.people("ann", "bob");
    const group = globalId("conversation", await world.group(ann, [bob], "Neighbours"));
    const { credentials } = await signUp("neighbour", (await invite(ann, { conversationId: group })).code);
    const newcomer = { token: credentials?.accessToken ?? "" } as Person;
    expect(await world.read(newcomer, "{ viewer { conversations { nodes { id title } } } }")).toEqual({
      viewer: { conversations: { nodes: [{ id: group, title: "Neighbours" }] } },
    });
  });

  test("that is not good is refused whole: the handle stays free, and signing up without the code works", async () => {
    const ann = await host();
    const [unknown, revoked, expired, used, hidden] = [
      { code: "v123" },
      await invite(ann),
      await invite(ann),
      await invite(ann, { maxUses: 1 }),
      await invite(await world.person("hidden.host")),
    ];
    await mutate(world, ann, "revokeInvite", { code: revoked.code });
    await change(expired.code, "expires_at = now() - interval '1 second'");
    await change(used.code, "uses = 1");
    await world.set(await world.person("hidden.host"), "suspended_at", new Date());
    for (const [{ code }, refusal] of [
      [unknown, "NOT_FOUND"],
      [hidden, "NOT_FOUND"],
      [revoked, "EXPIRED"],
      [expired, "EXPIRED"],
      [used, "EXPIRED"],
    ] as const) {
      const { credentials, viewer, userErrors } = await signUp("careful", code);
      expect([credentials, viewer, userErrors]).toMatchObject([
        null,
        null,
        [{ code: refusal, path: ["inviteCode"] }],
      ]);
    }
    expect(codes(await signUp("careful", null))).toEqual([]);
  });

  test("to the group of a stranger is refused to who is under 16, with the rule", async () => {
    const [ann, bob] = await world.people("ann", "bob");
    const group = globalId("conversation", await world.group(ann, [bob]));
    const { code } = await invite(ann, { conversationId: group });
    const born = `${new Date().getUTCFullYear() - 14}-01-01`;
    expect((await signUp("youngster", code, born)).userErrors).toMatchObject([
      { code: "NOT_ALLOWED_BY_POLICY", ruleId: "groups-under-16", path: ["inviteCode"] },
    ]);
  });

  test("of twelve at the same moment with a code for two, two get in, and nobody half", async () => {
    const ann = await host();
    const { code } = await invite(ann, { maxUses: 2 });
    const answers = await Promise.all(Array.from({ length: 12 }, (_, at) => signUp(`hasty${at}`, code)));
    expect(answers.flatMap(codes)).toEqual(Array(10).fill("EXPIRED"));
    const people = await world.server.database.query("select from users where handle like 'hasty%'");
    expect(people).toHaveLength(2);
    expect(await world.read(ann, "{ viewer { user { friendCount } } }")).toEqual({
      viewer: { user: { friendCount: 2 } },
    });
  });
});

// What belongs to the moment and to the connection.
const BESIDE = ["date", "connection", "keep-alive"];

/** What a browser is given. */
async function page(url: string, method = "GET") {
  const response = await fetch(url, { method });
  const headers = Object.fromEntries([...response.headers].filter(([name]) => !BESIDE.includes(name)));
  return { status: response.status, headers, html: await response.text() };
}

describe("the address of a code", () => {
  test.each([
    ["an invite", invite, "would like to be your friend"],
    ["a code that a person shows", show, "would like to be your friend"],
  ])("of %s names who invites, and says what to do", async (_, make, what) => {
    const ann = await host();
    const { code, url } = await make(ann);
    const { status, headers, html } = await page(url);
    expect([status, headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
    const title = `${ann.handle} (@${ann.handle}) ${what} on Kith`;
    expect(html).toContain(`<title>${title}</title>`);
    expect(html).toContain(`<meta property="og:title" content="${title}">`);
    expect(html).toContain(`<meta property="og:url" content="${url}">`);
    expect(html).toContain(`<code>${code}</code>`);
    expect(await page(url, "HEAD")).toEqual({ status, headers, html: "" });
  });

  test("of an invite to a group says that it is one, and not which", async () => {
    const [ann, bob] = await world.people("ann", "bob");
    const conversationId = globalId("conversation", await world.group(ann, [bob], "A secret title"));
    const { html } = await page((await invite(ann, { conversationId })).url);
    expect(html).toContain("ann (@ann) invites you to a group on Kith");
    expect(html).not.toContain("secret");
  });

  test("runs nothing, loads nothing, is kept by nobody, and shows a name as text", async () => {
    const ann = await host();
    await world.set(ann, "display_name", `<img src=x onerror="alert('1')">&amp;`);
    const { headers, html } = await page((await invite(ann)).url);
    expect(html).toContain("&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp;");
    expect(html).not.toMatch(/<(script|img|link|iframe|form|a)\b|https?:(?!\/\/127\.0\.0\.1)/i);
    expect(headers).toMatchObject({
      "content-security-policy": expect.stringMatching(/^default-src 'none'; style-src 'sha256-[\w+/=]+'; /),
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      "x-robots-tag": "noindex, nofollow",
    });
  });

  test("of one that can't be taken is the same for all, to the byte: unknown, ended, used up, or of somebody hidden", async () => {
    const ann = await host();
    const [revoked, expired, used, hidden, shown] = [
      await invite(ann),
      await invite(ann),
      await invite(ann, { maxUses: 1 }),
      await invite(await world.person("gone.host")),
      await show(await world.person("gone.host")),
    ];
    await mutate(world, ann, "revokeInvite", { code: revoked.code });
    await change(expired.code, "expires_at = now() - interval '1 second'");
    await change(used.code, "uses = 1");
    await world.set(await world.person("gone.host"), "deleted_at", new Date());
    const nothing = await page(`${world.server.url}/i/v${"0".repeat(24)}`);
    expect(nothing.status).toBe(404);
    expect(nothing.html).toContain("There is nothing here");
    for (const { url } of [revoked, expired, used, hidden, shown]) expect(await page(url)).toEqual(nothing);
    for (const path of ["/i/x", "/f/x", "/i/%3Cscript%3E", "/f/..%2f..", `/i/${"x".repeat(1_000)}`]) {
      expect(await page(world.server.url + path)).toEqual(nothing);
    }
  });

  test("is for reading alone", async () => {
    const { url } = await invite(await host());
    expect((await page(url, "POST")).status).toBe(404);
    expect((await page(`${world.server.url}/i/`)).status).toBe(404);
  });
});
