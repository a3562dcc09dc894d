/** Unread counts are exact, however many send, read and mark at the same time. */
import { setTimeout as sleep } from "node:timers/promises";
import { countersThatDrift } from "../../scripts/check-counters.ts";
import type { ActionContext } from "../../src/actions/context.ts";
import { markUnread } from "../../src/actions/inbox.ts";
import { sendMessage } from "../../src/actions/message.ts";
import { markRead } from "../../src/actions/receipt.ts";
import { Database } from "../../src/db/database.ts";
import { createDataSource } from "../../src/db/source.ts";
import { Batch } from "../../src/loaders/kinds.ts";
import { type Person, World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

const range = (length: number) => Array.from({ length }, (_, at) => at);

test("unread counts are exact after 10,000 messages over 16 connections, while everybody reads and marks", async () => {
  const people = await Promise.all(range(5).map((at) => world.person(`counted${at}`)));
  const [ann, bob, ...others] = people as [Person, Person, ...Person[]];
  await world.befriend(ann, bob, ...others);
  const talks = [
    { id: await world.direct(ann, bob), people: [ann, bob] },
    { id: await world.group(ann, [bob, ...others]), people },
    { id: await world.group(ann, others), people: [ann, ...others] },
  ];
  const sources = [createDataSource(world.server.database.url), createDataSource(world.server.database.url)];
  await Promise.all(sources.map((source) => source.initialize()));
  const databases = sources.map((source) => new Database(source));
  /** Somebody on one of sixteen connections, eight in each of two pools. */
  const over = (connection: number, person: Person): ActionContext => {
    const database = databases[connection % 2] ?? world.database;
    return { ...world.as(person), database, loads: { viewerId: person.id, batch: new Batch(database) } };
  };
  const reached = new Map(talks.map(({ id }) => [id, 0]));
  let isOver = false;
  const sending = range(16).map(async (connection) => {
    for (const turn of range(625)) {
      const at = turn * 7 + connection;
      const { id, people: there } = talks[at % talks.length] as (typeof talks)[number];
      const { message } = await sendMessage(over(connection, there[(at >> 2) % there.length] as Person), {
        conversationId: id,
        userId: null,
        body: "Counted",
        replyTo: null,
        topic: null,
        videoAtMs: null,
        nonce: `${connection} ${turn}`,
      });
      reached.set(id, Math.max(reached.get(id) ?? 0, message?.position ?? 0));
    }
  });
  const reading = people.map(async (person) => {
    const own = talks.filter(({ people: there }) => there.includes(person));
    for (let turn = 0; !isOver; turn++) {
      const { id } = own[turn % own.length] as (typeof talks)[number];
      await markRead(world.as(person), id, reached.get(id) ?? 0);
      if (turn % 5 === 0) await markUnread(world.as(person), id);
      await sleep(100);
    }
  });
  await Promise.all(sending).finally(() => {
    isOver = true;
  });
  await Promise.all(reading);
  await Promise.all(sources.map((source) => source.destroy()));

  expect([...reached.values()].reduce((sum, positions) => sum + positions, 0)).toBe(10_000);
  expect(await countersThatDrift(world.database)).toEqual([]);
}, 900_000);
