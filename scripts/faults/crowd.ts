/** Everybody who sends and everybody who follows, from the first message to the history of all of them. */
import { setTimeout as sleep } from "node:timers/promises";
import { decodeEventCursor } from "../../src/event-cursor.ts";
import { globalId } from "../../src/ids.ts";
import { ask, send } from "./ask.ts";
import type { Circle } from "./circles.ts";
import type { Address, Journal } from "./journal.ts";
import type { History, Logged, Part, Said, Subscribed } from "./oracle.ts";
import type { Person } from "./people.ts";
import type { Chance } from "./random.ts";
import { Sender, type SenderFlaw } from "./sender.ts";
import { Subscriber, type SubscriberFlaw } from "./subscriber.ts";

/** Asks the database beside the servers. */
export type Query = <Row extends object>(text: string, values?: readonly unknown[]) => Promise<Row[]>;

export interface CrowdSetting {
  readonly circles: readonly Circle[];
  /** Where the servers are. */
  readonly nodes: readonly Address[];
  /** Where senders go instead, if not there. */
  readonly sendTo?: readonly Address[];
  readonly journal: Journal;
  readonly chance: Chance;
  readonly query: Query;
  /** Milliseconds between two messages of a sender, at least and at most. */
  readonly pause: readonly [number, number];
  /** How many senders of each group follow as well, as on a second device. */
  readonly secondDevices: number;
  /** How many subscribers keep to each server; all others go to any. */
  readonly faithful: number;
  readonly senderFlaw?: SenderFlaw;
  readonly subscriberFlaw?: SubscriberFlaw;
}

const CATCH_UP_MS = 120_000;
const LOOK_MS = 50;
const ATTEMPT_MS = 4_000;
const RETRY_MS = 200;

const REMOVE = `mutation ($input: ParticipantInput!) {
  removeParticipant(input: $input) { userErrors { code } }
}`;

interface Removal {
  readonly userId: string;
  readonly conversation: string;
  /** The last position before it was asked for, and the last one when it was acknowledged. */
  readonly before: number;
  readonly after: number;
}

export class Crowd {
  readonly #setting: CrowdSetting;
  readonly #senders: Sender[];
  readonly #subscribers: Subscriber[];
  readonly #starts: ReadonlyMap<string, string>;
  readonly #removals: Removal[] = [];

