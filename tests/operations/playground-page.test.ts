/** The page of the playground: what it costs, and whose ids stand on it. */
import { startTestServer } from "../support/server.ts";
import { World } from "../support/world.ts";

const variablesOn = async (url: string) => {
  const page = await (await fetch(url)).text();
  const [, tabs = "[]"] = /<script id="tabs" type="application\/json">(.*?)<\/script>/s.exec(page) ?? [];
  return (JSON.parse(tabs) as { variables: string }[]).map(({ variables }) => variables).join("\n");
};

test("it has ids of the demo world, which are read once for all who open it at a time", async () => {
  const server = await startTestServer();
  try {
    expect(await variablesOn(server.url)).toMatch(/"conversationId": "conversation_/);
    const before = await server.statements();
    await Promise.all(Array.from({ length: 100 }, () => variablesOn(server.url)));
    // Every reading would be of more than ten statements.
    expect((await server.statements()) - before).toBeLessThan(1_000);
  } finally {
    await server.stop();
  }
});

test("it has none of anybody who was there before the demo world could be made, whatever their handle", async () => {
  const world = await World.start();
  const [maya, friend] = await world.people("maya", "friend");
  await world.befriend(maya, friend);
  await world.say(maya, await world.direct(maya, friend), "Between us");
  const server = await startTestServer({ demo: true, database: world.server.database });
  try {
    const variables = await variablesOn(server.url);
    expect(variables).toContain('"conversationId": ""');
    expect(variables).not.toMatch(/"(user|conversation|message)_/);
    expect(variables).not.toContain(friend.globalId);
  } finally {
    await server.stop();
    await world.stop();
  }
});
