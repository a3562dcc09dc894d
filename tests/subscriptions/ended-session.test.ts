/** Once a session has ended, nothing is done any more for a socket of it, whatever its client makes of being closed. */
import { send } from "../support/ask.ts";
import { World } from "../support/world.ts";
import { RawSocket } from "./raw.ts";

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

const PUBLISH = `mutation ($caption: String!) {
  publishVideo(input: { sourceUrl: "https://media.example/x.mp4", caption: $caption }) { video { id } }
}`;

test("a client that does not hear that it was closed can do nothing more, and is broken off", async () => {
  const maya = await world.person("maya");
  const socket = await RawSocket.signIn(world.server.url, maya.token);
  socket.begin("before", PUBLISH, { caption: "before" });
  await socket.answer("before");
  // What it does not read it does not answer, so the server waits for it.
  socket.network.pause();
  await send(world.server.url, maya.token, "mutation { signOut(input: {}) { signedOut } }");
  for (let nr = 0; nr < 5; nr++) socket.begin(`late ${nr}`, PUBLISH, { caption: "late" });
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  socket.network.resume();
  await socket.closed;
  const captions = await world.server.database.query("select caption from videos where author_id = $1", [
    maya.id,
  ]);
  expect(captions).toEqual([{ caption: "before" }]);
});
