/** Who finds a hashtag, how many videos under it, and that a page of search is full whoever asks. */
import { write } from "../../src/actions/context.ts";
import { hidePerson, showPerson } from "../../src/actions/departure.ts";
import { AUDIENCES } from "../../src/entities/video.ts";
import { type Person, World } from "../support/world.ts";
import { at, type Cast, castOf, everybody, row, seen } from "./cast.ts";

let world: World;
let cast: Cast;
let host: Person;
beforeAll(async () => {
  world = await World.start();
  cast = await castOf(world);
  host = await world.person("host");
  await world.video(host, "PUBLIC", "The host's #ofboth #onlyHost");
  for (const audience of AUDIENCES) {
    await world.video(cast.owner, audience, `Mine #only${audience} #ofboth`);
  }
  await cast.block();
});
afterAll(() => world.stop());

type Door = (viewer: Person | null, name: string) => Promise<unknown>;
const doors: [string, Door][] = [
  [
    "by name",
    async (viewer, name) => at(await world.read(viewer, `{ hashtag(name: "${name}") { name } }`), "hashtag"),
  ],
  [
    "in search",
    async (viewer, name) => {
      const question = `{ search(query: "${name.slice(0, -1)}") { nodes { ... on Hashtag { name } } } }`;
      const nodes = at(await world.read(viewer, question), "search", "nodes") as { name?: string }[];
      return nodes.find((node) => node.name === name.toLowerCase());
    },
  ],
];

const hide = async (person: Person, column: string) => {
  await write(world.as(null), (queries, tell) => hidePerson(queries, tell, person.id));
  await world.set(person, column, new Date());
};
const show = async (person: Person, column: string) => {
  await world.set(person, column, null);
  await write(world.as(null), (queries, tell) => showPerson(queries, tell, person.id));
};
/** How many videos are said to be under the hashtag of both, and how many are listed. */
const counts = () =>
  everybody(cast, async (viewer) => {
    const question = `{
      hashtag(name: "ofboth") { videoCount videos(first: 100) { nodes { id } } }
      search(query: "#ofboth") { nodes { ... on Hashtag { videoCount } } }
    }`;
    const found = await world.read(viewer, question);
    const listed = at(found, "hashtag", "videos", "nodes") as unknown[] | null;
    if (listed === null) {
      expect(at(found, "search", "nodes")).toEqual([]);
      return "-";
    }
    expect(at(found, "search", "nodes", 0, "videoCount")).toBe(at(found, "hashtag", "videoCount"));
    return `${at(found, "hashtag", "videoCount")}/${listed.length}`;
  });

//                      oneself close friend fof stranger out blocked blocks
const PUBLIC = row("    yes     yes   yes    yes yes      yes -       -");
const EVERYBODY = row("yes yes yes yes yes yes yes yes");
const NOBODY = row("    -       -     -      -   -        -   -       -");

describe("a hashtag that is only of a person's videos", () => {
  test.each(doors)(
    "is found %s by who may see the public ones; of others nothing is to be found",
    async (_, door) => {
      for (const audience of AUDIENCES) {
        const found = await everybody(cast, async (viewer) => seen(await door(viewer, `only${audience}`)));
        expect([audience, found]).toEqual([audience, audience === "PUBLIC" ? PUBLIC : NOBODY]);
      }
    },
  );

  test.each(["suspended_at", "deleted_at"])(
    "is gone with them, %s, and comes back with them",
    async (column) => {
      const look = async (door: Door) =>
        everybody(cast, async (viewer) => seen(await door(viewer, "onlyHost")));
      await hide(host, column);
      for (const [, door] of doors) expect(await look(door)).toEqual(NOBODY);
      await show(host, column);
      for (const [, door] of doors) expect(await look(door)).toEqual(EVERYBODY);
    },
  );
});

test("a hashtag counts the videos that its reader finds under it, and no other", async () => {
  const both = row("2/2 2/2 2/2 2/2 2/2 2/2 1/1 1/1");
  expect(await counts()).toEqual(both);
  for (const column of ["suspended_at", "deleted_at"]) {
    await hide(host, column);
    expect(await counts()).toEqual(row("1/1 1/1 1/1 1/1 1/1 1/1 - -"));
    await show(host, column);
    expect(await counts()).toEqual(both);
  }
});

test("a page of search is full, whoever is left out of it", async () => {
  const crowd = await world.people(
    ...Array.from({ length: 12 }, (_, at) => `crowd${String(at).padStart(2, "0")}`),
  );
  const stranger = cast.viewers["a stranger"] as Person;
  for (const person of crowd.slice(0, 4)) await world.block(person, stranger);
  for (const person of crowd.slice(4, 8)) await world.set(person, "suspended_at", new Date());
  const found: string[] = [];
  for (let after = ""; ; ) {
    const question = `{ search(query: "crowd", first: 3 ${after}) {
      nodes { ... on User { handle } } pageInfo { hasNextPage endCursor }
    } }`;
    type Found = {
      search: { nodes: { handle: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
    };
    const { nodes, pageInfo } = (await world.read<Found>(stranger, question)).search;
    found.push(...nodes.map(({ handle }) => handle));
    if (!pageInfo.hasNextPage) break;
    expect(nodes).toHaveLength(3);
    after = `after: "${pageInfo.endCursor}"`;
  }
  expect(found).toEqual(["crowd08", "crowd09", "crowd10", "crowd11"]);
});
