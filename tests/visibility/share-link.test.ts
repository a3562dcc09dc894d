/** What a share link shows of its video and of who shared it: to readers, and on its page, which anybody may open. */
import { globalId } from "../../src/ids.ts";
import { mutate } from "../operations/mutations.ts";
import { type Person, World } from "../support/world.ts";
import { at, type Cast, castOf, everybody, row, seen } from "./cast.ts";

let world: World;
let cast: Cast;
let sharer: Person;
const AUDIENCES = ["PUBLIC", "FRIENDS", "CLOSE_FRIENDS", "ONLY_ME"] as const;
/** The code of the link to each video, by its name; two of each: the author's own, and that of a close friend. */
const own = new Map<string, string>();
const passed = new Map<string, string>();
const THUMBNAIL = "https://media.example/still.jpg?a=1&b=2";
const caption = (name: string) => `The caption of ${name} <b>&"'`;

beforeAll(async () => {
  world = await World.start();
  cast = await castOf(world);
  const { owner } = cast;
  sharer = await world.person("sharer");
  await world.befriend(owner, sharer);
  await world.close(owner, sharer);
  for (const name of [...AUDIENCES, "REMOVED"]) {
    const video = await world.video(owner, "PUBLIC", caption(name));
    const link = async (person: Person) =>
      (await mutate(world, person, "createShareLink", { videoId: globalId("video", video) })).shareLink
        ?.code ?? "";
    own.set(name, await link(owner));
    passed.set(name, await link(sharer));
    const [column, value] = name === "REMOVED" ? ["status", name] : ["audience", name];
    await world.server.database.query(`update videos set ${column} = $2, thumbnail_url = $3 where id = $1`, [
      video,
      value,
      THUMBNAIL,
    ]);
  }
  await cast.block();
});
afterAll(() => world.stop());

const read =
  (codes: Map<string, string>, name: string, selection: string, ...path: string[]) =>
  async (viewer: Person | null) =>
    at(
      await world.read(viewer, `{ shareLink(code: "${codes.get(name)}") { ${selection} } }`),
      "shareLink",
      ...path,
    );

//                            oneself close friend fof stranger out blocked blocks
const audience: Record<string, Record<string, string>> = {
  PUBLIC: row("               yes yes yes yes yes yes - -"),
  FRIENDS: row("              yes yes yes -   -   -   - -"),
  CLOSE_FRIENDS: row("        yes yes -   -   -   -   - -"),
  ONLY_ME: row("              yes -   -   -   -   -   - -"),
  REMOVED: row("              -   -   -   -   -   -   - -"),
};

describe.each(Object.keys(audience))("a share link to a video that is %s", (name) => {
  test("shows the video to whom it is for, and to everybody else who has shared it", async () => {
    const video = read(passed, name, "video { id }", "video");
    expect(await everybody(cast, async (viewer) => seen(await video(viewer)))).toEqual(audience[name]);
    const who = read(passed, name, "sharedBy { id }", "sharedBy");
    expect(await everybody(cast, async (viewer) => seen(await who(viewer)))).toEqual(row("yes ".repeat(8)));
  });

  test("of the author's own is nothing for those with whom there is a block", async () => {
    const link = read(own, name, "code");
    expect(await everybody(cast, async (viewer) => seen(await link(viewer)))).toEqual(
      row("yes yes yes yes yes yes - -"),
    );
  });

  test("tells how often it was opened to whoever has made it alone", async () => {
    const count = read(own, name, "openCount", "openCount");
    expect(await everybody(cast, async (viewer) => seen(await count(viewer)))).toEqual(
      row("yes - - - - - - -"),
    );
  });
});

async function page(code: string | undefined) {
  const response = await fetch(`${world.server.url}/s/${code}`);
  return { status: response.status, text: await response.text(), headers: response.headers };
}
const og = (text: string, name: string) =>
  new RegExp(`<meta property="og:${name}" content="([^"]*)">`).exec(text)?.[1] ?? null;

