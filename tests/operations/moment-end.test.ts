/** How moments are seen, and how they end: over, or deleted. */
import { countersThatDrift } from "../../scripts/check-counters.ts";
import { dropExpiredMoments } from "../../src/actions/moment-end.ts";
import { globalId } from "../../src/ids.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { World } from "../support/world.ts";
import { at } from "../visibility/cast.ts";
import { countRows, expire, findMoment, idOf, momentCircle, momentsOf } from "./moments.ts";
import { codes, mutate } from "./mutations.ts";

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
const circle = () => momentCircle(world);
const work = () => dropExpiredMoments(world.as(null), new AbortController().signal);

describe("a moment whose time is over", () => {
  test("is gone for everybody at that very instant, its author too, and deleted soon after with all that hangs on it", async () => {
    const { ann, bob } = await circle();
    const [over, live] = [await world.moment(ann), await world.moment(ann)];
    await world.seeMoment(bob, over);
    await world.seeMoment(bob, live);
    await expire(world, over);
    for (const person of [ann, bob]) {
      expect(await findMoment(world, person, idOf(over))).toBeNull();
      expect(await momentsOf(world, person, ann)).toEqual([expect.objectContaining({ id: idOf(live) })]);
    }
    const momentId = idOf(over);
    expect(codes(await mutate(world, bob, "markMomentSeen", { momentId }))).toEqual(["NOT_FOUND"]);
    expect(codes(await mutate(world, ann, "deleteMoment", { momentId }))).toEqual(["NOT_FOUND"]);
    expect([await countRows(world, "moments", over), await countRows(world, "moment_views", over)]).toEqual([
      2, 2,
    ]);
    await work();
    expect([await countRows(world, "moments", over), await countRows(world, "moment_views", over)]).toEqual([
      1, 1,
    ]);
    expect(await findMoment(world, bob, idOf(live))).toMatchObject({ id: idOf(live), viewerHasSeen: true });
  });

  test("is deleted in steps, by several nodes at once, with what people were told of it", async () => {
    const { ann, bob } = await circle();
    await world.close(bob, ann);
    const told = await world.moment(ann);
    await world.server.database.query(
      `insert into moments (author_id, id, text, audience, expires_at)
       select $1, nr, 'Words', 'FRIENDS', now() from generate_series(1, 1234) as nr`,
      [ann.id],
    );
    await expire(world, told);
    await Promise.all([work(), work(), work()]);
    expect(await countRows(world, "moments", told)).toBe(0);
    const left = await world.server.database.query(
      "select from notifications where user_id = $1 and kind = 'MOMENT' union all select from notification_actors where actor_id = $2 and user_id = $1",
      [bob.id, ann.id],
    );
    // That they became friends is left.
    expect(left).toHaveLength(1);
    expect(await countersThatDrift(world.database)).toEqual([]);
  });

  test("is deleted step by step: what is left when the work is stopped waits for the next time", async () => {
    const { ann } = await circle();
    await world.server.database.query(
      `insert into moments (author_id, id, text, audience, expires_at)
       select $1, nr, 'Words', 'FRIENDS', now() from generate_series(1, 250) as nr`,
      [ann.id],
    );
    const lefts: number[] = [];
    for (let step = 0; step < 3; step++) {
      const stop = new AbortController();
      const working = dropExpiredMoments(world.as(null), stop.signal);
      stop.abort();
      await working;
      lefts.push(await countRows(world, "moments", { authorId: ann.id }));
    }
    expect(lefts).toEqual([150, 50, 0]);
  });
});

describe("deleting a moment", () => {
  test("takes it away from everybody, and is for its author alone: FORBIDDEN for whoever sees it, NOT_FOUND for who does not", async () => {
    const { ann, bob } = await circle();
    const momentId = idOf(await world.moment(ann));
    const stranger = await world.person(`stranger.of.${ann.handle}`);
    expect(codes(await mutate(world, bob, "deleteMoment", { momentId }))).toEqual(["FORBIDDEN"]);
    expect(codes(await mutate(world, stranger, "deleteMoment", { momentId }))).toEqual(["NOT_FOUND"]);
    expect(await findMoment(world, bob, momentId)).not.toBeNull();
    expect(await mutate(world, ann, "deleteMoment", { momentId })).toEqual({
      deletedId: momentId,
      userErrors: [],
    });
    for (const person of [ann, bob]) expect(await findMoment(world, person, momentId)).toBeNull();
    expect(codes(await mutate(world, ann, "deleteMoment", { momentId }))).toEqual(["NOT_FOUND"]);
  });

  test("at the moment at which others see it: it is gone, and nobody has seen it", async () => {
    for (let round = 0; round < 5; round++) {
      const { ann, bob, cat } = await circle();
      const key = await world.moment(ann);
      const momentId = idOf(key);
      const [deleted, ...seen] = await Promise.all([
        mutate(world, ann, "deleteMoment", { momentId }),
        mutate(world, bob, "markMomentSeen", { momentId }),
        mutate(otherNode, cat, "markMomentSeen", { momentId }),
      ]);
      expect(codes(deleted)).toEqual([]);
      for (const each of seen) expect([[], ["NOT_FOUND"]]).toContainEqual(codes(each));
      expect([await countRows(world, "moments", key), await countRows(world, "moment_views", key)]).toEqual([
        0, 0,
      ]);
    }
  });
});

