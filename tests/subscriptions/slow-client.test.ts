/** A client that takes nothing any more: it is let go for it to resume, and nobody else feels it. */
import { setTimeout as sleep } from "node:timers/promises";
import { World } from "../support/world.ts";
import { RawSocket } from "./raw.ts";
import { Streams } from "./streams.ts";

/** Close codes at which clients come back by themselves; the second is what is left of the first when nobody reads. */
const COME_BACK = [1013, 1006];
/** The server lets go after ten seconds without a sign; well before a missed ping would make it. */
const LONGEST_MS = 60_000;

// Twenty-five times four thousand characters of four bytes: four hundred kilobytes an item.
const MESSAGE = Array.from({ length: 25 }, (_, at) => `m${at}: message { position body }`).join("\n");
const STREAMS = {
  messageReceived: `subscription ($after: EventCursor) { messageReceived(after: $after) { cursor ${MESSAGE} } }`,
  viewerEvents: `subscription ($after: EventCursor) {
    viewerEvents(after: $after) {
      ... on ViewerEvent { cursor change { ... on MessageSent { ${MESSAGE} } } }
    }
  }`,
};

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

const openSockets = async () => {
  const metrics = await (await fetch(`${world.server.url}/metrics`)).text();
  return Number(/^kith_sockets (\d+)/m.exec(metrics)?.[1]);
};
interface Shown {
  readonly cursor?: string;
  readonly m0?: { readonly position: number };
  readonly change?: { readonly m0?: { readonly position: number } };
}
const shownBy = ({ payload }: { payload?: { data?: unknown } }) =>
  Object.values((payload?.data ?? {}) as Record<string, Shown>)[0];
const positionOf = (frame: { payload?: { data?: unknown } }) => {
  const shown = shownBy(frame);
  return (shown?.m0 ?? shown?.change?.m0)?.position;
};
const cursorOf = (frame: { payload?: { data?: unknown } }) => shownBy(frame)?.cursor;

test.each(Object.entries(STREAMS))(
  "a client that stops reading %s is closed with a code that means resume, and misses nothing when it does",
  async (name, bulky) => {
    const [maya, leo] = await world.people(`maya.${name.toLowerCase()}`, `leo.${name.toLowerCase()}`);
    await world.befriend(maya, leo);
    const pair = await world.direct(maya, leo);
    const streams = new Streams(world);
    const start = await streams.cursorOf(leo);
    const slow = await RawSocket.signIn(world.server.url, leo.token);
    slow.begin("all", bulky, { after: start });
    await world.say(maya, pair, "the first");
    await slow.frame((frame) => positionOf(frame) === 1);
    const steady = streams.messages(leo, { after: start });
    await steady.until(({ message }) => message?.position === 1, "the first");
    expect(await openSockets()).toBe(2);

    slow.network.pause();
    const pausedAt = Date.now();
    const count = 80;
    for (let nr = 2; nr <= count; nr++) await world.say(maya, pair, "\u{1f34a}".repeat(4_000));
    let position = count;
    let longest = 0;
    while ((await openSockets()) > 1) {
      expect(Date.now() - pausedAt).toBeLessThan(LONGEST_MS);
      const sentAt = Date.now();
      position = (await world.say(maya, pair, "still here?")).message.position;
      await steady.until(({ message }) => message?.position === position, "what was just said");
      longest = Math.max(longest, Date.now() - sentAt);
      await sleep(50);
    }
    expect(longest).toBeLessThan(30_000);

    slow.network.resume();
    expect(COME_BACK).toContain(await slow.closed);
    const before = slow.frames.map(positionOf).filter((at) => at !== undefined);
    expect(before.length).toBeLessThan(count);
    const resumed = await RawSocket.signIn(world.server.url, leo.token);
    resumed.begin("all", bulky, {
      after: slow.frames.map(cursorOf).findLast((cursor) => cursor !== undefined),
    });
    await resumed.frame((frame) => positionOf(frame) === position);
    const after = resumed.frames.map(positionOf).filter((at) => at !== undefined);
    expect([...before, ...after]).toEqual(Array.from({ length: position }, (_, at) => at + 1));
    expect(steady.items.map(({ message }) => message?.position)).toEqual([...before, ...after]);
    expect([...slow.frames, ...resumed.frames].filter(({ type }) => type === "error")).toEqual([]);
    resumed.terminate();
    await streams.close();
  },
);