describe("the page of a share link", () => {
  test("of a public video has its caption and its still as text, and names its author and who shared it", async () => {
    const { status, text, headers } = await page(passed.get("PUBLIC"));
    expect(status).toBe(200);
    expect(og(text, "title")).toBe("sharer (@sharer) shares a video by owner (@owner) on Kith");
    expect(og(text, "description")).toBe("The caption of PUBLIC &lt;b&gt;&amp;&quot;&#39;");
    expect(og(text, "image")).toBe("https://media.example/still.jpg?a=1&amp;b=2");
    expect(og(text, "url")).toBe(`${world.server.url}/s/${passed.get("PUBLIC")}`);
    expect(text).not.toContain("<b>");
    expect(headers.get("x-robots-tag")).toBe("noindex, nofollow");
    expect(headers.get("content-security-policy")).toMatch(/^default-src 'none'/);
    expect(og((await page(own.get("PUBLIC"))).text, "title")).toBe("owner (@owner) shares a video on Kith");
  });

  test("of a public video that was uploaded has the address of its still, if one was made, that anybody may fetch for an hour", async () => {
    const video = await world.video(cast.owner, "PUBLIC", "");
    const made = await mutate(world, cast.owner, "createShareLink", { videoId: globalId("video", video) });
    await world.server.database.query(
      `with upload as (
        insert into video_uploads (id, user_id, byte_size, content_type, status) values ($2, $3, 1, 'video/mp4', 'READY')
        returning id
      )
      update videos v set upload_id = u.id, source_url = null from upload u where v.id = $1`,
      [video, "7001", cast.owner.id],
    );
    expect(og((await page(made.shareLink?.code)).text, "image")).toBeNull();
    await world.server.database.query("update videos set has_poster = true where id = $1", [video]);
    const { text } = await page(made.shareLink?.code);
    expect(og(text, "image")).toMatch(
      new RegExp(`^${world.server.url}/media/${globalId("video", video)}/nobody/.*/poster\\.jpg$`),
    );
    expect(og(text, "description")).toMatch(/^Open this address/);
  });

  test("of a video that is not for everybody, or was removed, says who shared it, and the same words of all of them", async () => {
    const texts = ["FRIENDS", "CLOSE_FRIENDS", "ONLY_ME", "REMOVED"].map(async (name) => {
      const code = passed.get(name) ?? "";
      const { status, text } = await page(code);
      expect(status).toBe(200);
      expect(og(text, "image")).toBeNull();
      expect(text).not.toMatch(/caption|owner|media\.example/i);
      return text.replaceAll(code, "code");
    });
    const [first, ...others] = await Promise.all(texts);
    expect(og(first ?? "", "title")).toBe("sharer (@sharer) shares a video with you on Kith");
    expect(new Set(others)).toEqual(new Set([first]));
  });

  test("says of a suspended author's video what it says of one that is not for everybody", async () => {
    await world.set(cast.owner, "suspended_at", new Date());
    const [hidden, gone] = [await page(passed.get("PUBLIC")), await page(passed.get("ONLY_ME"))];
    await world.set(cast.owner, "suspended_at", null);
    expect(hidden.text.replaceAll(passed.get("PUBLIC") ?? "", "code")).toBe(
      gone.text.replaceAll(passed.get("ONLY_ME") ?? "", "code"),
    );
  });

  test.each([
    ["is suspended", "suspended_at"],
    ["has deleted their account", "deleted_at"],
  ])("of somebody who %s is the page of what never was", async (_, column) => {
    const never = await page("s123");
    await world.set(sharer, column, new Date());
    const found = await page(passed.get("PUBLIC"));
    const link = await read(passed, "PUBLIC", "code")(cast.viewers["a friend"]);
    await world.set(sharer, column, null);
    expect([never.status, found.status, found.text, link]).toEqual([404, 404, never.text, null]);
  });

  test("is the same for every other code, and for what is none", async () => {
    const never = await page("s123");
    const invite = await fetch(`${world.server.url}/i/v123`);
    expect(await invite.text()).toBe(never.text);
    for (const code of ["", "s", "%00", "<script>", "x".repeat(5_000)]) {
      const found = await page(encodeURIComponent(code));
      expect(found.status).toBe(404);
      expect(found.text).not.toContain("<script");
    }
  });
});

test("a block that is over leaves the links from before it to nobody", async () => {
  const { owner, viewers } = cast;
  const blocked = viewers["somebody whom the owner blocks"] as Person;
  await mutate(world, owner, "unblockUser", { userId: blocked.globalId });
  expect(await read(own, "PUBLIC", "code")(blocked)).toBeNull();
  expect(await read(passed, "PUBLIC", "video { id }", "video")(blocked)).not.toBeNull();
});
