/** The address of an export: where it leads, for how long, and for whom. */
import { dropExpiredExports } from "../../src/actions/export/expire.ts";
import { makeExports } from "../../src/actions/export/make.ts";
import { startTestServer } from "../support/server.ts";
import { PASSWORD, type Person, World } from "../support/world.ts";
import { askForExport, exportMade, exportsOf } from "./exports.ts";
import { mutate } from "./mutations.ts";

let world: World;
let gil: Person;
let url: URL;
beforeAll(async () => {
  world = await World.start();
  gil = await world.person("gil");
  url = await addressFor(gil);
});
afterAll(() => world.stop());

async function addressFor(person: Person): Promise<URL> {
  await askForExport(world, person);
  await makeExports(world.as(null), new AbortController().signal);
  return new URL((await exportMade(world, person)).url ?? "");
}

const ours = (person: Person) => exportsOf(world, person);

const changed = (change: (url: URL) => void) => {
  const other = new URL(url);
  change(other);
  return other;
};
const answer = async (to: URL, method = "GET") => {
  const response = await fetch(to, { method });
  const { date: _date, ...headers } = Object.fromEntries(response.headers);
  return { status: response.status, headers, body: await response.text() };
};
const nothing = () => answer(new URL("/exports/nothing", url));

test("the address of an export is good for an hour", () => {
  const minutes = (Number(url.searchParams.get("expires")) * 1_000 - Date.now()) / 60_000;
  expect(minutes).toBeGreaterThan(50);
  expect(minutes).toBeLessThanOrEqual(60);
});

test("the address of an export leads on any node to the same content", async () => {
  const other = await startTestServer({ demo: false, database: world.server.database });
  try {
    const there = changed((to) => {
      to.port = new URL(other.url).port;
    });
    expect(await (await fetch(there)).text()).toBe(await (await fetch(url)).text());
  } finally {
    await other.stop();
  }
});

test("the address of an export leads nowhere once it is changed, and everywhere else alike", async () => {
  const refused = await nothing();
  expect(refused.status).toBe(404);
  const spoiled = [
    changed((to) => to.searchParams.set("expires", String(Number(to.searchParams.get("expires")) + 60))),
    changed((to) => to.searchParams.set("signature", "a".repeat(43))),
    changed((to) => to.searchParams.delete("signature")),
    changed((to) => {
      to.pathname = to.pathname.replace(/.$/, (last) => (last === "a" ? "b" : "a"));
    }),
    changed((to) => {
      to.pathname = `${to.pathname}/`;
    }),
    new URL("/exports/export_zzzzzzzzzzzzz?expires=99999999999&signature=a", url),
    new URL("/exports/%ff", url),
  ];
  for (const each of spoiled) expect(await answer(each)).toEqual(refused);
  expect((await answer(url, "POST")).status).toBe(404);
});

test("the address of an export is its owner's alone: nobody else finds the export", async () => {
  const [{ id } = { id: "" }] = await ours(gil);
  const find = `query ($id: ID!) { node(id: $id) { id ... on DataExport { url } } }`;
  const other = await world.person("somebody.else");
  expect(await world.read(gil, find, { id })).toEqual({ node: { id, url: expect.any(String) } });
  for (const person of [other, null]) expect(await world.read(person, find, { id })).toEqual({ node: null });
  expect(await ours(other)).toEqual([]);
});

test("the address of an export leads nowhere while its owner is suspended", async () => {
  const person = await world.person("suspended");
  const address = await addressFor(person);
  const before = await answer(address);
  expect(before.status).toBe(200);
  await world.suspend(person);
  expect(await answer(address)).toEqual(await nothing());
  await world.reinstate(person);
  expect(await answer(address)).toEqual(before);
});

test("the address of an export leads nowhere once its owner has deleted the account", async () => {
  const person = await world.person("deleted");
  const address = await addressFor(person);
  expect((await answer(address)).status).toBe(200);
  await mutate(world, person, "deleteAccount", { password: PASSWORD, messages: "ERASE" });
  expect(await answer(address)).toEqual(await nothing());
});

test("an export that is being fetched breaks off when its owner is suspended", async () => {
  const person = await world.person("fetching");
  const address = await addressFor(person);
  // More than lies on the way between the server and a client that does not read.
  await world.server.database.query(
    `with more as (
       update data_exports e set part_count = part_count + 8 where e.user_id = $1 returning e.id, e.part_count
     )
     insert into data_export_parts (export_id, nr, lines)
     select m.id, m.part_count - 8 + nr, repeat('x', 8000000) || chr(10)
     from more m cross join generate_series(1, 8) nr`,
    [person.id],
  );
  const fetched = await fetch(address);
  expect(fetched.status).toBe(200);
  await world.suspend(person);
  await expect(fetched.text()).rejects.toThrow();
});

test("the address of an export leads nowhere after seven days, when nothing is left of what it led to", async () => {
  await world.server.database.query(
    "update data_exports set expires_at = now() - interval '1 second' where user_id = $1",
    [gil.id],
  );
  expect(await answer(url)).toEqual(await nothing());
  expect((await ours(gil))[0]).toMatchObject({ status: "EXPIRED", url: null });
  await dropExpiredExports(world.as(null), new AbortController().signal);
  const left = await world.server.database.query(
    "select from data_export_parts p join data_exports e on e.id = p.export_id where e.user_id = $1",
    [gil.id],
  );
  expect(left).toEqual([]);
  expect((await ours(gil))[0]).toMatchObject({ status: "EXPIRED" });
});