  private constructor(setting: CrowdSetting, people: readonly Person[], starts: ReadonlyMap<string, string>) {
    const { circles, nodes, journal, chance, pause, senderFlaw, subscriberFlaw } = setting;
    this.#setting = setting;
    this.#starts = starts;
    const of = (person: Person, among: (circle: Circle) => readonly Person[]) =>
      circles.filter((circle) => among(circle).includes(person)).map(({ conversation }) => conversation);
    this.#subscribers = people.map((person, at) => {
      const own = chance.fork();
      const kept =
        at < setting.faithful * nodes.length ? [nodes[at % nodes.length] ?? own.pick(nodes)] : nodes;
      return new Subscriber({
        person,
        conversations: of(person, ({ senders, listeners }) => [...senders, ...listeners]),
        start: starts.get(person.userId) ?? "",
        anyNode: () => own.pick(kept),
        journal,
        chance: own,
        flaw: subscriberFlaw,
      });
    });
    const senders = [...new Set(circles.flatMap((circle) => circle.senders))];
    this.#senders = senders.map((person) => {
      const own = chance.fork();
      return new Sender({
        person,
        conversations: of(person, (circle) => circle.senders),
        anyNode: () => own.pick(setting.sendTo ?? nodes),
        journal,
        chance: own,
        pause,
        flaw: senderFlaw,
      });
    });
  }

  /** Everybody reads where their log stands, then begins. */
  static async begin(setting: CrowdSetting): Promise<Crowd> {
    const groups = setting.circles.filter(({ isGroup }) => isGroup);
    const people = new Set<Person>(groups.flatMap(({ listeners }) => listeners));
    for (const { senders } of groups)
      for (const person of senders.slice(0, setting.secondDevices)) people.add(person);
    const url = setting.nodes[0]?.url ?? "";
    const starts = await Promise.all(
      [...people].map(async (person) => {
        const query = "{ viewer { eventCursor } }";
        const { viewer } = await ask<{ viewer: { eventCursor: string } }>(
          url,
          await person.token(),
          query,
          {},
        );
        return [person.userId, viewer.eventCursor] as const;
      }),
    );
    return new Crowd(setting, [...people], new Map(starts));
  }

  get senderCount(): number {
    return this.#senders.length;
  }

  get subscriberCount(): number {
    return this.#subscribers.length;
  }

  get removalCount(): number {
    return this.#removals.length;
  }

  /** Removes a listener from a group, by whoever began it, however often that has to be asked for. */
  async remove({ conversation, senders, listeners }: Circle): Promise<void> {
    const { nodes, chance, journal } = this.#setting;
    const [owner, listener] = [senders[0], listeners.at(-1)];
    if (owner === undefined || listener === undefined) return;
    const before = await this.#lastPosition(conversation);
    const input = { conversationId: globalId("conversation", conversation), userId: listener.id };
    for (let attempt = 1; ; attempt++) {
      const { url } = chance.pick(nodes);
      const token = await owner.token();
      const answer = await send<{ removeParticipant: { userErrors: readonly { code: string }[] } | null }>(
        url,
        token,
        REMOVE,
        { input },
        ATTEMPT_MS,
      ).catch(() => null);
      const removed = answer?.data?.removeParticipant;
      const codes = (removed?.userErrors ?? []).map(({ code }) => code);
      // Whoever was removed by an attempt whose answer was lost is no longer there to be found.
      if (removed != null && (codes.length === 0 || (attempt > 1 && codes[0] === "NOT_FOUND"))) break;
      for (const code of [...(answer?.codes ?? []), ...codes])
        journal.refuse(code, `${owner.handle}'s removal`);
      await sleep(RETRY_MS);
    }
    const after = await this.#lastPosition(conversation);
    this.#removals.push({ userId: listener.userId, conversation, before, after });
    this.#subscribers.find(({ person }) => person === listener)?.remove(conversation);
  }

  /** Lets senders finish and subscribers catch up, then tells what became of it all. */
  async end(): Promise<History> {
    const { journal, circles } = this.#setting;
    await Promise.all(this.#senders.map((sender) => sender.stop()));
    const heads = await this.#heads();
    const isBehind = ({ person, position }: Subscriber) => position < (heads.get(person.userId) ?? 0);
    for (const deadline = Date.now() + CATCH_UP_MS; Date.now() < deadline; await sleep(LOOK_MS)) {
      if (!this.#subscribers.some(isBehind)) break;
    }
    await this.abandon();
    const kept = new Map<string, Said[]>();
    for (const { conversation } of circles) kept.set(conversation, await this.#kept(conversation));
    const subscribed: Subscribed[] = [];
    for (const subscriber of this.#subscribers) {
      subscribed.push({
        name: subscriber.person.handle,
        parts: await this.#parts(subscriber.person.userId),
        deliveries: subscriber.deliveries,
        log: await this.#log(subscriber.person.userId),
        resets: subscriber.resets,
        reread: subscriber.reread,
      });
    }
    const { acknowledged, resent, unexpected } = journal;
    return { acknowledged, resent, kept, subscribed, unexpected };
  }

  /** Stops everybody where they are. */
  async abandon(): Promise<void> {
    for (const sender of this.#senders) sender.abandon();
    await Promise.all(this.#subscribers.map((subscriber) => subscriber.stop()));
  }

  async #lastPosition(conversation: string): Promise<number> {
    const sql = "select last_position as position from conversations where id = $1";
    const [row] = await this.#setting.query<{ position: number }>(sql, [conversation]);
    return row?.position ?? 0;
  }

  async #heads(): Promise<Map<string, number>> {
    const sql = "select viewer_id as viewer, position from viewer_logs";
    const rows = await this.#setting.query<{ viewer: string; position: string }>(sql);
    return new Map(rows.map(({ viewer, position }) => [viewer, Number(position)]));
  }

  #kept(conversation: string): Promise<Said[]> {
    return this.#setting.query<Said>(
      `select conversation_id as conversation, position, body
       from messages
       where conversation_id = $1
       order by position`,
      [conversation],
    );
  }

  async #parts(userId: string): Promise<Part[]> {
    const rows = await this.#setting.query<{ conversation: string; from: number; state: string }>(
      `select conversation_id as conversation, history_from as "from", state
       from participants
       where user_id = $1`,
      [userId],
    );
    return rows.map(({ conversation, from, state }) => {
      const removal = this.#removals.find(
        (each) => each.userId === userId && each.conversation === conversation,
      );
      if ((state === "REMOVED") !== (removal !== undefined)) throw new Error(`A participant is ${state}.`);
      const { before: until, after: never } = removal ?? { before: Number.POSITIVE_INFINITY, after: null };
      return { conversation, from, until, never };
    });
  }

  async #log(userId: string): Promise<Logged[]> {
    const { position } = decodeEventCursor(this.#starts.get(userId) ?? "");
    const rows = await this.#setting.query<{ position: string; kind: string; ids: string[] }>(
      `select position, kind::text, ids
       from viewer_events
       where viewer_id = $1 and position > $2
       order by position`,
      [userId, position],
    );
    return rows.map(({ position, kind, ids: [conversation = "", at] }) => ({
      position: Number(position),
      kind,
      message: kind === "MESSAGE_SENT" ? { conversation, position: Number(at) } : null,
    }));
  }
}