describe("seeing a moment", () => {
  test("is marked once, and told to its author, newest first; to nobody else is told who has seen it", async () => {
    const { ann, bob, cat } = await circle();
    const momentId = idOf(await world.moment(ann));
    expect((await findMoment(world, bob, momentId))?.viewerHasSeen).toBe(false);
    for (const person of [bob, cat, bob]) {
      const { moment } = await mutate(world, person, "markMomentSeen", { momentId });
      expect(moment).toMatchObject({ id: momentId, viewerHasSeen: true, viewers: null });
    }
    expect((await findMoment(world, ann, momentId))?.viewers?.nodes).toEqual([
      { id: cat.globalId },
      { id: bob.globalId },
    ]);
    expect((await findMoment(world, bob, momentId))?.viewers).toBeNull();
  });

  test("is not marked of one's own", async () => {
    const { ann } = await circle();
    const momentId = idOf(await world.moment(ann));
    const { moment, userErrors } = await mutate(world, ann, "markMomentSeen", { momentId });
    expect(userErrors).toEqual([]);
    expect(moment).toMatchObject({ viewerHasSeen: false, viewers: { nodes: [] } });
  });

  test("is NOT_FOUND for who may not see it, as for what never was", async () => {
    const { ann, bob, cat } = await circle();
    const momentId = idOf(await world.moment(ann, { audience: "CLOSE_FRIENDS" }));
    expect(codes(await mutate(world, bob, "markMomentSeen", { momentId }))).toEqual([]);
    const nothing = await mutate(world, cat, "markMomentSeen", {
      momentId: globalId("moment", ann.id, "12345"),
    });
    expect(await mutate(world, cat, "markMomentSeen", { momentId })).toEqual(nothing);
    expect(codes(nothing)).toEqual(["NOT_FOUND"]);
  });

  test("several times at once is once", async () => {
    const { ann, bob } = await circle();
    const key = await world.moment(ann);
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, nr) =>
        mutate(nr % 2 === 0 ? world : otherNode, bob, "markMomentSeen", { momentId: idOf(key) }),
      ),
    );
    expect(answers.map(codes)).toEqual(Array(6).fill([]));
    expect(await countRows(world, "moment_views", key)).toBe(1);
  });

  test("by somebody who has blocked its author since, or is here no more, is not shown to the author; the pages are full", async () => {
    const { ann, bob, cat } = await circle();
    const others = await world.people(`one.${ann.handle}`, `two.${ann.handle}`, `three.${ann.handle}`);
    await world.befriend(ann, ...others);
    const key = await world.moment(ann);
    for (const person of [bob, ...others, cat]) await world.seeMoment(person, key);
    const [one, two, three] = others;
    await world.block(two, ann);
    await world.suspend(cat);
    await world.unfriend(ann, bob);
    const page = async (args: string) => {
      const question = `{ node(id: "${idOf(key)}") { ... on Moment { viewers(${args}) { nodes { id } pageInfo { hasNextPage endCursor } } } } }`;
      return at(await world.read(ann, question), "node", "viewers") as {
        nodes: { id: string }[];
        pageInfo: { hasNextPage: boolean; endCursor: string };
      };
    };
    const first = await page("first: 2");
    expect(first.nodes).toEqual([{ id: three.globalId }, { id: one.globalId }]);
    expect(first.pageInfo.hasNextPage).toBe(true);
    // Who was a friend has seen it, and may be known to have.
    expect((await page(`first: 2, after: "${first.pageInfo.endCursor}"`)).nodes).toEqual([
      { id: bob.globalId },
    ]);
  });
});
