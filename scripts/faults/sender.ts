/** Somebody who sends, and sends again with the same nonce until it is acknowledged. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { globalId } from "../../src/ids.ts";
import { send } from "./ask.ts";
import type { Address, Journal } from "./journal.ts";
import type { Said } from "./oracle.ts";
import type { Person } from "./people.ts";
import type { Chance } from "./random.ts";

/** Mistakes that a sender could make. */
export type SenderFlaw = "new nonce";

export interface SenderSetting {
  readonly person: Person;
  /** Row ids of the conversations it sends to. */
  readonly conversations: readonly string[];
  /** Where a server may be reached. */
  readonly anyNode: () => Address;
  readonly journal: Journal;
  readonly chance: Chance;
  /** Milliseconds between two messages, at least and at most. */
  readonly pause: readonly [number, number];
  readonly flaw?: SenderFlaw;
}

const SEND = `mutation ($input: SendMessageInput!) {
  sendMessage(input: $input) { message { position body } duplicate userErrors { code } }
}`;
const ATTEMPT_MS = 4_000;
const RETRY_MS = [20, 120] as const;
/** Of so many messages one is sent once more although it was acknowledged. */
const ONE_RESENT_OF = 10;
const REMEMBERED = 50;

interface Sent {
  sendMessage: {
    message: { position: number; body: string | null } | null;
    duplicate: boolean;
    userErrors: readonly { code: string }[];
  };
}

type Acknowledged = Said & { readonly node: number; readonly duplicate: boolean };

export class Sender {
  readonly #setting: SenderSetting;
  readonly #sent: { readonly said: Said; readonly nonce: string }[] = [];
  readonly #running: Promise<void>;
  #isOver = false;
  #isAbandoned = false;

  constructor(setting: SenderSetting) {
    this.#setting = setting;
    this.#running = this.#sendOn();
  }

  /** Sends no more; resolves when what was begun is acknowledged. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#running;
  }

  /** Gives up what was begun as well. */
  abandon(): void {
    this.#isOver = true;
    this.#isAbandoned = true;
  }

  async #sendOn(): Promise<void> {
    const { person, conversations, chance, pause, journal } = this.#setting;
    for (let nr = 1; !this.#isOver; nr++) {
      await sleep(chance.between(...pause));
      const conversation = chance.pick(conversations);
      const [nonce, body] = [randomUUID(), `${person.handle} ${nr}`];
      const answer = await this.#untilAcknowledged(conversation, body, nonce);
      if (answer === null) return;
      const said = { conversation, position: answer.position, body };
      journal.acknowledge(said, answer.node);
      this.#sent.push({ said, nonce });
      if (this.#sent.length > REMEMBERED) this.#sent.shift();
      if (chance.next() < 1 / ONE_RESENT_OF) await this.#resend();
    }
  }

  async #resend(): Promise<void> {
    const { chance, journal } = this.#setting;
    const { said, nonce } = chance.pick(this.#sent);
    const again = await this.#untilAcknowledged(said.conversation, said.body ?? "", nonce);
    if (again !== null) journal.resent.push({ first: said, again });
  }

  /** Sends a text until it is acknowledged; null when that was given up. */
  async #untilAcknowledged(conversation: string, body: string, nonce: string): Promise<Acknowledged | null> {
    const { chance, flaw } = this.#setting;
    while (!this.#isAbandoned) {
      const answer = await this.#attempt(conversation, body, flaw === "new nonce" ? randomUUID() : nonce);
      if (answer !== null) return answer;
      await sleep(chance.between(...RETRY_MS));
    }
    return null;
  }

  async #attempt(conversation: string, body: string, nonce: string): Promise<Acknowledged | null> {
    const { person, anyNode, journal } = this.#setting;
    const { node, url } = anyNode();
    const input = { conversationId: globalId("conversation", conversation), body, nonce };
    const answer = await send<Sent>(url, await person.token(), SEND, { input }, ATTEMPT_MS).catch(() => null);
    if (answer === null) return null;
    const sent = answer.data?.sendMessage;
    for (const code of [...answer.codes, ...(sent?.userErrors ?? []).map((error) => error.code)]) {
      journal.refuse(code, person.handle);
    }
    if (sent?.message == null) return null;
    return { ...sent.message, conversation, node, duplicate: sent.duplicate };
  }
}
