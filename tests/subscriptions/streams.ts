/** Streams for tests: what is subscribed to, by whom, and what came. */
import type { Client } from "graphql-ws";
import { decodeEventCursor, encodeEventCursor } from "../../src/event-cursor.ts";
import { globalId } from "../../src/ids.ts";
import { connect, type Subscription, subscribe } from "../support/socket.ts";
import type { Person, World } from "../support/world.ts";

export interface Received {
  readonly cursor: string;
  readonly message: {
    readonly position: number;
    readonly body: string | null;
    readonly status: string;
    readonly sender: { readonly displayName: string } | null;
  } | null;
  readonly conversation: { readonly id: string; readonly unreadCount: number } | null;
}

const MESSAGES = /* GraphQL */ `
  subscription ($conversationId: ID, $after: EventCursor) {
    messageReceived(conversationId: $conversationId, after: $after) {
      cursor
      message { position body status sender { displayName } }
      conversation { id unreadCount }
    }
  }`;

/** A change as the stream tells of it; which fields it has depends on its type. */
export type Change = { readonly __typename: string } & Readonly<Record<string, unknown>>;

export interface Item {
  readonly __typename: "StreamOpened" | "StreamReset" | "ViewerEvent";
  readonly cursor: string;
  readonly resumed?: boolean;
  readonly reason?: string;
  readonly change?: Change;
}

export const EVENTS = /* GraphQL */ `
  subscription ($after: EventCursor) {
    viewerEvents(after: $after) {
      __typename
      ... on StreamOpened { cursor resumed }
      ... on StreamReset { cursor reason }
      ... on ViewerEvent {
        cursor
        change {
          __typename
          ... on MessageSent { message { position body } }
          ... on ConversationChanged { conversation { id } }
          ... on ReadMoved { readUpTo user { handle } conversation { id } }
          ... on RelationshipChanged { user { handle } relationship { state } }
          ... on NotificationAdded { notification { kind } }
          ... on VideoChanged { video { id caption audience } }
          ... on AccessRevoked { ids }
        }
      }
    }
  }`;

/** The position in the log that a cursor stands for. */
export const placeOf = (cursor: string): number => decodeEventCursor(cursor).position;

/** The codes of what went wrong with a stream: of errors, or of the socket's closing. */
export function codesOf({ errors }: Pick<Subscription<unknown>, "errors">): unknown[] {
  return (errors.flat() as { code?: number; extensions?: { code?: string } }[]).map(
    ({ code, extensions }) => extensions?.code ?? code,
  );
}

/** Whether it tells of the video by which `told` knows that nothing comes any more. */
export const isMark = ({ change }: Item): boolean =>
  (change?.video as { caption?: string } | null)?.caption === "mark";

/** Resolves when that many items have come; never with more. */
export async function received<Of>(stream: Subscription<Of>, count: number): Promise<Of[]> {
  await stream.until(() => stream.items.length >= count, `item ${count}`);
  return stream.items;
}

export class Streams {
  readonly #world: World;
  readonly #clients: Client[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  /** Where somebody's log stands now, as a client reads it before it subscribes. */
  async cursorOf(person: Person): Promise<string> {
    const { data } = await this.#world.ask<{ viewer: { eventCursor: string } }>(
      person,
      "{ viewer { eventCursor } }",
    );
    return data.viewer.eventCursor;
  }

  /** The cursor of a position in somebody's log. */
  cursorAt({ id }: Person, position: number): string {
    return encodeEventCursor({ viewerId: id, epoch: 1, position });
  }

  /** A socket of somebody's, closed with the others. */
  socket(person: Person | null, url: string = this.#world.server.url): Client {
    const client = connect(url, person?.token ?? null);
    this.#clients.push(client);
    return client;
  }

  /** The messages that somebody receives: in one conversation, given by its row id, or in all. */
  messages(
    person: Person | null,
    { in: conversation, after }: { in?: string; after?: string } = {},
  ): Subscription<Received> {
    const conversationId = conversation === undefined ? undefined : globalId("conversation", conversation);
    return subscribe<Received>(this.socket(person), "messageReceived", MESSAGES, { conversationId, after });
  }

  /** All that changes somebody's world. */
  events(person: Person | null, after?: string): Subscription<Item> {
    return subscribe<Item>(this.socket(person), "viewerEvents", EVENTS, { after });
  }

  /** The same, from another node. */
  eventsAt(url: string, person: Person): Subscription<Item> {
    return subscribe<Item>(this.socket(person, url), "viewerEvents", EVENTS);
  }

  /** All that changes somebody's world, open already: its first item has come. */
  async opened(person: Person, after?: string): Promise<Subscription<Item>> {
    const stream = this.events(person, after);
    await received(stream, 1);
    return stream;
  }

  /** What each of these people's streams tells of while `act` runs. */
  async told(people: readonly Person[], act: () => Promise<unknown>): Promise<Change[][]> {
    const all = await Promise.all(people.map((person) => this.opened(person)));
    await act();
    // Comes after all that was told before it, so nothing has to be waited for in vain.
    await Promise.all(people.map((person) => this.#world.video(person, "ONLY_ME", "mark")));
    return Promise.all(
      all.map(async (stream) => {
        await stream.until(isMark, "the mark");
        expect(stream.errors).toEqual([]);
        return stream.items.slice(1, -1).flatMap(({ change }) => change ?? []);
      }),
    );
  }

  /** Appends events beside all actions, at these positions and so many days ago; nobody is woken. */
  async append({ id }: Person, positions: readonly number[], daysAgo: readonly number[] = []): Promise<void> {
    // In one statement, as every write does: nobody sees events beyond where their log has come to.
    await this.#world.server.database.query(
      `with moved as (
         update viewer_logs set position = $4 where viewer_id = $1
       )
       insert into viewer_events (viewer_id, position, kind, ids, created_at)
       select $1, e.position, 'ACCESS_REVOKED', '{}', now() - coalesce(e.days, 0) * interval '1 day'
       from unnest($2::bigint[], $3::int[]) as e (position, days)`,
      [id, positions, daysAgo, positions.at(-1)],
    );
  }

  /** Closes every socket. */
  async close(): Promise<void> {
    await Promise.all(this.#clients.splice(0).map((client) => client.dispose()));
  }
}
