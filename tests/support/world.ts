/** A world for a test: people who befriend, post, share and talk, through the same actions as everybody. */
import { randomUUID } from "node:crypto";
import { type SignedIn, signUp } from "../../src/actions/account.ts";
import { blockUser } from "../../src/actions/block.ts";
import type { ActionContext } from "../../src/actions/context.ts";
import { startConversation } from "../../src/actions/conversation.ts";
import { removeFriend } from "../../src/actions/friendship.ts";
import { type Sent, sendMessage } from "../../src/actions/message.ts";
import { acceptFriendRequest, sendFriendRequest } from "../../src/actions/request.ts";
import { shareVideo } from "../../src/actions/share.ts";
import { publishVideo, setLiked } from "../../src/actions/video.ts";
import { Database } from "../../src/db/database.ts";
import { createDataSource } from "../../src/db/source.ts";
import { Wakeups } from "../../src/db/wakeups.ts";
import type { Audience } from "../../src/entities/video.ts";
import { globalId, NOBODY } from "../../src/ids.ts";
import { Batch } from "../../src/loaders/kinds.ts";
import { createLog } from "../../src/log.ts";
import { deriveKeys } from "../../src/secrets.ts";
import type { Viewer } from "../../src/viewer.ts";
import { type Answer, send } from "./ask.ts";
import { startTestServer, TEST_SECRET, type TestServer } from "./server.ts";

export interface Person {
  /** The row's id; `globalId` is what the API calls it. */
  readonly id: string;
  readonly globalId: string;
  readonly handle: string;
  readonly viewer: Viewer;
  readonly token: string;
}

export const PASSWORD = "a password for tests";

export class World {
  readonly server: TestServer;
  readonly database: Database;
  readonly #wakeups: Wakeups;
  readonly #people = new Map<string, Person>();

  private constructor(server: TestServer, database: Database, wakeups: Wakeups) {
    this.server = server;
    this.database = database;
    this.#wakeups = wakeups;
  }

  /** Starts a server on a new database. What the world does is done on another node of the same database. */
  static async start(): Promise<World> {
    const server = await startTestServer({ demo: false });
    const source = createDataSource(server.database.url);
    await source.initialize();
    const wakeups = new Wakeups(server.database.url, createLog("silent"));
    await wakeups.start();
    return new World(server, new Database(source), wakeups);
  }

  async stop(): Promise<void> {
    await this.#wakeups.stop();
    await this.database.source.destroy();
    await this.server.stop();
  }

  /** A fresh context in which somebody acts. */
  as(person: Person | null): ActionContext {
    return {
      database: this.database,
      keys: deriveKeys(TEST_SECRET),
      userAgent: "tests",
      viewer: person?.viewer ?? null,
      loads: { viewerId: person?.id ?? NOBODY, batch: new Batch(this.database) },
      announce: (news) => this.#wakeups.announce(news),
      sessionsEnded: () => {},
    };
  }

  /** Asks the server as somebody, or as nobody. */
  ask<Data>(
    person: Person | null,
    query: string,
    variables: Record<string, unknown> = {},
  ): Promise<Answer<Data>> {
    return send<Data>(this.server.url, person?.token ?? null, query, variables);
  }

  /** What the server answers somebody; throws where there is an error in it. */
  async read<Data>(
    person: Person | null,
    query: string,
    variables: Record<string, unknown> = {},
  ): Promise<Data> {
    const { data, errors } = await this.ask<Data>(person, query, variables);
    if (errors.length > 0) throw new Error(`The answer has errors: ${JSON.stringify(errors)}`);
    return data;
  }

  /** The person with this handle, signed up when first named. */
  async person(handle: string): Promise<Person> {
    const known = this.#people.get(handle);
    if (known !== undefined) return known;
    const account = {
      handle,
      displayName: handle,
      password: PASSWORD,
      birthDate: "1995-06-15",
      country: "DE",
    };
    const { viewer, credentials }: SignedIn = await signUp(this.as(null), account);
    const person: Person = {
      id: viewer.userId,
      globalId: globalId("user", viewer.userId),
      handle,
      viewer,
      token: credentials.accessToken,
    };
    this.#people.set(handle, person);
    return person;
  }

  /** Several people at once. */
  people<const Handles extends readonly string[]>(
    ...handles: Handles
  ): Promise<{ [At in keyof Handles]: Person }> {
    return Promise.all(handles.map((handle) => this.person(handle))) as never;
  }

  async befriend(one: Person, ...others: readonly Person[]): Promise<void> {
    for (const other of others) {
      await sendFriendRequest(this.as(one), { userId: other.id });
      await acceptFriendRequest(this.as(other), one.id);
    }
  }

  async request(from: Person, to: Person): Promise<void> {
    await sendFriendRequest(this.as(from), { userId: to.id });
  }

  async unfriend(one: Person, other: Person): Promise<void> {
    await removeFriend(this.as(one), other.id);
  }

  async block(one: Person, other: Person): Promise<void> {
    await blockUser(this.as(one), other.id);
  }

  /** Sets columns of a person that no mutation changes yet: privacy settings, and the mark of a deleted account. */
  async set(person: Person, column: string, value: unknown): Promise<void> {
    await this.server.database.query(`update users set ${column} = $2 where id = $1`, [person.id, value]);
  }

  /** Marks a friend as close. */
  async close(person: Person, friend: Person): Promise<void> {
    await this.server.database.query(
      "update friendships set is_close = true where user_id = $1 and friend_id = $2",
      [person.id, friend.id],
    );
  }

  /** Publishes a video; returns its row id. */
  video(author: Person, audience: Audience = "PUBLIC", caption: string = randomUUID()): Promise<string> {
    return publishVideo(this.as(author), {
      sourceUrl: "https://media.example/video.mp4",
      thumbnailUrl: null,
      durationMs: 10_000,
      caption,
      audience,
      commentsFrom: null,
      nonce: null,
    });
  }

  async like(person: Person, videoId: string): Promise<void> {
    await setLiked(this.as(person), videoId, true);
  }

  /** The direct conversation of two people; returns its row id. */
  async direct(one: Person, other: Person): Promise<string> {
    const input = { userIds: [other.id], title: null, nonce: null };
    return (await startConversation(this.as(one), input)).conversationId;
  }

  /** A group begun by one person with others who let themselves be added; returns its row id. */
  async group(owner: Person, others: readonly Person[], title = "A group"): Promise<string> {
    for (const other of others) await this.set(other, "group_invites_from", "EVERYONE");
    const input = { userIds: others.map(({ id }) => id), title, nonce: null };
    return (await startConversation(this.as(owner), input)).conversationId;
  }

  say(
    person: Person,
    conversationId: string,
    body: string,
    more: { nonce?: string; replyTo?: number; topic?: string } = {},
  ): Promise<Sent> {
    return sendMessage(this.as(person), {
      conversationId,
      userId: null,
      body,
      replyTo: more.replyTo === undefined ? null : { conversationId, position: more.replyTo },
      topic: more.topic === undefined ? null : { conversationId, videoId: more.topic },
      videoAtMs: null,
      nonce: more.nonce ?? randomUUID(),
    });
  }

  async share(
    person: Person,
    videoId: string,
    conversationId: string,
    note: string | null = null,
  ): Promise<void> {
    const targets = [{ id: "target", userId: null, conversationId }];
    await shareVideo(this.as(person), { videoId, targets, note, nonce: randomUUID() });
  }
}
