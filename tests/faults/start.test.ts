/** The first start from nothing, and the next ones on what it left behind. */
import { statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { send } from "../support/ask.ts";
import { endAll, openFolder, removeFolders } from "../support/embedded.ts";
import { ServerProcess } from "../support/process.ts";

const PEOPLE = ["maya", "leo", "ana", "kofi", "yuki", "noor", "sam", "ines"];

afterEach(endAll);
afterAll(removeFolders);

interface Credentials {
  readonly accessToken: string;
  readonly refreshToken: string;
}

async function signIn({ url }: ServerProcess, handle: string, password: string): Promise<Credentials> {
  const mutation = `mutation ($input: SignInInput!) {
    signIn(input: $input) { credentials { accessToken refreshToken } userErrors { code } }
  }`;
  const { data } = await send<{ signIn: { credentials: Credentials; userErrors: unknown[] } }>(
    url,
    null,
    mutation,
    { input: { handle, password } },
  );
  expect(data.signIn.userErrors).toEqual([]);
  return data.signIn.credentials;
}

/** What the world is like, for one who has a token. */
const world = ({ url }: ServerProcess, token: string) =>
  send<{ viewer: unknown }>(
    url,
    token,
    `{
      viewer {
        user { handle friendCount videos(first: 20) { nodes { id caption likeCount } } }
        friends(first: 20) { nodes { handle videos(first: 20) { nodes { id } } } }
        friendRequests(direction: INCOMING, first: 20) { nodes { id } }
        unread { conversations }
        eventCursor
      }
    }`,
  );

test("from nothing to a demo world that people can sign in to; after kill -9, everything is as it was", async () => {
  const dir = path.join(openFolder(), "data");
  const first = await ServerProcess.start({ DATA_DIR: dir });
  for (const handle of PEOPLE) expect(first.stdout).toContain(handle);
  const password = /the password is (\S+)/.exec(first.stdout)?.[1] ?? "";
  const credentials = await Promise.all(PEOPLE.map((handle) => signIn(first, handle, password)));
  const [maya] = credentials;
  if (maya === undefined) throw new Error("Nobody could sign in.");
  const before = await world(first, maya.accessToken);
  expect(before).toMatchObject({
    status: 200,
    errors: [],
    data: { viewer: { user: { handle: "maya", friendCount: 4 } } },
  });
  expect(statSync(path.join(dir, "secret")).mode & 0o777).toBe(0o600);
  expect(first.stderr).toBe("");

  await first.kill();
  const second = await ServerProcess.start({ DATA_DIR: dir });
  expect(await world(second, maya.accessToken)).toEqual(before);
  const refreshed = await send<{ refreshSession: { userErrors: unknown[] } }>(
    second.url,
    null,
    "mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) { userErrors { code } } }",
    { input: { refreshToken: maya.refreshToken } },
  );
  expect(refreshed.data.refreshSession.userErrors).toEqual([]);
  await signIn(second, "maya", password);

  second.signal("SIGTERM");
  expect(await second.ended).toEqual({ code: 0, signal: null });
  const third = await ServerProcess.start({ DATA_DIR: dir });
  expect(await world(third, maya.accessToken)).toEqual(before);
});

test("without the demo world it starts empty", async () => {
  const dir = path.join(openFolder(), "data");
  const server = await ServerProcess.start({ DATA_DIR: dir, DEMO: "off" });
  expect(server.stdout).not.toContain("password");
  const { data } = await send(server.url, null, '{ user(handle: "maya") { id } }');
  expect(data).toEqual({ user: null });
});

test("a kept secret that was cut short is never used: with it, anybody could sign tokens", async () => {
  const folder = openFolder();
  writeFileSync(path.join(folder, "secret"), "", { mode: 0o600 });
  const server = ServerProcess.spawn({ DATA_DIR: folder, DEMO: "off" });
  const started = new Promise((resolve) => setTimeout(resolve, 160_000, "it started").unref());
  expect(await Promise.race([server.ended, started])).toEqual({ code: 1, signal: null });
  expect(server.stderr).toMatch(/^Kith did not start\. .*secret.*\n$/);
});
