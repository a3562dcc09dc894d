/** Who sees an invite and what it tells of its maker and its group, by whatever door they come. */
import { globalId } from "../../src/ids.ts";
import { mutate } from "../operations/mutations.ts";
import { type Person, World } from "../support/world.ts";
import { at, type Cast, castOf, everybody, row, seen } from "./cast.ts";

let world: World;
let cast: Cast;
let friendly: string;
let toGroup: string;
let shown: string;

beforeAll(async () => {
  world = await World.start();
  cast = await castOf(world);
  const { owner, viewers } = cast;
  const members = [viewers["a friend"], viewers["a stranger"]] as Person[];
  const group = await world.group(owner, members, "A group");
  await cast.block();
  friendly = await invite({});
  toGroup = await invite({ conversationId: globalId("conversation", group) });
  shown = await codeOf(owner);
});
afterAll(() => world.stop());

async function invite(input: Record<string, unknown>): Promise<string> {
  const made = await mutate(world, cast.owner, "createInvite", input);
  return made.invite?.code ?? "";
}
async function codeOf(person: Person): Promise<string> {
  return String(
    at(await world.read(person, "{ viewer { friendCode { code } } }"), "viewer", "friendCode", "code"),
  );
}

type Door = (viewer: Person | null) => Promise<unknown>;
const read =
  (code: () => string, selection: string, ...path: string[]): Door =>
  async (viewer) =>
    at(await world.read(viewer, `{ invite(code: "${code()}") { ${selection} } }`), "invite", ...path);
/** The answer to taking a code that can't be taken by anybody any more: whether there is such a code for the viewer. */
const taken =
  (code: () => string): Door =>
  async (viewer) => {
    if (viewer === null || viewer === cast.owner) return null;
    const { userErrors } = await mutate(world, viewer, "redeemInvite", { code: code() });
    return userErrors[0]?.code === "NOT_FOUND" ? null : "something";
  };
const page =
  (path: () => string): Door =>
  async () =>
    (await fetch(world.server.url + path())).ok ? "page" : null;

const doors: [string, Door][] = [
  ["an invite by its code", read(() => friendly, "code")],
  ["an invite to a group by its code", read(() => toGroup, "code")],
  ["a code that is shown in person", read(() => shown, "code")],
  ["who invites", read(() => friendly, "from { id }", "from")],
  ["who invites to a group", read(() => toGroup, "from { id }", "from")],
  ["who shows a code", read(() => shown, "from { id }", "from")],
];

//                  oneself close friend fof stranger out blocked blocks
const EXISTS = row("yes     yes   yes    yes yes      yes -       -");
const NOBODY = row("-       -     -      -   -        -   -       -");

describe("an invite is seen by everybody who has its code, save where one has blocked the other", () => {
  test.each(doors)("%s", async (_, door) => {
    expect(await everybody(cast, async (viewer) => seen(await door(viewer)))).toEqual(EXISTS);
  });

  test("and the group only by those who take part in it", async () => {
    const door = read(() => toGroup, "conversation { id }", "conversation");
    expect(await everybody(cast, async (viewer) => seen(await door(viewer)))).toEqual(
      row("yes - yes - yes - - -"),
    );
  });

  test("and a block that is over has ended it for the two, who can't tell it from one that never was", async () => {
    const { owner, viewers } = cast;
    const [blocked, blocker] = [
      viewers["somebody whom the owner blocks"],
      viewers["somebody who blocks the owner"],
    ] as [Person, Person];
    await mutate(world, owner, "unblockUser", { userId: blocked.globalId });
    await mutate(world, blocker, "unblockUser", { userId: owner.globalId });
    // Made while they were blocked, which is after the block: good again.
    for (const [, door] of doors) expect([await door(blocked), await door(blocker)]).not.toContain(null);
    await world.block(owner, blocked);
    await world.block(blocker, owner);
    await mutate(world, owner, "unblockUser", { userId: blocked.globalId });
    await mutate(world, blocker, "unblockUser", { userId: owner.globalId });
    for (const [, door] of [...doors, ["by taking it", taken(() => friendly)] as [string, Door]]) {
      expect([await door(blocked), await door(blocker)]).toEqual([null, null]);
    }
  });
});

describe.each([
  ["is suspended", "suspended_at"],
  ["has deleted their account", "deleted_at"],
])("of somebody who %s there is nothing", (_, column) => {
  beforeAll(() => world.set(cast.owner, column, new Date()));
  afterAll(() => world.set(cast.owner, column, null));

  test.each<[string, Door]>([
    ...doors,
    ["by taking an invite", taken(() => friendly)],
    ["by taking an invite to a group", taken(() => toGroup)],
    ["by taking a code", taken(() => shown)],
    ["at the address of an invite", page(() => `/i/${friendly}`)],
    ["at the address of an invite to a group", page(() => `/i/${toGroup}`)],
    ["at the address of a code", page(() => `/f/${shown}`)],
  ])("%s", async (_, door) => {
    expect(await everybody(cast, async (viewer) => seen(await door(viewer)))).toEqual(NOBODY);
  });
});
