/** A world for a test: people who befriend, post, share and talk, through the same actions as everybody. */
import { randomUUID } from "node:crypto";
import pLimit from "p-limit";
import { signUp } from "../../src/actions/account.ts";
import { blockUser } from "../../src/actions/block.ts";
import { addComment } from "../../src/actions/comment.ts";
import { setCommentLiked } from "../../src/actions/comment-like.ts";
import { type ActionContext, write } from "../../src/actions/context.ts";
import { startConversation } from "../../src/actions/conversation.ts";
import { reinstate, suspend } from "../../src/actions/departure.ts";
import { recordView, repost, setSaved } from "../../src/actions/engagement.ts";
import { removeFriend, setCloseFriend } from "../../src/actions/friendship.ts";
import { sendMessage } from "../../src/actions/message.ts";
import { markMomentSeen, type NewMoment, postMoment } from "../../src/actions/moment.ts";
import type { MomentKey } from "../../src/actions/moment-notification.ts";
import { type PrivacySettings, updatePrivacy } from "../../src/actions/profile.ts";
import { acceptFriendRequest, sendFriendRequest } from "../../src/actions/request.ts";
import { shareVideo } from "../../src/actions/share.ts";
import { setLiked } from "../../src/actions/video.ts";
import { publishVideo } from "../../src/actions/video-publish.ts";
import type { Config } from "../../src/config.ts";
import { Database } from "../../src/db/database.ts";
import { NotifyCarrier } from "../../src/db/notify.ts";
import { NO_RATES } from "../../src/db/rates.ts";
import { createDataSource } from "../../src/db/source.ts";
import { Wakeups } from "../../src/db/wakeups.ts";
import type { Audience } from "../../src/entities/video.ts";
import { requireFound } from "../../src/errors.ts";
import { globalId, keyOf, NOBODY } from "../../src/ids.ts";
import { Batch } from "../../src/loaders/kinds.ts";
import { createLog } from "../../src/log.ts";
import type { MediaStore } from "../../src/media/store.ts";
import { openWorkshop, type Workshop } from "../../src/media/workshop.ts";
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
  /** Where the files of videos are kept, on every node of this world. */
  readonly media: MediaStore;
  readonly workshop: Workshop;
  readonly #wakeups: Wakeups;
  readonly #people = new Map<string, Person>();
  // The server is in this process, and hashes a few passwords at a time for all.
  readonly #signingUp = pLimit(8);

  private constructor(server: TestServer, database: Database, wakeups: Wakeups, workshop: Workshop) {
    this.server = server;
    this.database = database;
    this.media = server.media;
    this.workshop = workshop;
    this.#wakeups = wakeups;
  }

  /** Starts a server on a new database. What the world does is done on another node of the same database. */
  static async start(config: Partial<Config> = {}): Promise<World> {
    const server = await startTestServer({ demo: false, config });
    const source = createDataSource(server.database.url);
    await source.initialize();
    const wakeups = new Wakeups(new NotifyCarrier(server.database.url, createLog("silent")));
    await wakeups.start();
    const workshop = await openWorkshop(config.ffmpeg ?? null, server.workshopDir, createLog("silent"));
    return new World(server, new Database(source), wakeups, workshop);
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
      media: this.media,
      workshop: this.workshop,
      client: { userAgent: "tests", address: null },
      passwords: true,
      moderators: [],
      rates: NO_RATES,
      publicUrl: this.server.url,
      viewer: person?.viewer ?? null,
      loads: { viewerId: person?.id ?? NOBODY, batch: new Batch(this.database) },
      announce: (news) => this.#wakeups.announce(news),
      sessionsEnded: () => {},
      typing: () => {},
      soon: () => {},
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
    const born = { birthDate: "1995-06-15", country: "DE" };
    const account = { handle, displayName: handle, password: PASSWORD, ...born };
    const { viewer, credentials } = await this.#signingUp(() => signUp(this.as(null), account));
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

  /** Suspends a person, as a moderator does. */
  async suspend({ id }: Person): Promise<void> {
    await write(this.as(null), (queries, tell) => suspend(queries, tell, id));
  }

  /** Ends a suspension. */
  async reinstate({ id }: Person): Promise<void> {
    await write(this.as(null), (queries, tell) => reinstate(queries, tell, id));
  }

  /** Changes how far somebody lets others in. */
  async privacy(person: Person, settings: Partial<PrivacySettings>): Promise<void> {
    await updatePrivacy(this.as(person), settings);
  }

  /** Sets a column of a person beside all actions: counters, and the marks of accounts that are deleted or suspended. */
  async set(person: Person, column: string, value: unknown): Promise<void> {
    await this.server.database.query(`update users set ${column} = $2 where id = $1`, [person.id, value]);
  }

  /** Marks a friend as close. */
  async close(person: Person, friend: Person): Promise<void> {
    await setCloseFriend(this.as(person), friend.id, true);
  }

  /** Publishes a video; returns its row id. */
  video(author: Person, audience: Audience = "PUBLIC", caption: string = randomUUID()): Promise<string> {
    return publishVideo(this.as(author), {
      uploadId: null,
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

  /** Posts a moment, with words where nothing else is said; returns its key. */
  moment(author: Person, moment: Partial<NewMoment> = {}): Promise<MomentKey> {
    const words = { videoId: null, text: randomUUID(), audience: null, nonce: null };
    return postMoment(this.as(author), { ...words, ...moment });
  }

  async seeMoment(person: Person, moment: MomentKey): Promise<void> {
    await markMomentSeen(this.as(person), moment);
  }

  /** Comments on a video, or answers the comment `replyTo`; returns the comment's global id. */
  async comment(person: Person, videoId: string, text = "Well", replyTo?: string): Promise<string> {
    const key = replyTo === undefined ? null : keyOf("comment", replyTo);
    const id = await addComment(this.as(person), {
      videoId,
      text,
      replyTo: key === null ? null : { videoId: key[0] ?? "", id: key[1] ?? "" },
      nonce: null,
    });
    return globalId("comment", videoId, id);
  }

  /** Likes a comment, by its global id. */
  async likeComment(person: Person, comment: string): Promise<void> {
    const [videoId = "", id = ""] = keyOf("comment", comment);
    await setCommentLiked(this.as(person), { videoId, id }, true);
  }

  async save(person: Person, videoId: string): Promise<void> {
    await setSaved(this.as(person), videoId, true);
  }

  async repost(person: Person, videoId: string, note: string | null = null): Promise<void> {
    await repost(this.as(person), videoId, note);
  }

  async watch(person: Person, videoId: string, watchedMs = 1_000): Promise<void> {
    await recordView(this.as(person), videoId, watchedMs);
  }

  /** The direct conversation of two people; returns its row id. */
  async direct(one: Person, other: Person): Promise<string> {
    const input = { userIds: [other.id], title: null, nonce: null };
    return (await startConversation(this.as(one), input)).conversationId;
  }

  /** A group begun by one person with others who let themselves be added; returns its row id. */
  async group(owner: Person, others: readonly Person[], title = "A group"): Promise<string> {
    for (const other of others) await this.privacy(other, { groupInvitesFrom: "EVERYONE" });
    const input = { userIds: others.map(({ id }) => id), title, nonce: null };
    return (await startConversation(this.as(owner), input)).conversationId;
  }

  async say(
    person: Person,
    conversationId: string,
    body: string,
    more: { nonce?: string; replyTo?: number; topic?: string; mentions?: readonly Person[] } = {},
  ) {
    const sent = await sendMessage(this.as(person), {
      conversationId,
      userId: null,
      body,
      replyTo: more.replyTo === undefined ? null : { conversationId, position: more.replyTo },
      topic: more.topic === undefined ? null : { conversationId, videoId: more.topic },
      videoAtMs: null,
      mentions: (more.mentions ?? []).map(({ id }) => id),
      nonce: more.nonce ?? randomUUID(),
    });
    return { ...sent, message: requireFound(sent.message, "message") };
  }

  async share(
    person: Person,
    videoId: string,
    conversationId: string,
    note: string | null = null,
  ): Promise<void> {
    const targets = [{ id: "target", userId: null, conversationId }];
    const [outcome] = await shareVideo(this.as(person), { videoId, targets, note, nonce: randomUUID() });
    if (outcome?.error) throw outcome.error;
  }
}
